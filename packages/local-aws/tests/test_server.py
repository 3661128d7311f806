"""The server process: start, stop, control endpoints, and what it does not serve."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws.process import free_port
from local_aws.waiting import wait_until
from local_aws_server import REPOSITORY, LocalAwsServer, StartServer

START_LIMIT_CPU_S = 3


def run_serve(*arguments: str, cwd: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local_aws", "serve", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def client_of(server: LocalAwsServer, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
    )


def test_a_port_in_use_is_one_clear_line_and_exit_code_1(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run_serve("--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert result.returncode == 1
    assert result.stderr == (
        f"local_aws: can't listen on 127.0.0.1:{port}: Address already in use; "
        "stop what runs there, or choose another with --port\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_one_clear_line_and_exit_code_1(bare_local_aws):
    result = run_serve("--port", str(free_port()), "--data-dir", str(bare_local_aws.data_dir))
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "another local_aws uses the data folder" in line
    assert "--data-dir" in line


def test_a_data_folder_that_is_a_file_is_one_clear_line_and_exit_code_1(tmp_path):
    (tmp_path / "file").write_text("")
    result = run_serve("--port", str(free_port()), "--data-dir", str(tmp_path / "file"))
    assert result.returncode == 1
    assert result.stderr.splitlines() == [f"local_aws: can't use the data folder {tmp_path / 'file'}: File exists"]


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "x"], ["--firehose-failure-rate", "2"]])
def test_an_argument_that_makes_no_sense_is_refused(arguments):
    result = run_serve(*arguments)
    assert result.returncode == 2
    assert "give " in result.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_quickly_and_a_signal_stops_it_with_exit_code_0(
    start_local_aws: StartServer, tmp_path: Path, how: signal.Signals
):
    server = start_local_aws(tmp_path / "data")
    assert server.cpu_s < START_LIMIT_CPU_S
    # An open connection must not hold it up.
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port)) as idle:
        idle.request("GET", "/_local_aws/health")
        idle.getresponse().read()
        os.kill(server.process.pid, how)
        assert server.process.wait(10) == 0
    assert "Traceback" not in server.log


def test_health_says_who_answers(bare_local_aws):
    health = bare_local_aws.control("GET", "health")
    assert health["status"] == "ok"
    assert health["pid"] == bare_local_aws.process.pid
    assert health["data_dir"] == str(bare_local_aws.data_dir)
    assert health["provisioned"] is False


def test_it_listens_on_one_address_only(bare_local_aws):
    # A server bound to all addresses would answer here too.
    with pytest.raises(OSError, match=r"refused|timed out|unreachable|assign"):
        socket.create_connection(("127.0.0.2", bare_local_aws.port), timeout=5).close()


@pytest.mark.parametrize(("variable", "folder"), [("state", "state"), ("", ".local-aws")])
def test_without_a_data_dir_it_is_the_folder_of_local_aws_state_else_one_in_the_current_folder(
    tmp_path, monkeypatch, variable, folder
):
    (tmp_path / folder).write_text("")
    monkeypatch.setenv("LOCAL_AWS_STATE", variable and str(tmp_path / variable))
    result = run_serve("--port", str(free_port()), cwd=tmp_path)
    assert result.stderr.splitlines() == [f"local_aws: can't use the data folder {tmp_path / folder}: File exists"]


def test_many_requests_share_one_connection(bare_local_aws):
    connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
    sockets = set()
    for _ in range(5):
        connection.request("GET", "/_local_aws/clock")
        response = connection.getresponse()
        assert response.status == 200
        response.read()
        sockets.add(id(connection.sock))
    assert len(sockets) == 1
    assert connection.sock is not None
    connection.close()


class TestClock:
    """PUT, GET and DELETE /_local_aws/clock."""

    def test_it_ticks_on_from_where_it_is_set(self, bare_local_aws):
        bare_local_aws.set_clock("2026-01-31T23:59:00+01:00")
        start = bare_local_aws.control("GET", "clock")["now"]
        assert wait_until(lambda: bare_local_aws.control("GET", "clock")["now"] > start, 5)
        shown = bare_local_aws.control("GET", "clock")
        assert re.fullmatch(r"2026-01-31T22:59:0\d(\.\d+)?Z", shown["now"])
        assert shown["is_set"] is True
        assert bare_local_aws.control("DELETE", "clock")["is_set"] is False

    @pytest.mark.parametrize("now", ["2026-01-31", "2026-01-31T12:00:00", "tomorrow", 5, None])
    def test_what_is_no_instant_with_a_zone_is_refused(self, bare_local_aws, now):
        answer = bare_local_aws.control("PUT", "clock", {"now": now})
        assert answer["status"] == 400
        assert "2026-01-31T23:59:00Z" in answer["error"]
        assert bare_local_aws.control("GET", "clock")["is_set"] is False

    def test_an_unknown_endpoint_or_method_says_what_there_is(self, bare_local_aws):
        assert "/_local_aws/clock" in bare_local_aws.control("GET", "nothing")["error"]
        assert "'PUT'" in bare_local_aws.control("POST", "clock", {})["error"]


class TestWhatIsNotServed:
    """An error of AWS's shape instead of a success that did not happen."""

    def test_a_service_that_is_not_served_is_refused(self, bare_local_aws):
        with pytest.raises(ClientError, match="does not serve elasticmapreduce") as error:
            client_of(bare_local_aws, "emr").list_clusters()
        assert error.value.response["Error"]["Code"] == "NotImplemented"

    @pytest.mark.parametrize(
        ("service", "operation", "arguments"),
        [
            pytest.param("logs", "list_anomalies", {}, id="json"),
            pytest.param("iam", "list_service_specific_credentials", {}, id="query"),
        ],
    )
    def test_a_call_that_is_not_implemented_fails(self, bare_local_aws, service, operation, arguments):
        with pytest.raises(ClientError):
            getattr(client_of(bare_local_aws, service), operation)(**arguments)

    @pytest.mark.parametrize(
        ("service", "operation", "arguments"),
        [
            pytest.param(
                "logs",
                "create_export_task",
                {"logGroupName": "g", "fromTime": 0, "to": 1, "destination": "b"},
                id="json",
            ),
            pytest.param(
                "sns", "create_platform_application", {"Name": "a", "Platform": "GCM", "Attributes": {}}, id="query"
            ),
            pytest.param(
                "cloudwatch", "set_alarm_state", {"AlarmName": "a", "StateValue": "OK", "StateReason": "r"}, id="either"
            ),
            pytest.param("s3", "list_bucket_metrics_configurations", {"Bucket": "b"}, id="unknown_to_moto"),
            pytest.param("s3", "restore_object", {"Bucket": "b", "Key": "k", "RestoreRequest": {"Days": 1}}, id="rest"),
        ],
    )
    def test_a_call_that_could_only_be_pretended_is_refused(self, bare_local_aws, service, operation, arguments):
        with pytest.raises(ClientError, match="could only pretend") as error:
            getattr(client_of(bare_local_aws, service), operation)(**arguments)
        assert error.value.response["Error"]["Code"] == "NotImplemented"
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501

    def test_sns_sends_nothing_to_phones(self, bare_local_aws):
        with pytest.raises(ClientError, match="nothing to phones"):
            client_of(bare_local_aws, "sns").publish(PhoneNumber="+15550100", Message="hello")

    def test_sns_refuses_subscriptions_that_would_leave_the_machine(self, bare_local_aws):
        sns, sqs = client_of(bare_local_aws, "sns"), client_of(bare_local_aws, "sqs")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        for protocol, endpoint in (("https", "https://example.org/"), ("email", "a@example.org")):
            with pytest.raises(ClientError, match="SQS queues only"):
                sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
        url = sqs.create_queue(QueueName="alerts")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        sns.publish(TopicArn=topic, Message="rows_read is 0")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert "rows_read is 0" in message["Body"]

    def test_moto_s_own_reset_is_not_reachable(self, bare_local_aws):
        bare_local_aws.client("s3").create_bucket(Bucket="survivor")
        connection = http.client.HTTPConnection("127.0.0.1", bare_local_aws.port, timeout=10)
        connection.request("POST", "/moto-api/reset")
        assert connection.getresponse().status >= 400
        connection.close()
        assert bare_local_aws.client("s3").list_objects_v2(Bucket="survivor")["KeyCount"] == 0


def test_any_credentials_belong_to_the_one_account(bare_local_aws):
    assert client_of(bare_local_aws, "sts").get_caller_identity()["Account"] == "123456789012"
