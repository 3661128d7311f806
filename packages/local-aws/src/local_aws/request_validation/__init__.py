"""Judges each request by AWS's own model of the operation before a backend sees it.

The models are botocore's: required members, types, lengths, ranges, patterns, enums. Members that they do not know are
let through, as most of AWS's services do.
"""

from __future__ import annotations

from typing import Any

from local_aws.request_validation import s3
from local_aws.request_validation.answer import Refusal
from local_aws.request_validation.limits import broken_limit
from local_aws.request_validation.parsing import ParsedRequest, UnreadableBodyError, parse
from local_aws.request_validation.services import FORMS, wrong_type
from local_aws.shapes import Problem, problems

# Where the model refuses what AWS takes: Terraform's provider reads a general purpose bucket's tags by its ARN, which
# has no region, and the pattern asks for one.
_STRICTER_THAN_AWS = {("s3control", ("ResourceArn",), "pattern")}

__all__ = ["Refusal", "refusal", "refusal_of_records"]


def refusal(service: str, environ: dict[str, Any]) -> Refusal | None:
    """What the service answers to a request that AWS's model refuses; None for all others.

    :param service: moto's name of the service
    """
    return _refusal(service, environ, with_records=False)


def refusal_of_records(service: str, environ: dict[str, Any]) -> Refusal | None:
    """The same for a request that the backend failed on, with Firehose's records, which it alone had looked at."""
    return _refusal(service, environ, with_records=True) if service == "firehose" else None


def _refusal(service: str, environ: dict[str, Any], *, with_records: bool) -> Refusal | None:
    try:
        request = parse(service, environ, with_records=with_records)
    except UnreadableBodyError as error:
        return s3.MALFORMED_XML if service == "s3" else Refusal("SerializationException", str(error) or None)
    return None if request is None else _judge(service, request)


def _judge(service: str, request: ParsedRequest) -> Refusal | None:
    shape = request.operation.input_shape
    if shape is None:
        return None
    found = [problem for problem in problems(shape, request.values) if _counts(service, request, problem)]
    if not found:
        return broken_limit(service, request.operation.name, request.values)
    unreadable = wrong_type(request.operation, found) if request.is_json else None
    return unreadable or FORMS[service].refusal(request, found)


def _counts(service: str, request: ParsedRequest, problem: Problem) -> bool:
    if problem.constraint == "unknown" or problem.path[:1] in {(name,) for name in request.unread}:
        return False
    return (service, problem.path, problem.constraint) not in _STRICTER_THAN_AWS
