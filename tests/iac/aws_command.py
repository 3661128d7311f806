"""The ``aws`` of the tests that walk docs/deploy.md: options of the AWS CLI become a call, by botocore's models.

The AWS CLI itself is in no lock: its second version, which the guide asks for, is in no package index, and the first
pins a botocore of its own and reads blobs raw that the second reads as base64.
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-shorthand.html
https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html#cliv2-migration-binaryparam
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, UnknownServiceError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from tests.iac import walk_log

SERVICES = {"s3api": "s3"}
# The AWS CLI's own commands, which are no operation of a service.
HIGH_LEVEL = {"s3 cp", "s3 ls", "logs tail"}
# The local AWS's answer to what it does not do. Such a call is unproven, and its request kept, to be judged elsewhere.
NOT_DONE_LOCALLY = "NotImplemented"


class CommandError(Exception):
    """The AWS CLI would refuse this."""


@dataclass
class Call:
    """One call of the AWS CLI."""

    service: str
    operation: OperationModel
    parameters: dict[str, Any] = field(default_factory=dict)
    query: str | None = None


def parse(arguments: list[str]) -> Call:
    """The call that the arguments ask for, checked against the service's model.

    :raises CommandError: if there is no such service, operation or option, or a value does not fit
    """
    service, command, *rest = arguments
    try:
        model = botocore.session.get_session().get_service_model(SERVICES.get(service, service))
    except UnknownServiceError:
        raise CommandError(f"there is no service {service}") from None
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in operations:
        raise CommandError(f"{service} has no {command}")
    call = Call(model.service_name, model.operation_model(operations[command]))
    shape = call.operation.input_shape
    members = {xform_name(name, "-"): name for name in shape.members} if shape else {}
    for option, texts in _options(rest):
        if option == "query":
            (call.query,) = texts
        elif option in members:
            call.parameters[members[option]] = _value(shape.members[members[option]], texts)
        else:
            raise CommandError(f"{service} {command} has no --{option}")
    return call


def check(call: Call) -> None:
    """Check the parameters against the service's model.

    :raises CommandError: if one is missing or does not fit
    """
    shape = call.operation.input_shape
    report = ParamValidator().validate(call.parameters, shape) if shape else None
    if report and report.has_errors():
        raise CommandError(report.generate_report())


def _options(texts: Iterable[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for text in texts:
        if text.startswith("--"):
            found.append((text[2:], []))
        elif found:
            found[-1][1].append(text)
        else:
            raise CommandError(f"{text} belongs to no option")
    return found


def _value(shape: Shape, texts: list[str]) -> Any:
    """What an option's words mean where the model expects that shape."""
    if shape.type_name == "boolean":
        return not texts or texts == ["true"]
    if shape.type_name == "list" and not texts[0].startswith("["):
        return [_value(shape.member, [text]) for text in texts]
    if len(texts) != 1:
        raise CommandError(f"{texts} is not one {shape.name}")
    (text,) = texts
    if getattr(shape, "is_document_type", False):
        return json.loads(text)
    match shape.type_name:
        case "structure" | "map" | "list":
            return json.loads(text) if text.startswith(("{", "[")) else _shorthand(shape, text)
        case "blob":
            return base64.b64decode(text, validate=True)
        case "integer" | "long":
            return int(text)
    return text


def _shorthand(shape: Shape, text: str) -> dict[str, Any]:
    """``Key=a,Values=b,c``: a word without ``=`` is one more of the values before it."""
    words: dict[str, list[str]] = {}
    for part in text.split(","):
        name, has_value, value = part.partition("=")
        if has_value:
            words[name] = [value]
        else:
            words[next(reversed(words))].append(part)
    unknown = set(words) - set(shape.members)
    if unknown:
        raise CommandError(f"{shape.name} has no {', '.join(sorted(unknown))}")
    return {name: _value(shape.members[name], values) for name, values in words.items()}


def run(arguments: list[str]) -> None:
    """Make the call and print the answer."""
    if arguments[0] == "s3":
        _high_level_s3(*arguments[1:])
        walk_log.write(["aws", *arguments], proven=True)
        return
    call = parse(arguments)
    check(call)
    try:
        answer = getattr(_client(call.service), xform_name(call.operation.name))(**call.parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != NOT_DONE_LOCALLY:
            raise CommandError(str(error)) from None
        walk_log.write(["aws", *arguments], proven=False, request=call.parameters)
        return
    walk_log.write(["aws", *arguments], proven=True)
    answer.pop("ResponseMetadata")
    print(json.dumps(jmespath.search(call.query, answer) if call.query else answer, default=str))


def _high_level_s3(command: str, *addresses: str) -> None:
    """Copy standard input to an object or an object to standard output, or list a folder."""
    s3 = _client("s3")
    places = [address.removeprefix("s3://").partition("/") for address in addresses]
    match command, *addresses:
        case "cp", "-", _:
            s3.put_object(Bucket=places[1][0], Key=places[1][2], Body=sys.stdin.buffer.read())
        case "cp", _, "-":
            sys.stdout.buffer.write(s3.get_object(Bucket=places[0][0], Key=places[0][2])["Body"].read())
        case "ls", _:
            found = s3.list_objects_v2(Bucket=places[0][0], Prefix=places[0][2]).get("Contents", [])
            print("\n".join(entry["Key"] for entry in found))
        case _:
            raise CommandError(f"what s3 {command} {' '.join(addresses)} does is not known here")


def _client(service: str) -> Any:
    """Address, region and keys are in the environment, as for the AWS CLI."""
    # Some services' addresses begin with a word of the operation's, which a local address can't have.
    config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(service, config=config)


def environment(endpoint: str) -> Mapping[str, str]:
    """What the command needs to reach a local AWS at that address."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except CommandError as error:
        sys.exit(f"aws: {error}")
