"""Calls that moto answers with a success that did not happen. They are refused before moto sees them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from local_aws.services.s3.responses import TAGS_PATH

# service -> operation, for the services that name the operation in a header
_OPERATIONS = {
    "logs": {"CreateExportTask", "StartQuery", "StartLiveTail", "CreateDelivery"},
}
# service -> operation, for the services that name it in the form's field Action
_ACTIONS = {
    "sns": {"CreatePlatformApplication", "CreatePlatformEndpoint"},
    "cloudwatch": {"SetAlarmState"},
}
# service -> the operations that are served, where moto would only pretend to do what the others are for
_STORED_ONLY = {
    "events": {
        "DeleteRule",
        "DescribeEventBus",
        "DescribeRule",
        "DisableRule",
        "EnableRule",
        "ListRuleNamesByTarget",
        "ListRules",
        "ListTagsForResource",
        "ListTargetsByRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
        "TagResource",
        "UntagResource",
    },
    "stepfunctions": {
        "CreateStateMachine",
        "DeleteStateMachine",
        "DescribeStateMachine",
        "ListStateMachineVersions",
        "ListStateMachines",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
        "UpdateStateMachine",
        "ValidateStateMachineDefinition",
    },
}
# S3 names the operation by method and query parameter
_S3_CALLS: dict[tuple[str, str], str] = {
    ("POST", "select"): "SelectObjectContent",
    ("POST", "restore"): "RestoreObject",
    ("PUT", "replication"): "PutBucketReplication",
    ("PUT", "requestPayment"): "PutBucketRequestPayment",
}
# Query parameters that moto does not know: it would take these requests for plain ones on the bucket or object.
_S3_UNKNOWN = frozenset(
    {
        "abac",
        "analytics",
        "annotation",
        "intelligent-tiering",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "renameObject",
        "session",
        "torrent",
    }
)


def refused_operation(service: str, environ: dict[str, Any]) -> str | None:
    """The name of the requested operation if it is one that is refused, else None."""
    if service == "s3":
        parameters = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        for (method, parameter), operation in _S3_CALLS.items():
            if environ["REQUEST_METHOD"] == method and parameter in parameters:
                return operation
        return next((f"the call with ?{name}" for name in sorted(_S3_UNKNOWN & set(parameters))), None)
    if service == "s3control":
        path = str(environ.get("PATH_INFO", ""))
        return None if path.startswith(TAGS_PATH) else f"the S3 Control call {path}"
    target = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    if service in _STORED_ONLY:
        return None if target in _STORED_ONLY[service] else target or "a call without a name"
    if target in _OPERATIONS.get(service, set()) | _ACTIONS.get(service, set()):
        return target
    if service in _ACTIONS and not target:
        stream = environ["wsgi.input"]
        action = parse_qs(stream.read().decode("utf-8", "replace")).get("Action", [""])[0]
        stream.seek(0)
        return action if action in _ACTIONS[service] else None
    return None
