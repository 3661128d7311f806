"""S3 requests that name the bucket in the host (``bucket.host/key``) become those that name it in the path.

Clients reach the server by any name (``127.0.0.1``, ``local-aws``, ``local-aws.example.internal``), so a dot in the
host does not say which style a request has. moto would take the first label of every such name for a bucket.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.s3.models import s3_backends

from local_aws import settings

# With these alone, GET / is ListBuckets; every other request on / is one on the bucket in the host.
_LIST_BUCKETS_PARAMETERS = frozenset({"bucket-region", "continuation-token", "max-buckets", "prefix", "x-id"})


def move_bucket_into_path(environ: dict[str, Any]) -> None:
    """Change a request that names its bucket in the host to the other style; all others are left as they are."""
    bucket = _bucket_in_host(environ)
    if bucket is None:
        return
    environ["PATH_INFO"] = f"/{bucket}{environ.get('PATH_INFO') or '/'}"
    for name in ("RAW_URI", "REQUEST_URI"):  # the path as it arrived, which moto reads; a proxy's has a host in front
        if name in environ:
            parts = urlsplit(environ[name]) if "://" in environ[name] else None
            raw = environ[name] if parts is None else parts._replace(scheme="", netloc="").geturl()
            environ[name] = f"/{bucket}{raw if raw.startswith('/') else f'/{raw}'}"


def _bucket_in_host(environ: dict[str, Any]) -> str | None:
    host = str(environ.get("HTTP_HOST", "")).partition(":")[0].lower()
    labels = host.split(".")
    if len(labels) < 2 or _is_address(host):
        return None
    existing = s3_backends[settings.current().account_id]["aws"].buckets
    for length in range(len(labels) - 1, 0, -1):
        name = ".".join(labels[:length])
        if name in existing:
            return name
    return None if _may_be_in_path(environ) else labels[0]


def _may_be_in_path(environ: dict[str, Any]) -> bool:
    if environ.get("PATH_INFO", "/") not in {"", "/"}:
        return True
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    return environ["REQUEST_METHOD"] == "GET" and not query.keys() - _LIST_BUCKETS_PARAMETERS


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
