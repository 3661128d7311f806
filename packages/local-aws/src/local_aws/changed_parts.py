"""Which parts of the state a request may have changed."""

from __future__ import annotations

from typing import Any

from local_aws import changes
from local_aws.access_log import arns
from local_aws.state import s3

_PARTS = {
    "athena": (changes.ATHENA, changes.TAGS),
    "firehose": (changes.FIREHOSE, changes.TAGS),
    "glue": (changes.CATALOG, changes.CRAWLERS, changes.JOBS, changes.TAGS),
    "iam": (changes.IAM,),
    "logs": (changes.LOGS, changes.TAGS),
    "resourcegroupstaggingapi": changes.PARTS,
}
_READING = ("BatchGet", "Describe", "Filter", "Get", "List", "PutRecord")  # records are no part of it
_S3_SERVICES = {"s3", "s3control"}


def mark(service: str, environ: dict[str, Any], actions: list[tuple[str, str]], statuses: list[str]) -> None:
    """Mark what has to be saved again after a request.

    :param actions: IAM action and resource, for each resource of the request
    :param statuses: the answer's status line, last
    """
    if not statuses or not statuses[-1].startswith("2"):
        return
    if service not in _S3_SERVICES:
        if not all(action.partition(":")[2].startswith(_READING) for action, _ in actions):
            changes.mark(*_PARTS.get(service, ()))
    elif environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
        _mark_s3(service, environ, actions)


def _mark_s3(service: str, environ: dict[str, Any], actions: list[tuple[str, str]]) -> None:
    for _, resource in actions:
        bucket, _, key = resource.removeprefix(arns.bucket("")).partition("/")
        if key:
            changes.mark_object(bucket, key)
    if service == "s3":
        environ["wsgi.input"].seek(0)
        s3.note_bucket_call(environ, environ["wsgi.input"].read())
    changes.mark(changes.S3)
