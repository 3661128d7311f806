"""How each service says that it refuses a request: one entry a service, and what a service says in words of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.model import OperationModel, Shape

from local_aws.request_validation import s3
from local_aws.request_validation.answer import Refusal
from local_aws.request_validation.parsing import ParsedRequest
from local_aws.request_validation.words import descriptions, place_of, sentence_of, shape_at
from local_aws.shapes import Problem

Special = Callable[[OperationModel, list[Problem]], Refusal | None]


@dataclass(frozen=True)
class ErrorForm:
    """How a service words its refusals.

    :param code: of a request that breaks its model
    :param with_values: whether the message repeats the values that are refused
    :param fields: what a JSON error has besides code and message
    :param special: what the service says in words of its own, None where it does not
    """

    code: str
    with_values: bool = True
    fields: dict[str, str] = field(default_factory=dict)
    special: Special = lambda operation, found: None

    def refusal(self, request: ParsedRequest, found: list[Problem]) -> Refusal:
        """What the service answers."""
        special = self.special(request.operation, found)
        if special is not None:
            return special
        shape = _input_of(request.operation)
        errors = descriptions(shape, request.values, found, with_values=self.with_values)
        return Refusal(self.code, sentence_of(errors), fields=self.fields)


def wrong_type(operation: OperationModel, found: list[Problem]) -> Refusal | None:
    """A value of another JSON type: the service can't even read the request. None if there is none."""
    problem = next((problem for problem in found if problem.constraint == "type"), None)
    if problem is None:
        return None
    return Refusal("SerializationException", _type_words(shape_at(_input_of(operation), problem.path), problem.value))


def _type_words(shape: Shape, value: Any) -> str:
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if shape.type_name == "list":
        return "Expected list or null"
    if shape.type_name in {"structure", "map"}:
        return "Expected null"
    found = f"{str(value).upper()}_VALUE" if isinstance(value, bool) else "NUMBER_VALUE"
    name = shape.type_name.capitalize()
    article = "an" if name in {"Integer", "Boolean"} else "a"
    return f"{'STRING_VALUE' if isinstance(value, str) else found} can not be converted to {article} {name}"


def _malformed(found: list[Problem]) -> Refusal | None:
    """A number of the query protocol that is none."""
    is_malformed = any(problem.constraint == "type" for problem in found)
    return Refusal("MalformedInput", "The request is malformed") if is_malformed else None


def _iam(operation: OperationModel, found: list[Problem]) -> Refusal | None:
    """IAM's words for names with other characters than it takes."""
    first = found[0]
    if first.constraint == "pattern" and r"[\w+=,.@-]+" in first.message:
        place = place_of(_input_of(operation), first.path)
        allowed = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
        return Refusal("ValidationError", f"The specified value for {place} is invalid. {allowed}")
    return _malformed(found)


def _sns(operation: OperationModel, found: list[Problem]) -> Refusal | None:
    """What is there and wrong is SNS's own to say; what is missing is the framework's."""
    wrong = next((problem for problem in found if problem.constraint not in {"required", "type"}), None)
    if wrong is None:
        return _malformed(found)
    return Refusal("InvalidParameter", f"Invalid parameter: {wrong.path[-1] if wrong.path else operation.name}")


def _sqs(operation: OperationModel, found: list[Problem]) -> Refusal | None:
    missing = next((problem for problem in found if problem.constraint == "required"), None)
    if missing is not None:
        return Refusal("MissingParameter", f"The request must contain the parameter {missing.path[-1]}.")
    if found[0].constraint == "enum":
        return Refusal("InvalidAttributeName", f"Unknown Attribute {found[0].value}.")
    return None


def _cloudwatch(operation: OperationModel, found: list[Problem]) -> Refusal | None:
    """PutMetricData is older than the framework."""
    if operation.name != "PutMetricData":
        return _malformed(found)
    place = ".".join(f"member.{step + 1}" if isinstance(step, int) else str(step) for step in found[0].path)
    if found[0].constraint == "required":
        return Refusal("MissingParameter", f"The parameter {place} is required.")
    return Refusal("InvalidParameterValue", f"The value for parameter {place} is invalid: {found[0].message}.")


def _input_of(operation: OperationModel) -> Shape:
    shape = operation.input_shape
    assert shape is not None  # there is nothing wrong with a request that takes no input
    return shape


# What AWS answers; the README says which were seen there. Messages with values are what AWS says at most places.
FORMS: dict[str, ErrorForm] = {
    "athena": ErrorForm("InvalidRequestException", with_values=False, fields={"AthenaErrorCode": "INVALID_INPUT"}),
    "cloudwatch": ErrorForm("ValidationError", with_values=False, special=_cloudwatch),
    "events": ErrorForm("ValidationException"),
    "firehose": ErrorForm("ValidationException", with_values=False),
    "glue": ErrorForm("ValidationException"),
    "iam": ErrorForm("ValidationError", special=_iam),
    "kms": ErrorForm("ValidationException"),
    "logs": ErrorForm("InvalidParameterException"),
    "resourcegroupstaggingapi": ErrorForm("InvalidParameterException"),
    "s3": ErrorForm("InvalidArgument", special=s3.refusal),
    "s3control": ErrorForm("InvalidRequest"),
    "scheduler": ErrorForm("ValidationException"),
    "sns": ErrorForm("ValidationError", special=_sns),
    "sqs": ErrorForm("InvalidParameterValue", special=_sqs),
    "stepfunctions": ErrorForm("ValidationException"),
    "sts": ErrorForm("ValidationError", special=lambda operation, found: _malformed(found)),
}
