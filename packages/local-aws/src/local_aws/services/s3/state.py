"""What S3 knows of buckets and objects besides their content, which lies in files.

A bucket's settings are kept as the requests that made them: they are AWS's own documents, whatever moto makes of them.
"""

from __future__ import annotations

import io
import logging
from typing import Any, cast
from urllib.parse import parse_qs

from moto.s3.models import FakeAcl, FakeGrant, FakeGrantee, get_canned_acl, s3_backends
from moto.utilities.utils import LowercaseDict

from local_aws import settings
from local_aws.access_log import arns
from local_aws.persistence.documents import decode, encode, fields, key
from local_aws.persistence.parts import Call, Part
from local_aws.persistence.store import Store
from local_aws.services.s3 import dirty_objects
from local_aws.services.s3.backend import FileKey, FileS3Backend
from local_aws.services.s3.dirty_objects import ObjectName
from local_aws.services.s3.object_files import FileState

log = logging.getLogger(__name__)
BUCKET, SETTING, OBJECT = "s3.bucket", "s3.setting", "s3.object"
_BUCKET_FIELDS = ("creation_date", "region_name", "object_lock_enabled", "ownership_rule", "versioning_status")
_OBJECT_FIELDS = (
    "_storage_class",
    "_version_id",
    "_is_versioned",
    "website_redirect_location",
    "checksum_algorithm",
    "checksum_value",
    "checksum_type",
    "checksum_parts",
    "encryption",
    "kms_key_id",
    "bucket_key_enabled",
    "lock_mode",
    "lock_legal_status",
    "lock_until",
)
# Those that are in the bucket's document, and what is no setting.
_NO_SETTINGS = {"tagging", "versioning", "delete", "uploads", "versions"}
_SERVICES = {"s3", "s3control"}
_KEPT_HEADERS = ("HTTP_X_AMZ_", "CONTENT_TYPE")
_settings: dict[str, str] = {}
_saving: set[ObjectName] = set()


def note_call(call: Call) -> bool:
    """Note the objects and the bucket setting that a call wrote; False if it wrote nothing."""
    if call.service not in _SERVICES or call.environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
        return False
    for _, resource in call.actions:
        bucket, _, object_key = resource.removeprefix(arns.bucket("")).partition("/")
        if object_key:
            dirty_objects.mark(bucket, object_key)
    if call.service == "s3":
        _note_bucket_call(call.environ)
    return True


def _note_bucket_call(environ: dict[str, Any]) -> None:
    """Remember a request on a bucket, if it made or removed one of the bucket's settings."""
    bucket, _, object_key = str(environ.get("PATH_INFO", "")).strip("/").partition("/")
    method, query = environ["REQUEST_METHOD"], str(environ.get("QUERY_STRING", ""))
    parameters = parse_qs(query, keep_blank_values=True)
    setting = next(iter(sorted(parameters.keys() - {"id"})), None)
    if not bucket or object_key or setting in _NO_SETTINGS:
        return
    if setting is None:
        if method == "DELETE":
            _forget_settings(bucket)
        return
    name = key(bucket, setting, *parameters.get("id", []))
    if method == "PUT":
        headers = {header: value for header, value in environ.items() if header.startswith(_KEPT_HEADERS)}
        headers.pop("HTTP_X_AMZ_SECURITY_TOKEN", None)
        environ["wsgi.input"].seek(0)
        _settings[name] = encode({"query": query, "headers": headers, "body": environ["wsgi.input"].read()})
    elif method == "DELETE":
        _settings.pop(name, None)


def save(store: Store) -> None:
    """Write what differs of buckets and settings, and the objects that are dirty."""
    backend = _backend()
    changed = dirty_objects.take()
    _saving.clear()
    _saving.update(changed)
    buckets = dict(backend.buckets)
    store.replace(BUCKET, {key(name): encode(_bucket_document(backend, bucket)) for name, bucket in buckets.items()})
    store.replace(SETTING, dict(_settings))
    documents, plain = {}, []
    for bucket_name, name in changed:
        found = buckets[bucket_name].keys.get(name) if bucket_name in buckets else None
        document = _object_document(backend, found) if isinstance(found, FileKey) else None
        if document is None:
            plain.append(key(bucket_name, name))
        else:
            documents[key(bucket_name, name)] = encode(document)
    store.delete(OBJECT, plain)
    store.put(OBJECT, documents)


def mark_again() -> None:
    """A save failed: what it wrote is to be written again."""
    for bucket, name in _saving:
        dirty_objects.mark(bucket, name)


def load(store: Store) -> None:
    """Give buckets and objects, which are there already, what was saved of them."""
    stale: list[str] = []

    def load_object(name: list[str], document: dict[str, Any]) -> None:
        if not _load_object(name[0], name[1], document):
            stale.append(key(*name))

    store.each(BUCKET, lambda name, document: _load_bucket(name[0], document))
    store.each(OBJECT, load_object)
    with store.transaction():
        store.delete(OBJECT, stale)
    _settings.clear()
    store.each(SETTING, lambda name, document: _replay(name, document))
    dirty_objects.take()


def _backend() -> FileS3Backend:
    return cast(FileS3Backend, s3_backends[settings.current().account_id]["aws"])


def _forget_settings(bucket: str) -> None:
    for name in [name for name in _settings if decode(name)[0] == bucket]:
        del _settings[name]


def _bucket_document(backend: FileS3Backend, bucket: Any) -> dict[str, Any]:
    return {
        **fields(bucket, _BUCKET_FIELDS),
        "tags": backend.tagger.get_tag_dict_for_resource(bucket.arn),
        "acl": _acl_document(bucket.acl),
    }


def _load_bucket(name: str, document: dict[str, Any]) -> None:
    backend = _backend()
    bucket = backend.get_bucket(name)
    backend.buckets[name] = backend.buckets.pop(name)  # in the order in which they were made
    for field in _BUCKET_FIELDS:
        setattr(bucket, field, document[field])
    bucket.acl = _acl(document["acl"])
    if document["tags"]:
        backend.tagger.tags[bucket.arn] = document["tags"]


def _replay(name: list[str], document: dict[str, Any]) -> None:
    """Make a setting again by the request that made it."""
    from local_aws.moto_apps import moto_app

    bucket, region = name[0], _backend().get_bucket(name[0]).region_name
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": f"/{bucket}",
        "QUERY_STRING": document["query"],
        "SERVER_NAME": settings.HOST,
        "SERVER_PORT": str(settings.current().port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": settings.HOST,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=test/20000101/{region}/s3/aws4_request",
        "CONTENT_LENGTH": str(len(document["body"])),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(document["body"]),
        **document["headers"],
    }
    answer = b"".join(moto_app("s3")(environ, lambda status, *_: statuses.append(status)))
    if statuses and statuses[0].startswith("2"):
        _settings[key(*name)] = encode(document)
    else:
        log.error("the setting %s of the bucket %s is left out: %s", name[1], bucket, answer.decode(errors="replace"))


def _object_document(backend: FileS3Backend, found: FileKey) -> dict[str, Any] | None:
    """What the file does not say; None if it says everything."""
    state = found.file_state
    if state is None:
        return None
    etag = found._etag if "-" in (found._etag or "") else None  # else it is the content's MD5
    attributes = fields(found, _OBJECT_FIELDS)
    document = {
        **attributes,
        "metadata": dict(found.metadata),
        "etag": etag,
        "acl": _acl_document(found.acl),
        "tags": backend.tagger.get_tag_dict_for_resource(found.arn),
    }
    return None if document == _plain_document() else {**document, "file": [state.modified_ns, state.size]}


def _plain_document() -> dict[str, Any]:
    attributes: dict[str, Any] = dict.fromkeys(_OBJECT_FIELDS)
    attributes |= {"_storage_class": "STANDARD", "_version_id": "null", "_is_versioned": False}
    return {
        **attributes,
        "metadata": {"content-type": "binary/octet-stream"},
        "etag": None,
        "acl": _acl_document(get_canned_acl("private")),
        "tags": {},
    }


def _load_object(bucket_name: str, name: str, document: dict[str, Any]) -> bool:
    """Whether the object is the one that the document is of: another process may have written its file."""
    backend = _backend()
    bucket = backend.buckets.get(bucket_name)
    found = bucket.keys.get(name) if bucket is not None else None
    if not isinstance(found, FileKey) or found.file_state != FileState(*document["file"]):
        return False
    for field in _OBJECT_FIELDS:
        setattr(found, field, document[field])
    found._metadata = LowercaseDict(document["metadata"])
    found._etag = document["etag"]
    found.acl = _acl(document["acl"])
    if document["tags"]:
        backend.tagger.tags[found.arn] = document["tags"]
    return True


def _acl_document(acl: Any) -> list[list[Any]] | None:
    if acl is None:
        return None
    return [
        [[[grantee.id, grantee.uri, grantee.display_name] for grantee in grant.grantees], list(grant.permissions)]
        for grant in acl.grants
    ]


def _acl(document: list[list[Any]] | None) -> Any:
    if document is None:
        return None
    return FakeAcl(
        [FakeGrant([FakeGrantee(*grantee) for grantee in grantees], rights) for grantees, rights in document]
    )


PART = Part(dirty_objects.S3, save, load, note_call, mark_again)
