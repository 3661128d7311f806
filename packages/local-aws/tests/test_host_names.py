"""Clients that reach the server by another name or address than 127.0.0.1, as those in other containers do."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest

from local_aws.settings import ALL_ADDRESSES
from local_aws_server import REPOSITORY, LocalAwsServer, StartServer

SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
NAMES = ("local-aws:4566", "local-aws.example.internal:4566", "localhost:4566", "127.0.0.1:4566", "local-aws")


def send(
    server: LocalAwsServer, method: str, path: str, host: str, *, service: str = "s3", body: bytes = b"", **headers: str
) -> tuple[int, str]:
    """One request with that Host header; returns status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sent = {
        "Host": host,
        "Authorization": SIGNED.format(service),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.fixture
def bucket(bare_local_aws: LocalAwsServer) -> str:
    name = f"bucket-{uuid4()}"
    bare_local_aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize("host", NAMES)
def test_the_path_names_the_bucket_at_every_host(bare_local_aws, bucket, host):
    assert send(bare_local_aws, "PUT", f"/{bucket}/a/b%2Bc", host, body=b"x")[0] == 200
    assert send(bare_local_aws, "GET", f"/{bucket}/a/b%2Bc", host) == (200, "x")
    status, listing = send(bare_local_aws, "GET", f"/{bucket}?list-type=2&prefix=a", host)
    assert (status, re.findall("<Key>(.*?)</Key>", listing)) == (200, ["a/b+c"])
    assert f"<Name>{bucket}</Name>" in send(bare_local_aws, "GET", "/", host)[1]
    assert send(bare_local_aws, "PUT", f"/{bucket}-2", host)[0] == 200
    assert send(bare_local_aws, "GET", "/missing/key", host)[0] == 404


@pytest.mark.parametrize("host", ["local-aws:4566", "local-aws.example.internal"])
def test_a_bucket_may_stand_in_front_of_the_host(bare_local_aws, bucket, host):
    bare_local_aws.control("DELETE", "calls")
    assert send(bare_local_aws, "PUT", "/a/b%20c", f"{bucket}.{host}", body=b"x")[0] == 200
    assert send(bare_local_aws, "GET", "/a/b%20c", f"{bucket}.{host}") == (200, "x")
    assert bare_local_aws.client("s3").get_object(Bucket=bucket, Key="a/b c")["Body"].read() == b"x"
    recorded = {(call["action"], call["resource"]) for call in bare_local_aws.control("GET", "calls")["calls"]}
    assert ("s3:PutObject", f"arn:aws:s3:::{bucket}/a/b c") in recorded
    assert send(bare_local_aws, "PUT", "/", f"new-{bucket}.{host}")[0] == 200
    assert f"<Name>new-{bucket}</Name>" in send(bare_local_aws, "GET", "/", host)[1]


def test_a_bucket_with_dots_is_found_in_the_host(bare_local_aws, bucket):
    name = f"{bucket[:20]}.v2.x"
    bare_local_aws.client("s3").create_bucket(Bucket=name)
    assert send(bare_local_aws, "PUT", "/key", f"{name}.local-aws:4566", body=b"x")[0] == 200
    assert bare_local_aws.client("s3").get_object(Bucket=name, Key="key")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("method", "path"), [("HEAD", "/"), ("GET", "/?list-type=2"), ("GET", "/?encoding-type=url"), ("DELETE", "/")]
)
def test_a_bucket_in_the_host_that_does_not_exist_is_not_answered_with_a_list_of_buckets(bare_local_aws, method, path):
    assert send(bare_local_aws, method, path, "missing.local-aws:4566")[0] == 404


@pytest.mark.parametrize(
    ("service", "target", "body"),
    [
        pytest.param("glue", "AWSGlue.GetDatabases", b"{}", id="glue"),
        pytest.param("athena", "AmazonAthena.ListWorkGroups", b"{}", id="athena"),
        pytest.param("firehose", "Firehose_20150804.ListDeliveryStreams", b"{}", id="firehose"),
        pytest.param("logs", "Logs_20140328.DescribeLogGroups", b"{}", id="logs"),
        pytest.param("sts", "", b"Action=GetCallerIdentity&Version=2011-06-15", id="sts"),
        pytest.param("iam", "", b"Action=ListRoles&Version=2010-05-08", id="iam"),
    ],
)
@pytest.mark.parametrize("host", NAMES[:2])
def test_the_other_services_answer_at_every_host(bare_local_aws, service: str, target: str, body: bytes, host: str):
    kind = "application/x-amz-json-1.1" if target else "application/x-www-form-urlencoded"
    headers: dict[str, Any] = {"Content_Type": kind, **({"X_Amz_Target": target} if target else {})}
    assert send(bare_local_aws, "POST", "/", host, service=service, body=body, **headers)[0] == 200


def test_a_queue_s_address_has_the_name_that_the_client_used(bare_local_aws):
    headers = {"Content_Type": "application/x-amz-json-1.0", "X_Amz_Target": "AmazonSQS.CreateQueue"}
    status, answer = send(
        bare_local_aws, "POST", "/", "local-aws:4566", service="sqs", body=b'{"QueueName": "q"}', **headers
    )
    assert (status, "http://local-aws:4566/" in answer) == (200, True)


@pytest.mark.parametrize("origin", ["http://example.org", "null"])
def test_no_web_page_is_let_in(bare_local_aws, bucket, origin):
    connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
    for method, path in (("GET", f"/{bucket}"), ("OPTIONS", f"/{bucket}"), ("GET", "/_local_aws/health")):
        connection.request(method, path, headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
        response = connection.getresponse()
        response.read()
        assert not [name for name, _ in response.getheaders() if name.lower().startswith("access-control")]
    connection.close()


def test_with_host_it_listens_on_every_address_and_says_so(start_local_aws: StartServer, tmp_path):
    server = start_local_aws(tmp_path / "data", options=("--host", ALL_ADDRESSES))
    socket.create_connection(("127.0.0.2", server.port), timeout=5).close()
    assert server.control("GET", "health")["endpoint"] == server.endpoint
    assert "listens on every address of this machine" in server.log


@pytest.mark.parametrize("address", ["local-aws", "::", "256.0.0.1", ""])
def test_what_is_no_ipv4_address_is_refused(address):
    result = subprocess.run(
        [sys.executable, "-m", "local_aws", "serve", "--host", address],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "is no IPv4 address: give 127.0.0.1" in result.stderr
