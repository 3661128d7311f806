"""Which role a request's credentials belong to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from moto.sts.models import sts_backends

from local_aws import settings

SESSION_NAME = "local_aws"
_SESSION_S = 12 * 3600
_KEY_IN_HEADER = re.compile(r"Credential=([^/,\s]+)/")
_KEY_PARAMETERS = ("X-Amz-Credential", "AWSAccessKeyId")  # of presigned addresses, newer and older
_roles_by_key: dict[str, str] = {}


def role_of_request(environ: dict[str, Any]) -> str | None:
    """The name of the role whose credentials signed the request; None if they are of no role."""
    found = _KEY_IN_HEADER.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if found:
        return role_of_key(found[1])
    query = str(environ.get("QUERY_STRING", ""))
    if not any(name in query for name in _KEY_PARAMETERS):
        return None
    parameters = parse_qs(query)
    return next(role_of_key(parameters[name][0].partition("/")[0]) for name in _KEY_PARAMETERS if name in parameters)


def role_of_key(access_key_id: str) -> str | None:
    """The name of the role that an access key was made for by AssumeRole."""
    known = _roles_by_key.get(access_key_id)
    if known is None and access_key_id.startswith("ASIA"):
        session = _sts().get_assumed_role_from_access_key(access_key_id)
        if session is not None:
            known = _roles_by_key[access_key_id] = str(session.role_arn).rpartition("/")[2]
    return known


def credentials_of(role: str) -> dict[str, str]:
    """Environment variables with credentials of a role, given by its name or ARN."""
    current = settings.current()
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{current.account_id}:role/{role}"
    session = _sts().assume_role(current.region, SESSION_NAME, arn, "", _SESSION_S, "")
    return {
        "AWS_ACCESS_KEY_ID": str(session.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(session.secret_access_key),
        "AWS_SESSION_TOKEN": str(session.session_token),
    }


def _sts() -> Any:
    return sts_backends[settings.current().account_id]["aws"]
