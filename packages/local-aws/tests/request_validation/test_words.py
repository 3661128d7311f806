"""AWS's words for what is wrong with a request, held against answers that others recorded on AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import Shape
from moto.core.utils import get_service_model

from local_aws.request_validation.words import descriptions, place_of, sentence_of
from local_aws.shapes import problems


def input_of(service: str, operation: str) -> Shape:
    shape = get_service_model(service).operation_model(operation).input_shape
    assert shape is not None
    return shape


def said(service: str, operation: str, values: dict[str, Any], *, with_values: bool = True) -> str:
    shape = input_of(service, operation)
    return sentence_of(descriptions(shape, values, problems(shape, values), with_values=with_values))


def test_several_errors_stand_in_one_sentence() -> None:
    # localstack, tests/aws/services/events/test_events.snapshot.json, test_create_connection_validations
    name = "This should fail with two errors 123467890123412341234123412341234"
    values = {
        "Name": name,
        "AuthorizationType": "INVALID",
        "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}},
    }
    assert said("events", "CreateConnection", values) == (
        f"3 validation errors detected: Value '{name}' at 'name' failed to satisfy constraint: Member must have length "
        f"less than or equal to 64; Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: [\.\-_A-Za-z0-9]+; Value 'INVALID' at 'authorizationType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"
    )


def test_a_structure_is_repeated_with_all_its_members() -> None:
    # The same file, test_put_events_exceed_limit_ten_entries; AWS has two members more, which its model hides.
    message = said("events", "PutEvents", {"Entries": [{"Source": "s", "DetailType": "t", "EventBusName": "b"}] * 11})
    entry = "PutEventsRequestEntry(time=null, source=s, resources=null, detailType=t, detail=null, eventBusName=b, tr"
    assert message.startswith(f"1 validation error detected: Value '[{entry}")
    assert message.endswith(
        "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"
    )


def test_the_keys_of_a_map_are_judged_at_the_map() -> None:
    # As EventBridge's console said it of these keys in somebody's published notes
    transformer = {"InputPathsMap": {"de onde?": "$.detail"}, "InputTemplate": "t"}
    values = {"Rule": "r", "Targets": [{"Id": "1", "Arn": "a", "InputTransformer": transformer}]}
    assert said("events", "PutTargets", values) == (
        "1 validation error detected: Value '{de onde?=$.detail}' at 'targets.1.member.inputTransformer.inputPathsMap' "
        "failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal "
        "to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
        r"[A-Za-z0-9\_\-]+]"
    )


def test_the_members_of_a_list_are_judged_once_at_the_list() -> None:
    shape = input_of("glue", "GetPartition")
    values = {"DatabaseName": "d", "TableName": "t", "PartitionValues": ["v" * 1025, "v" * 1025]}
    (found,) = descriptions(shape, values, problems(shape, values), with_values=False)
    assert found.startswith(
        "Value at 'partitionValues' failed to satisfy constraint: Member must satisfy constraint: ["
    )


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), ""),
        (
            ("TableInput", "StorageDescriptor", "Columns", 1, "Type"),
            "tableInput.storageDescriptor.columns.2.member.type",
        ),
        (("TableInput", "Parameters", "Key"), "tableInput.parameters.Key.member"),
    ],
)
def test_places_are_written_as_aws_does(path: tuple[str | int, ...], place: str) -> None:
    assert place_of(input_of("glue", "CreateTable"), path) == place


def test_what_is_secret_is_not_repeated() -> None:
    secret = {"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "\n"}}
    message = said(
        "events", "CreateConnection", {"Name": "n", "AuthorizationType": "API_KEY", "AuthParameters": secret}
    )
    assert message.startswith(
        "1 validation error detected: Value at 'authParameters.apiKeyAuthParameters.apiKeyValue' f"
    )
