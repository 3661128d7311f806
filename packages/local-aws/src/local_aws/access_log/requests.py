"""The IAM actions and resources of an HTTP request."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

from local_aws.access_log import s3_requests
from local_aws.access_log.resources import RESOURCES, Request
from local_aws.access_log.s3_requests import Action

# moto's name of a service -> the name in IAM's actions, where they differ
_ACTION_PREFIXES = {"resourcegroupstaggingapi": "tag", "stepfunctions": "states"}
_RECORD_CALLS = frozenset({"PutRecord", "PutRecordBatch"})
_STREAM_NAME = re.compile(rb'"DeliveryStreamName"\s*:\s*"([^"]+)"')


def actions_of(service: str, environ: dict[str, Any]) -> list[Action]:
    """What the request needs: (IAM action, resource) for each resource; nothing if no operation can be made out."""
    if service == "s3":
        return s3_requests.actions_of(environ)
    operation, request = _operation_and_request(environ)
    if not operation:
        return []
    find_resources = RESOURCES.get(service)
    resources = find_resources(operation, request) if find_resources else []
    prefix = _ACTION_PREFIXES.get(service, service)
    return [(f"{prefix}:{operation}", resource) for resource in resources or ["*"]]


def _operation_and_request(environ: dict[str, Any]) -> tuple[str, Request]:
    """The operation's name and its parameters, whichever of AWS's protocols the request is in."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    path = str(environ.get("PATH_INFO", ""))
    if not target and "/operation/" in path:  # CBOR, which needs no resource here
        return path.rpartition("/")[2], {}
    body = s3_requests.body_of(environ)
    if target in _RECORD_CALLS:
        # Up to 4 MiB of records, and the records say nothing.
        found = _STREAM_NAME.search(body)
        return target, {"DeliveryStreamName": found[1].decode()} if found else {}
    if target:
        return target, _document(body)
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    return form.get("Action", ""), form


def _document(body: bytes) -> Request:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
