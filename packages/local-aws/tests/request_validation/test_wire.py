"""Requests as no SDK sends them: what is no JSON, what is more than the model knows, what is compressed."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local_aws.application import SERVICES
from local_aws.request_validation.services import FORMS
from local_aws_server import LocalAwsServer

Send = Callable[..., tuple[int, dict[str, Any]]]
RECORDS = "Firehose_20150804.PutRecordBatch"


@pytest.fixture
def send(bare_local_aws: LocalAwsServer) -> Send:
    """Posts a body for a target, such as ``AmazonAthena.ListWorkGroups``; returns the status and the document."""

    def post(service: str, target: str, body: bytes | dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
        scope = f"Credential=test/20260101/us-east-1/{service}/aws4_request"
        connection.request(
            "POST",
            "/",
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            {
                "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
                "X-Amz-Target": target,
                "Content-Type": "application/x-amz-json-1.1",
                **headers,
            },
        )
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"{}")
        connection.close()
        return answer.status, document

    return post


TOO_DEEP = b"[" * 200_000 + b"]" * 200_000
NOT_A_NUMBER = b'{"MaxResults": NaN}'


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"", b"null", b'"x"', b'{"MaxResults": 1,}'),
        pytest.param(NOT_A_NUMBER, id="no_number"),
        pytest.param(b'{"MaxResults": %b}' % TOO_DEEP, id="too_deep"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_without_a_message(send: Send, body: bytes) -> None:
    assert send("athena", "AmazonAthena.ListWorkGroups", body) == (400, {"__type": "SerializationException"})


def test_a_number_beyond_all_bounds_is_no_integer(send: Send) -> None:
    status, document = send("athena", "AmazonAthena.ListWorkGroups", b'{"MaxResults": 1e999}')
    assert (status, document["__type"]) == (400, "SerializationException")


# What Athena answered to these on 2026-09-23, as the project athena-local measured it.
@pytest.mark.parametrize(
    ("target", "body", "message"),
    [
        ("ListWorkGroups", {"MaxResults": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ("ListWorkGroups", {"MaxResults": True}, "TRUE_VALUE can not be converted to an Integer"),
        ("ListWorkGroups", {"MaxResults": [1]}, "Start of list found where not expected"),
        ("ListWorkGroups", {"MaxResults": {"a": 1}}, "Start of structure or map found where not expected."),
        ("ListWorkGroups", {"MaxResults": "1", "NextToken": ""}, "STRING_VALUE can not be converted to an Integer"),
        ("ListWorkGroups", {"NextToken": 1}, "NUMBER_VALUE can not be converted to a String"),
        ("ListWorkGroups", b"[]", "Start of list found where not expected"),
        ("GetQueryExecution", {"QueryExecutionId": False}, "FALSE_VALUE can not be converted to a String"),
        ("GetQueryExecution", {"QueryExecutionId": 1.5}, "NUMBER_VALUE can not be converted to a String"),
        ("StartQueryExecution", {"QueryString": "S", "ExecutionParameters": "x"}, "Expected list or null"),
        (
            "StartQueryExecution",
            {"QueryString": "S", "ExecutionParameters": [1]},
            "NUMBER_VALUE can not be converted to a String",
        ),
        ("StartQueryExecution", {"QueryString": "S", "ResultConfiguration": "x"}, "Expected null"),
    ],
)
def test_a_value_of_another_type_is_refused_as_athena_does(
    send: Send, target: str, body: bytes | dict[str, Any], message: str
) -> None:
    status, document = send("athena", f"AmazonAthena.{target}", body)
    assert (status, document) == (400, {"__type": "SerializationException", "Message": message})


@pytest.mark.parametrize(
    ("target", "body", "found"),
    [
        ("GetQueryExecution", {"QueryExecutionId": None}, {"null at 'queryExecutionId'": "not be null"}),
        ("ListWorkGroups", {"MaxResults": 99999999999}, {"at 'maxResults'": "have value less than or equal to 50"}),
        (
            "ListWorkGroups",
            {"MaxResults": 0, "NextToken": ""},
            {
                "at 'nextToken'": "have length greater than or equal to 1",
                "at 'maxResults'": "have value greater than or equal to 1",
            },
        ),
    ],
)
def test_what_breaks_the_model_is_refused_as_athena_does(
    send: Send, target: str, body: dict[str, Any], found: dict[str, str]
) -> None:
    status, document = send("athena", f"AmazonAthena.{target}", body)
    errors = [f"Value {where} failed to satisfy constraint: Member must {what}" for where, what in found.items()]
    message = f"{len(found)} validation error{'s' * (len(found) > 1)} detected: {'; '.join(errors)}"
    assert (status, document) == (
        400,
        {"__type": "InvalidRequestException", "Message": message, "AthenaErrorCode": "INVALID_INPUT"},
    )


@pytest.mark.parametrize("body", [{"Foo": 1}, {"MaxResults": None}])
def test_unknown_members_and_nulls_are_taken_as_athena_does(send: Send, body: dict[str, Any]) -> None:
    status, document = send("athena", "AmazonAthena.ListWorkGroups", body)
    assert status == 200
    assert "WorkGroups" in document


def test_cloudwatch_repeats_the_code_for_clients_that_look_for_the_query_protocols(
    bare_local_aws: LocalAwsServer,
) -> None:
    with pytest.raises(ClientError) as error:
        bare_local_aws.client("cloudwatch").put_metric_alarm(
            AlarmName="a" * 256, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold"
        )
    headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-query-error"] == "ValidationError;Sender"


@pytest.mark.parametrize(("name", "status"), [("m", 200), ("m" * 256, 400)])
def test_a_compressed_body_is_judged_too(send: Send, name: str, status: int) -> None:
    body = gzip.compress(json.dumps({"Namespace": "n", "MetricData": [{"MetricName": name, "Value": 1}]}).encode())
    target = "GraniteServiceVersion20100801.PutMetricData"
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-amz-json-1.0"}
    assert send("monitoring", target, body, **headers)[0] == status


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="not_at_all"),
        pytest.param(gzip.compress(b"{}")[:-4], id="cut_off"),
        pytest.param(gzip.compress(b"{}")[:10] + b"\xff" * 20, id="damaged"),
    ],
)
@pytest.mark.parametrize("target", ["AmazonAthena.ListWorkGroups", RECORDS])
def test_what_is_said_to_be_compressed_and_is_not_is_refused(send: Send, target: str, body: bytes) -> None:
    service = "firehose" if target == RECORDS else "athena"
    answer = send(service, target, body, **{"Content-Encoding": "gzip"})
    assert answer == (400, {"__type": "SerializationException"})


@pytest.mark.parametrize(
    ("records", "code"),
    [
        pytest.param([{}], "ValidationException", id="without_data"),
        pytest.param([{"Data": None}], "ValidationException", id="null"),
        pytest.param([{"Data": 1}], "SerializationException", id="number"),
        pytest.param(["x"], "SerializationException", id="no_record"),
        pytest.param("x", "SerializationException", id="no_list"),
        pytest.param([], "ValidationException", id="none"),
    ],
)
def test_records_that_are_none_are_refused(bare_local_aws: LocalAwsServer, send: Send, records: Any, code: str) -> None:
    firehose = bare_local_aws.client("firehose")
    if "records" not in firehose.list_delivery_streams()["DeliveryStreamNames"]:
        destination = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::records"}
        firehose.create_delivery_stream(DeliveryStreamName="records", ExtendedS3DestinationConfiguration=destination)
    status, document = send("firehose", RECORDS, {"DeliveryStreamName": "records", "Records": records})
    assert (status, document["__type"]) == (400, code)
    assert send("firehose", RECORDS, {"DeliveryStreamName": "records", "Records": [{"Data": "eA=="}]})[0] == 200


def test_a_queues_address_may_stand_in_the_path(bare_local_aws: LocalAwsServer) -> None:
    url = bare_local_aws.client("sqs").create_queue(QueueName="in-the-path")["QueueUrl"]
    connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
    scope = "Credential=test/20260101/us-east-1/sqs/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = "Action=SendMessage&Version=2012-11-05&MessageBody=m"
    connection.request("POST", urlsplit(url).path, body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, text


def test_every_service_that_is_served_has_its_form_of_errors() -> None:
    assert set(FORMS) == {*SERVICES.values(), "s3control"}


@pytest.mark.parametrize("service", sorted(FORMS))
def test_each_has_a_model(service: str) -> None:
    assert get_service_model(service).operation_names
