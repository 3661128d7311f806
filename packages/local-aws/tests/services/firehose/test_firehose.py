"""Firehose over HTTP: buffering on the clock, what is delivered and under which name, limits, faults, failures."""

from __future__ import annotations

import base64
import gzip
import json
import re
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local_aws.waiting import wait_until
from local_aws_server import LocalAwsServer, StartServer

DAY_PREFIX = "events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"
ERROR_PREFIX = "errors/!{firehose:error-output-type}/"
NEWLINE = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "AppendDelimiterToRecord",
            "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }
    ],
}
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Stream:
    """One stream with a bucket of its own."""

    def __init__(self, server: LocalAwsServer, **configuration: Any) -> None:
        self.server = server
        self.firehose, self.s3 = server.client("firehose"), server.client("s3")
        self.name, self.bucket = f"s-{uuid4()}"[:40], f"bucket-{uuid4()}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.firehose.create_delivery_stream(
            DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration=self.destination(**configuration)
        )

    def destination(self, **configuration: Any) -> dict[str, Any]:
        return {
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{self.bucket}",
            "Prefix": DAY_PREFIX,
            "ErrorOutputPrefix": ERROR_PREFIX,
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 300},
            **configuration,
        }

    def put(self, *records: bytes) -> dict[str, Any]:
        return dict(
            self.firehose.put_record_batch(
                DeliveryStreamName=self.name, Records=[{"Data": record} for record in records]
            )
        )

    def objects(self) -> dict[str, bytes]:
        listing = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {
            entry["Key"]: self.s3.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read() for entry in listing
        }

    def wait_for_objects(self, count: int) -> dict[str, bytes]:
        wait_until(lambda: len(self.objects()) >= count, 20)
        return self.objects()


@pytest.fixture
def server(bare_local_aws: LocalAwsServer) -> Any:
    yield bare_local_aws
    bare_local_aws.control("PUT", "firehose/faults", {"failure_rate": 0})
    bare_local_aws.control("POST", "firehose/flush")
    bare_local_aws.control("DELETE", "clock")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_nothing_is_delivered_before_the_interval_ends_on_the_clock(server):
    server.set_clock("2026-03-01T10:00:00Z")
    stream = Stream(server)
    stream.put(b"a")
    server.set_clock("2026-03-01T10:04:50Z")
    stream.put(b"b")
    assert stream.objects() == {}
    server.set_clock("2026-03-01T10:05:01Z")
    assert list(stream.objects().values()) == [b"ab"]


def test_the_interval_ends_without_any_further_call(server):
    stream = Stream(server, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})
    stream.put(b"a")
    assert list(stream.wait_for_objects(1).values()) == [b"a"]


def test_a_full_buffer_is_delivered_at_once_and_the_rest_waits(server):
    server.set_clock("2026-03-01T10:00:00Z")
    stream = Stream(server)
    kilobytes = 1024
    stream.put(*[b"x" * 512 * kilobytes] * 2, b"next")
    assert [len(body) for body in stream.wait_for_objects(1).values()] == [1024 * kilobytes]
    server.control("POST", "firehose/flush")
    assert b"next" in stream.objects().values()


def test_a_buffer_over_midnight_lies_in_the_folder_of_its_oldest_record(server):
    server.set_clock("2026-02-28T23:58:30Z")
    stream = Stream(server)
    stream.put(b"old")
    server.set_clock("2026-03-01T00:01:00Z")
    stream.put(b"new")
    server.set_clock("2026-03-01T00:04:00Z")
    stream.put(b"next")
    server.control("POST", "firehose/flush")
    folders = {key.rpartition("/")[0]: body for key, body in stream.objects().items()}
    assert folders == {
        "events/year=2026/month=02/day=28": b"oldnew",
        "events/year=2026/month=03/day=01": b"next",
    }


def test_a_jump_of_days_delivers_under_the_time_of_arrival(server):
    server.set_clock("2026-01-15T12:00:00Z")
    stream = Stream(server)
    stream.put(b"a")
    server.set_clock("2026-02-20T00:00:00Z")
    (key,) = stream.objects()
    assert key.startswith("events/year=2026/month=01/day=15/")


def test_a_jump_backwards_delivers_everything_first(server):
    server.set_clock("2026-02-20T00:00:00Z")
    stream = Stream(server)
    stream.put(b"later")
    server.set_clock("2026-02-19T00:00:00Z")
    stream.put(b"earlier")
    server.control("POST", "firehose/flush")
    folders = {key.rpartition("/")[0]: body for key, body in stream.objects().items()}
    assert folders == {
        "events/year=2026/month=02/day=20": b"later",
        "events/year=2026/month=02/day=19": b"earlier",
    }


def test_the_object_is_named_as_firehose_names_it(server):
    server.set_clock("2026-03-01T10:20:30Z")
    stream = Stream(server, CompressionFormat="GZIP")
    stream.put(b"a")
    server.control("POST", "firehose/flush")
    (key,) = stream.objects()
    wanted = rf"events/year=2026/month=03/day=01/{stream.name}-1-2026-03-01-10-20-3\d-{UUID}\.gz"
    assert re.fullmatch(wanted, key), key


def test_the_default_prefix_is_the_hour_and_goes_after_a_plain_prefix(server):
    server.set_clock("2026-03-01T10:20:30Z")
    bare = Stream(server, Prefix="", ErrorOutputPrefix="")
    plain = Stream(server, Prefix="clicks/", ErrorOutputPrefix="")
    bare.put(b"a")
    plain.put(b"a")
    server.control("POST", "firehose/flush")
    assert next(iter(bare.objects())).startswith("2026/03/01/10/")
    assert next(iter(plain.objects())).startswith("clicks/2026/03/01/10/")


def test_every_random_string_is_another_one(server):
    stream = Stream(server, Prefix="!{firehose:random-string}/!{firehose:random-string}/!{timestamp:yyyyDDD'at'HH.mm}/")
    server.set_clock("2026-03-01T10:20:30Z")
    stream.put(b"a")
    server.control("POST", "firehose/flush")
    (key,) = stream.objects()
    first, second, moment, _ = key.split("/")
    assert re.fullmatch("[0-9A-Za-z]{11}", first)
    assert first != second
    assert moment == "2026060at10.20"


def test_gzip_objects_hold_every_record_with_its_delimiter(server):
    stream = Stream(server, CompressionFormat="GZIP", ProcessingConfiguration=NEWLINE)
    stream.put(b'{"a": 1}', b'{"a": 2}\n', b"", "ü".encode())
    server.control("POST", "firehose/flush")
    (body,) = stream.objects().values()
    assert gzip.decompress(body).decode() == '{"a": 1}\n{"a": 2}\n\n\nü\n'


def test_without_a_delimiter_records_follow_each_other_directly(server):
    stream = Stream(server)
    stream.firehose.put_record(DeliveryStreamName=stream.name, Record={"Data": b"{}"})
    stream.put(b"{}", b"\x00\xff")
    server.control("POST", "firehose/flush")
    assert list(stream.objects().values()) == [b"{}{}\x00\xff"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"CompressionFormat": "Snappy"}, "Snappy", id="compression"),
        pytest.param({"DynamicPartitioningConfiguration": {"Enabled": True}}, "DynamicPartitioning", id="partitioning"),
        pytest.param({"DataFormatConversionConfiguration": {"Enabled": True}}, "DataFormat", id="format_conversion"),
        pytest.param({"S3BackupMode": "Enabled"}, "S3BackupMode", id="backup"),
        pytest.param({"CustomTimeZone": "Asia/Tokyo"}, "CustomTimeZone", id="time_zone"),
        pytest.param({"Prefix": "a/!{timestamp:YYYY}/"}, "week-based year", id="week_based_year"),
        pytest.param({"Prefix": "a/!{timestamp:EEE}/"}, "EEE", id="unknown_time_field"),
        pytest.param({"Prefix": "a/!{partitionKeyFromQuery:x}/"}, "partitionKeyFromQuery", id="unknown_namespace"),
        pytest.param({"Prefix": "a/!{timestamp:yyyy"}, "closing brace", id="open_brace"),
        pytest.param({"Prefix": "!{firehose:error-output-type}/"}, "error-output-type", id="error_type_in_prefix"),
        pytest.param({"ErrorOutputPrefix": "e/!{timestamp:yyyy}/"}, "error-output-type", id="no_error_type"),
        pytest.param({"ErrorOutputPrefix": ""}, "ErrorOutputPrefix", id="no_error_prefix"),
        pytest.param({"Prefix": "x" * 513}, "512", id="long_prefix"),
        pytest.param({"Prefix": "/a/!{timestamp:yyyy}/"}, "empty segment", id="prefix_that_is_no_folder"),
        pytest.param({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}}, "128", id="size"),
        pytest.param({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}}, "900", id="interval"),
        pytest.param({"BufferingHints": {"SizeInMBs": 1}}, "both", id="half_a_hint"),
        pytest.param(
            {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}}, "Lambda", id="processor"
        ),
    ],
)
def test_what_would_be_delivered_otherwise_than_by_aws_is_refused(server, changes, reason):
    with pytest.raises(ClientError, match=reason) as error:
        Stream(server, **changes)
    assert code_of(error) in {"InvalidArgumentException", "ValidationException"}


def test_other_destinations_and_sources_are_refused(server):
    firehose = server.client("firehose")
    with pytest.raises(ClientError, match="S3 only") as error:
        firehose.create_delivery_stream(
            DeliveryStreamName="http",
            HttpEndpointDestinationConfiguration={
                "EndpointConfiguration": {"Url": "https://127.0.0.1:1"},
                "S3Configuration": {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::b"},
            },
        )
    assert code_of(error) == "InvalidArgumentException"
    with pytest.raises(ClientError, match="DirectPut"):
        firehose.create_delivery_stream(DeliveryStreamName="msk", DeliveryStreamType="MSKAsSource")
    assert firehose.list_delivery_streams(DeliveryStreamType="MSKAsSource")["DeliveryStreamNames"] == []


class TestLimits:
    """The figures stand in the API reference of PutRecordBatch; sizes count before base64."""

    def test_500_records_are_taken_and_501_refused(self, server):
        stream = Stream(server)
        assert len(stream.put(*[b"x"] * 500)["RequestResponses"]) == 500
        with pytest.raises(ClientError, match="less than or equal to 500") as error:
            stream.put(*[b"x"] * 501)
        assert code_of(error) == "ValidationException"

    def test_a_record_of_1000_kib_is_taken_and_one_byte_more_refused(self, server):
        stream = Stream(server)
        stream.put(b"x" * 1_024_000)
        with pytest.raises(ClientError, match="1024000") as error:
            stream.put(b"small", b"x" * 1_024_001)
        assert code_of(error) == "ValidationException"
        with pytest.raises(ClientError, match="1024000") as error:
            stream.firehose.put_record(DeliveryStreamName=stream.name, Record={"Data": b"x" * 1_024_001})
        assert code_of(error) == "ValidationException"

    def test_4_mib_together_are_taken_and_one_byte_more_refused(self, server):
        stream = Stream(server, BufferingHints={"SizeInMBs": 128, "IntervalInSeconds": 900})
        four_mib = [b"x" * 1_000_000] * 4 + [b"x" * 194_304]
        stream.put(*four_mib)
        with pytest.raises(ClientError, match="exceeds 4 MB") as error:
            stream.put(*four_mib, b"y")
        assert code_of(error) == "InvalidArgumentException"
        server.control("POST", "firehose/flush")
        assert sum(len(body) for body in stream.objects().values()) == 4 * 1024 * 1024

    def test_a_stream_that_does_not_exist_is_not_found(self, server):
        with pytest.raises(ClientError) as error:
            server.client("firehose").put_record(DeliveryStreamName="never", Record={"Data": b"x"})
        assert code_of(error) == "ResourceNotFoundException"


class TestFaults:
    """The switch that makes calls fail in part."""

    def test_rejected_records_are_marked_and_not_delivered(self, server):
        stream = Stream(server, ProcessingConfiguration=NEWLINE)
        server.control("PUT", "firehose/faults", {"failure_rate": 0.3, "seed": 7})
        records = [f"{number}".encode() for number in range(200)]
        answer = stream.put(*records)
        rejected = [
            record for record, result in zip(records, answer["RequestResponses"], strict=True) if "ErrorCode" in result
        ]
        assert 30 < len(rejected) == answer["FailedPutCount"] < 90
        assert {result.get("ErrorCode", "ok") for result in answer["RequestResponses"]} == {
            "ok",
            "ServiceUnavailableException",
        }
        assert len({result["RecordId"] for result in answer["RequestResponses"] if "RecordId" in result}) == 200 - len(
            rejected
        )
        server.control("POST", "firehose/flush")
        (body,) = stream.objects().values()
        assert set(body.split()) == set(records) - set(rejected)

    def test_the_same_seed_rejects_the_same_records(self, server):
        stream = Stream(server)

        def rejected() -> list[bool]:
            server.control("PUT", "firehose/faults", {"failure_rate": 0.5, "seed": 3})
            return ["ErrorCode" in result for result in stream.put(*[b"x"] * 50)["RequestResponses"]]

        assert rejected() == rejected()

    def test_with_all_rejected_put_record_fails_and_the_batch_answers(self, server):
        stream = Stream(server)
        server.control("PUT", "firehose/faults", {"failure_rate": 1})
        assert stream.put(b"x", b"y")["FailedPutCount"] == 2
        with pytest.raises(ClientError) as error:
            stream.firehose.put_record(DeliveryStreamName=stream.name, Record={"Data": b"x"})
        assert code_of(error) == "ServiceUnavailableException"

    @pytest.mark.parametrize("document", [{}, {"failure_rate": 2}, {"failure_rate": "1"}, {"failure_rate": True}])
    def test_a_rate_that_is_none_is_refused(self, server, document):
        assert server.control("PUT", "firehose/faults", document)["status"] == 400


class TestChanges:
    """Describe, update, delete, tags and encryption."""

    def test_the_description_shows_the_destination_with_its_defaults(self, server):
        stream = Stream(server)
        description = stream.firehose.describe_delivery_stream(DeliveryStreamName=stream.name)[
            "DeliveryStreamDescription"
        ]
        destination = description["Destinations"][0]["ExtendedS3DestinationDescription"]
        assert (description["DeliveryStreamStatus"], description["VersionId"]) == ("ACTIVE", "1")
        assert (destination["CompressionFormat"], destination["Prefix"]) == ("UNCOMPRESSED", DAY_PREFIX)
        assert stream.name in stream.firehose.list_delivery_streams(Limit=50)["DeliveryStreamNames"]

    def test_an_update_delivers_what_waits_the_former_way_and_raises_the_version(self, server):
        stream = Stream(server)
        stream.put(b"former")
        self.update(stream, {"CompressionFormat": "GZIP"})
        stream.put(b"later")
        server.control("POST", "firehose/flush")
        bodies = {key.split(stream.name)[1][:3]: body for key, body in stream.objects().items()}
        assert bodies["-1-"] == b"former"
        assert gzip.decompress(bodies["-2-"]) == b"later"
        destination = stream.firehose.describe_delivery_stream(DeliveryStreamName=stream.name)[
            "DeliveryStreamDescription"
        ]["Destinations"][0]
        assert destination["ExtendedS3DestinationDescription"]["Prefix"] == DAY_PREFIX
        assert destination["S3DestinationDescription"]["CompressionFormat"] == "GZIP"

    def test_an_update_that_is_refused_changes_nothing(self, server):
        stream = Stream(server)
        with pytest.raises(ClientError, match="ZIP"):
            self.update(stream, {"CompressionFormat": "ZIP"})
        with pytest.raises(ClientError) as error:
            self.update(stream, {"CompressionFormat": "GZIP"}, version="9")
        assert code_of(error) == "ConcurrentModificationException"
        stream.put(b"a")
        server.control("POST", "firehose/flush")
        assert list(stream.objects().values()) == [b"a"]

    def test_deleting_a_stream_delivers_what_waits(self, server):
        stream = Stream(server)
        stream.put(b"a")
        stream.firehose.delete_delivery_stream(DeliveryStreamName=stream.name)
        assert list(stream.wait_for_objects(1).values()) == [b"a"]
        with pytest.raises(ClientError):
            stream.put(b"b")

    def test_tags_and_encryption_are_kept(self, server):
        stream = Stream(server)
        firehose, name = stream.firehose, stream.name
        firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "team", "Value": "web"}])
        assert firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"] == [
            {"Key": "team", "Value": "web"}
        ]
        firehose.stop_delivery_stream_encryption(DeliveryStreamName=name)
        firehose.start_delivery_stream_encryption(
            DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"}
        )
        assert stream.put(b"a")["Encrypted"] is True

    def test_the_plain_s3_destination_works_too(self, server):
        s3, firehose = server.client("s3"), server.client("firehose")
        s3.create_bucket(Bucket="plain-destination")
        firehose.create_delivery_stream(
            DeliveryStreamName="plain",
            S3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/firehose",
                "BucketARN": "arn:aws:s3:::plain-destination",
            },
        )
        firehose.put_record(DeliveryStreamName="plain", Record={"Data": b"a"})
        server.control("POST", "firehose/flush")
        assert s3.list_objects_v2(Bucket="plain-destination")["KeyCount"] == 1

    @staticmethod
    def update(stream: Stream, changes: dict[str, Any], version: str = "1") -> None:
        stream.firehose.update_destination(
            DeliveryStreamName=stream.name,
            CurrentDeliveryStreamVersionId=version,
            DestinationId="destinationId-000000000001",
            ExtendedS3DestinationUpdate=changes,
        )


def test_a_log_subscription_is_buffered_like_any_record(server):
    stream = Stream(server)
    logs = server.client("logs")
    logs.create_log_group(logGroupName=stream.name)
    logs.create_log_stream(logGroupName=stream.name, logStreamName="s")
    logs.put_subscription_filter(
        logGroupName=stream.name,
        filterName="all",
        filterPattern="",
        destinationArn=f"arn:aws:firehose:us-east-1:123456789012:deliverystream/{stream.name}",
        roleArn="arn:aws:iam::123456789012:role/logs",
    )
    event = {"timestamp": int(time.time() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName=stream.name, logStreamName="s", logEvents=[event])
    assert stream.objects() == {}
    server.control("POST", "firehose/flush")
    (body,) = stream.objects().values()
    assert b"hello" in gzip.decompress(body)


class TestFailedDelivery:
    """Nothing that was accepted gets lost silently."""

    def test_records_for_a_missing_bucket_are_kept_until_it_exists(self, server):
        stream = Stream(server)
        stream.s3.delete_bucket(Bucket=stream.bucket)
        stream.put(b"a")
        answer = server.control("POST", "firehose/flush")
        assert answer["status"] == 500
        assert "1 records could not be delivered" in answer["error"]
        assert f"{stream.name}: 1 records were not delivered to s3://{stream.bucket} (attempt 1)" in server.log
        stream.s3.create_bucket(Bucket=stream.bucket)
        assert server.control("POST", "firehose/flush") == {"delivered_objects": 1}
        assert list(stream.objects().values()) == [b"a"]

    def test_the_retry_comes_by_itself(self, server):
        stream = Stream(server, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})
        stream.s3.delete_bucket(Bucket=stream.bucket)
        stream.put(b"a")
        assert wait_until(lambda: stream.name in server.log, 10)
        stream.s3.create_bucket(Bucket=stream.bucket)
        assert list(stream.wait_for_objects(1).values()) == [b"a"]

    def test_records_whose_key_is_taken_by_a_folder_go_to_the_error_prefix(self, server):
        stream = Stream(server, Prefix="data/!{timestamp:yyyy}/")
        stream.s3.put_object(Bucket=stream.bucket, Key="data", Body=b"in the way")
        stream.put(b"a", b"\xff")
        server.control("POST", "firehose/flush")
        ((key, body),) = [(key, body) for key, body in stream.objects().items() if key != "data"]
        assert key.startswith(f"errors/processing-failed/{stream.name}-1-")
        entries = [json.loads(line) for line in body.splitlines()]
        assert [base64.b64decode(entry["rawData"]) for entry in entries] == [b"a", b"\xff"]
        assert entries[0]["errorCode"] == "S3.InvalidArgument"

    def test_a_stop_delivers_the_buffers(self, start_local_aws: StartServer, tmp_path: Path):
        server = start_local_aws(tmp_path / "data")
        stream = Stream(server, CompressionFormat="GZIP")
        stream.put(b"a", b"b")
        assert server.stop() == 0
        (path,) = [path for path in (tmp_path / "data" / "s3" / stream.bucket).rglob("*") if path.is_file()]
        assert gzip.decompress(path.read_bytes()) == b"ab"

    def test_a_stop_saves_what_can_not_be_delivered(self, start_local_aws: StartServer, tmp_path: Path):
        server = start_local_aws(tmp_path / "data")
        stream = Stream(server)
        stream.s3.delete_bucket(Bucket=stream.bucket)
        stream.put(b"a", b"b")
        assert server.stop() == 0
        (path,) = (tmp_path / "data" / "firehose-undelivered").iterdir()
        assert path.read_bytes() == b"ab"
        assert f"saved in {path}" in server.log
