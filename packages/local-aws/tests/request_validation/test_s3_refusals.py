"""What S3 refuses by its model and by its documented limits, in its own words, and the neighbours that it takes."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws_server import LocalAwsServer

NUMBERS = itertools.count()
KEY = {"Key": "k"}
RULE = {"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
Call = Callable[..., str | None]


def tags(count: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number}", "Value": "v"} for number in range(count)]


def query_of_tags(count: int) -> str:
    return "&".join(f"k{number}=v" for number in range(count))


def objects(count: int) -> dict[str, Any]:
    return {"Objects": [{"Key": str(number)} for number in range(count)]}


@pytest.fixture
def code_of(bare_local_aws: LocalAwsServer) -> Call:
    """Makes a call on a bucket with one object and returns the error's code, None if there is none."""
    client = boto3.client(
        "s3",
        endpoint_url=bare_local_aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    bucket = f"bucket-{next(NUMBERS)}"
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key="k", Body=b"x")

    def call(operation: str, **arguments: Any) -> str | None:
        try:
            getattr(client, operation)(**{"Bucket": bucket, **arguments})
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    return call


@pytest.mark.parametrize(
    ("operation", "taken", "refused", "code"),
    [
        pytest.param(
            "put_object",
            {**KEY, "StorageClass": "STANDARD_IA"},
            {"StorageClass": "COLD"},
            "InvalidStorageClass",
            id="enum_in_a_header",
        ),
        pytest.param(
            "put_object",
            {**KEY, "ServerSideEncryption": "AES256"},
            {"ServerSideEncryption": "AES128"},
            "InvalidArgument",
            id="encryption",
        ),
        pytest.param("put_object", {**KEY, "ACL": "private"}, {"ACL": "secret"}, "InvalidArgument", id="acl"),
        pytest.param(
            "list_objects_v2", {"MaxKeys": 0}, {"MaxKeys": "many"}, "InvalidArgument", id="no_number_in_the_query"
        ),
        pytest.param("list_objects_v2", {"MaxKeys": 0}, {"MaxKeys": -1}, "InvalidArgument", id="number_below_zero"),
        pytest.param(
            "list_objects_v2", {"EncodingType": "url"}, {"EncodingType": "xml"}, "InvalidArgument", id="encoding"
        ),
        pytest.param(
            "put_bucket_versioning",
            {"VersioningConfiguration": {"Status": "Enabled"}},
            {"VersioningConfiguration": {"Status": "On"}},
            "MalformedXML",
            id="enum_in_the_body",
        ),
        pytest.param(
            "put_bucket_lifecycle_configuration",
            {
                "LifecycleConfiguration": {
                    "Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]
                }
            },
            {"LifecycleConfiguration": {"Rules": [{"ID": "r", "Filter": {}, "Expiration": {"Days": 1}}]}},
            "MalformedXML",
            id="required_in_the_body",
        ),
        pytest.param(
            "put_bucket_lifecycle_configuration",
            {"LifecycleConfiguration": {"Rules": [{**RULE, "ID": "r" * 255}]}},
            {"LifecycleConfiguration": {"Rules": [{**RULE, "ID": "r" * 256}]}},
            "InvalidArgument",
            id="id_of_a_rule",
        ),
        pytest.param(
            "put_object_tagging",
            {**KEY, "Tagging": {"TagSet": tags(10)}},
            {"Tagging": {"TagSet": tags(11)}},
            "BadRequest",
            id="tags_of_an_object",
        ),
        pytest.param(
            "put_object",
            {**KEY, "Tagging": query_of_tags(10)},
            {"Tagging": query_of_tags(11)},
            "BadRequest",
            id="tags_with_an_object",
        ),
        pytest.param(
            "put_bucket_tagging",
            {"Tagging": {"TagSet": tags(50)}},
            {"Tagging": {"TagSet": tags(51)}},
            "BadRequest",
            id="tags_of_a_bucket",
        ),
        pytest.param(
            "put_object",
            {**KEY, "Metadata": {"a": "x" * 2047}},
            {"Metadata": {"a": "x" * 2048}},
            "MetadataTooLarge",
            id="metadata",
        ),
        pytest.param(
            "delete_objects", {"Delete": objects(1000)}, {"Delete": objects(1001)}, "MalformedXML", id="deleted_objects"
        ),
        pytest.param(
            "put_object", {"Key": "k" * 249 + "/" + "k" * 200}, {"Key": "k" * 1025}, "KeyTooLongError", id="key"
        ),
    ],
)
def test_what_s3_refuses_and_what_it_takes(
    code_of: Call, operation: str, taken: dict[str, Any], refused: dict[str, Any], code: str
) -> None:
    assert code_of(operation, **taken) is None
    assert code_of(operation, **{**taken, **refused}) == code


@pytest.mark.parametrize(("number", "code"), [(0, "InvalidArgument"), (10000, None), (10001, "InvalidArgument")])
def test_a_part_has_a_number_from_1_to_10000(
    bare_local_aws: LocalAwsServer, code_of: Call, number: int, code: str | None
) -> None:
    s3 = bare_local_aws.client("s3")
    bucket = f"parts-{number}"
    s3.create_bucket(Bucket=bucket)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    assert code_of("upload_part", Bucket=bucket, Key="k", UploadId=upload, Body=b"x", PartNumber=number) == code


@pytest.mark.parametrize(
    "name", ["192.168.5.4", "xn--a", "sthree-a", "amzn-s3-demo-a", "a-s3alias", "a--ol-s3", "a.mrap", "a-an", "aa"]
)
def test_a_name_that_is_no_buckets_is_refused(code_of: Call, name: str) -> None:
    assert code_of("create_bucket", Bucket=name) == "InvalidBucketName"


@pytest.mark.parametrize("name", ["192.168.5.4a", "my.bucket-1", "a" * 63])
def test_its_neighbour_may_be_a_buckets(code_of: Call, name: str) -> None:
    assert code_of("create_bucket", Bucket=name) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"<VersioningConfiguration><Status>Enabled</Status>", "MalformedXML", id="not_closed"),
        pytest.param(b"Status=Enabled", "MalformedXML", id="no_xml"),
        pytest.param(b"", "MissingRequestBodyError", id="empty"),
    ],
)
def test_a_body_that_is_none_is_refused(bare_local_aws: LocalAwsServer, body: bytes, code: str) -> None:
    bare_local_aws.client("s3").create_bucket(Bucket="bodies")
    connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
    connection.request("PUT", "/bodies?versioning", body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 400
    assert f"<Code>{code}</Code>" in text


@pytest.mark.parametrize(("letters", "status"), [(1000, 200), (1025, 400)])
def test_metadata_counts_in_bytes_of_utf_8(bare_local_aws: LocalAwsServer, letters: int, status: int) -> None:
    bucket = f"bucket-{next(NUMBERS)}"
    bare_local_aws.client("s3").create_bucket(Bucket=bucket)
    connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
    connection.request("PUT", f"/{bucket}/k", b"x", {"x-amz-meta-a": ("é" * letters).encode()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == status
