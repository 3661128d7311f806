"""What a restart keeps, over real HTTP: a server is stopped or killed and another started on the same folder."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.provision import names
from local_aws.state import INTERVAL_S
from local_aws.state.history import MAX_KEPT
from tests.local_aws.athena_support import Athena
from tests.local_aws.conftest import REPOSITORY, LocalAwsServer, StartServer, free_port
from tests.local_aws.glue_support import Jobs, Lake
from tests.local_aws.state_support import populate, snapshot

SAVED_WITHIN_S = INTERVAL_S + 0.5
START_LIMIT_S = 5
KILL, STOP = signal.SIGKILL, signal.SIGTERM
BOTH_WAYS = pytest.mark.parametrize("how", [KILL, STOP], ids=["killed", "stopped"])
SLEEPING = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
MANY_QUERIES = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more),
    copies AS (SELECT 'copy-' || printf('%05d', i) AS copy FROM n)
    INSERT INTO document (kind, key, content)
    SELECT kind, replace(key, :id, copy), replace(content, :id, copy) FROM document, copies WHERE kind = 'athena.query'
"""
LONG_QUERY = "select count(*) from unnest(sequence(1, 100000)) as a(x), unnest(sequence(1, 10000)) as b(y) where x <> y"


def end(server: LocalAwsServer, how: signal.Signals) -> None:
    """End the process; where it is killed, after the time within which every change is saved."""
    if how == KILL:
        time.sleep(SAVED_WITHIN_S)
    os.kill(server.process.pid, how)
    server.process.wait(30)


class Restart:
    """Ends a server and starts another on its folder and port, so that clients of the first reach the second."""

    def __init__(self, start: StartServer, data_dir: Path) -> None:
        self._start = start
        self.data_dir = data_dir
        self.server = start(data_dir)

    def __call__(self, how: signal.Signals = STOP, *, provision: bool = False) -> LocalAwsServer:
        end(self.server, how)
        return self.again(provision=provision)

    def again(self, *, provision: bool = False) -> LocalAwsServer:
        """Start another, where the server has ended."""
        self.server = self._start(self.data_dir, provision=provision, port=self.server.port)
        return self.server


@pytest.fixture
def restart(start_local_aws, tmp_path) -> Restart:
    return Restart(start_local_aws, tmp_path / "data")


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (before.get(name), after.get(name))
        for name in [*before, *(name for name in after if name not in before)]
        if before.get(name) != after.get(name)
    }


def change_state(data_dir: Path, sql: str, **parameters: Any) -> int:
    """Change the state file behind the server's back; returns the number of documents."""
    with closing(sqlite3.connect(data_dir / "state.db", isolation_level=None)) as connection:
        return connection.execute(sql, parameters).rowcount


def errors_in(server: LocalAwsServer) -> list[str]:
    assert "Traceback" not in server.log
    return [line.partition(" ERROR ")[2] for line in server.log.splitlines() if " ERROR " in line]


def test_what_is_listed_after_a_kill_and_after_a_stop_is_what_was_listed_before(restart):
    populate(restart.server)
    before = snapshot(restart.server)
    kinds = {name.partition(" ")[0] for name in before}
    assert {"object", "versions", "partitions", "runs", "crawls", "query", "results", "stream", "role", "log"} <= kinds
    for how in (KILL, STOP):
        server = restart(how)
        assert differences(before, snapshot(server)) == {}
    assert errors_in(server) == []


def test_what_came_back_works(restart):
    jobs, lake, athena = Jobs(restart.server), Lake(restart.server), Athena(restart.server)
    firehose, logs = restart.server.client("firehose"), restart.server.client("logs")
    job = jobs.create("print('hello')\n")
    lake.put("events/day=1/a.parquet")
    lake.crawl_well()
    destination = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": f"arn:aws:s3:::{jobs.bucket}"}
    firehose.create_delivery_stream(
        DeliveryStreamName="s", ExtendedS3DestinationConfiguration={**destination, "Prefix": "raw/"}
    )
    before = logs.filter_log_events(logGroupName="/aws-glue/crawlers")["events"]
    server = restart(KILL)
    run = jobs.wait(job, jobs.start(job))
    assert (run["JobRunState"], jobs.log(run["Id"], "output")) == ("SUCCEEDED", ["hello"])
    lake.put("events/day=2/a.parquet")
    lake.crawl_well()
    assert sorted(lake.partitions()) == [("1",), ("2",)]
    assert athena.run(f"select sum(count) from {lake.database}.events").value == "2"
    firehose.put_record(DeliveryStreamName="s", Record={"Data": b"x"})
    assert server.control("POST", "firehose/flush")["delivered_objects"] == 1
    assert len(jobs.objects("raw/")) == 1
    after = logs.filter_log_events(logGroupName="/aws-glue/crawlers")["events"]
    assert after[: len(before)] == before
    assert len({event["eventId"] for event in after}) == len(after) > len(before)


def test_what_was_deleted_stays_deleted(restart):
    populate(restart.server)
    lake = Lake(restart.server)
    lake.put("events/day=1/a.parquet")
    lake.crawl_well()
    client = restart.server.client
    restart()
    client("glue").delete_table(DatabaseName=lake.database, Name="events")
    client("glue").delete_crawler(Name=lake.crawler)
    job = client("glue").get_jobs()["Jobs"][0]["Name"]
    client("glue").delete_job(JobName=job)
    client("firehose").delete_delivery_stream(DeliveryStreamName="kept")
    client("athena").delete_work_group(WorkGroup="group", RecursiveDeleteOption=True)
    client("iam").detach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::123456789012:policy/managed")
    client("iam").delete_role_policy(RoleName="reader", PolicyName="inline")
    client("iam").delete_role(RoleName="reader")
    client("s3").delete_bucket_lifecycle(Bucket="settings")
    client("s3").delete_object(Bucket="objects", Key="parts")
    logs = client("logs")
    logs.delete_log_group(logGroupName="group")
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    before = snapshot(restart.server)
    assert f"versions {lake.database}.events" not in before
    assert before["log events group"]["events"] == []
    assert differences(before, snapshot(restart())) == {}


@BOTH_WAYS
def test_what_was_going_on_has_ended_and_says_why(restart, how):
    jobs, athena = Jobs(restart.server), Athena(restart.server)
    job = jobs.create(SLEEPING)
    run_id = jobs.start(job)
    jobs.wait_for_line(run_id, "begun")
    query = athena.start(LONG_QUERY)
    restart(how)
    run = jobs.run_of(job, run_id)
    assert run["JobRunState"] == ("FAILED" if how == KILL else "STOPPED")
    assert "local_aws" in run["ErrorMessage"]
    assert run["CompletedOn"] >= run["StartedOn"]
    assert jobs.log(run_id, "output") == ["begun"]
    status = athena.wait(query)["Status"]
    assert status["State"] == ("FAILED" if how == KILL else "CANCELLED")
    assert "local_aws" in status["StateChangeReason"]
    assert jobs.wait(job, jobs.start(job), {"RUNNING"})["JobRunState"] == "RUNNING"  # none is in its way


def test_the_same_client_token_gives_the_same_query_after_a_restart(restart):
    athena = Athena(restart.server)
    query = athena.start("select 1", ClientRequestToken="t" * 32)
    athena.wait(query)
    restart()
    assert athena.start("select 1", ClientRequestToken="t" * 32) == query
    with pytest.raises(ClientError, match="do not match"):
        athena.start("select 2", ClientRequestToken="t" * 32)


def test_provisioning_again_changes_nothing_and_leaves_alone_what_was_made_by_hand(restart):
    server = restart(STOP, provision=True)
    athena = Athena(server, database=names().database + "_mine")
    location = f"s3://{athena.bucket}/mine/"
    athena.run(f"create external table {names().database}.mine (a int) stored as parquet location '{location}'")
    athena.run(f"create external table mine (a int) stored as parquet location '{location}'")
    server.client("s3").put_object(Bucket=names().raw_bucket, Key="mine", Body=b"x", ContentType="text/html")
    before = snapshot(server)
    assert differences(before, snapshot(restart(KILL, provision=True))) == {}


def test_a_file_that_another_process_wrote_meanwhile_is_taken_as_it_is(restart):
    s3 = restart.server.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("changed", "same"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x", ContentType="text/html", Metadata={"run": "7"})
    end(restart.server, STOP)
    (restart.data_dir / "s3" / "bucket" / "changed").write_bytes(b"yy")
    restart.again()
    same, changed = (s3.head_object(Bucket="bucket", Key=key) for key in ("same", "changed"))
    assert (same["ContentType"], same["Metadata"]) == ("text/html", {"run": "7"})
    assert (changed["ContentType"], changed["Metadata"]) == ("binary/octet-stream", {})


def test_killed_at_any_moment_it_keeps_all_that_was_answered_a_moment_before(restart):
    glue = restart.server.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    for round_ in range(2):
        answered: list[tuple[float, str]] = []
        stop = threading.Event()

        def write(worker: int, round_: int = round_, answered: list = answered, stop: threading.Event = stop) -> None:
            number = 0
            while not stop.is_set():
                name = f"t{round_}_{worker}_{number:05}"
                try:
                    glue.create_table(DatabaseName="d", TableInput={"Name": name, "Parameters": {"p": "x" * 500}})
                except (BotoCoreError, ClientError):
                    return
                answered.append((time.monotonic(), name))
                number += 1

        with ThreadPoolExecutor(2) as pool:
            writers = [pool.submit(write, worker) for worker in range(2)]
            time.sleep(1.3 + 0.4 * round_)
            killed_at = time.monotonic()
            restart.server.process.kill()
            stop.set()
        assert [writer.exception() for writer in writers] == [None, None]
        restart.server.process.wait(30)
        restart.again()
        pages = glue.get_paginator("get_tables").paginate(DatabaseName="d")
        there = {table["Name"] for page in pages for table in page["TableList"]}
        owed = {name for at, name in answered if at < killed_at - SAVED_WITHIN_S}
        assert owed - there == set()
    assert errors_in(restart.server) == []


class TestStateFile:
    """A state file that can't be used as it is."""

    @pytest.mark.parametrize("content", [b"no database at all" * 500, None], ids=["other_bytes", "torn_pages"])
    def test_a_damaged_one_is_one_line_and_put_aside(self, restart, content):
        s3, glue = restart.server.client("s3"), restart.server.client("glue")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=b"content")
        glue.create_database(DatabaseInput={"Name": "d"})
        end(restart.server, STOP)
        file = restart.data_dir / "state.db"
        damaged = content or file.read_bytes()[:4096] + b"\xff" * 9000
        file.write_bytes(damaged)
        restart.again()
        (line,) = errors_in(restart.server)
        assert "state.db is damaged" in line
        assert [path.read_bytes() for path in restart.data_dir.glob("state.db.damaged-*")] == [damaged]
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"content"
        assert glue.get_databases()["DatabaseList"] == []
        glue.create_database(DatabaseInput={"Name": "e"})
        restart()
        assert [database["Name"] for database in glue.get_databases()["DatabaseList"]] == ["e"]

    def test_one_of_a_later_version_is_refused_in_one_line(self, restart):
        end(restart.server, STOP)
        change_state(restart.data_dir, "PRAGMA user_version = 99")
        command = [sys.executable, "-m", "local_aws", "serve", "--data-dir", str(restart.data_dir)]
        result = subprocess.run(
            [*command, "--port", str(free_port())],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert line.startswith("local_aws: ")
        assert "written by a newer local_aws (format 99" in line
        assert "--data-dir" in line

    def test_what_is_damaged_is_left_out_in_one_line_each_and_the_rest_is_there(self, restart):
        glue = restart.server.client("glue")
        glue.create_database(DatabaseInput={"Name": "d"})
        for name in ("torn", "incomplete", "good"):
            glue.create_table(DatabaseName="d", TableInput={"Name": name})
        end(restart.server, STOP)
        for name, content in (("torn", '{"name'), ("incomplete", "{}")):
            update = "UPDATE document SET content = :content WHERE kind = 'glue.table' AND key LIKE :name"
            assert change_state(restart.data_dir, update, content=content, name=f"%{name}%") == 1
        (restart.data_dir / "calls.jsonl").write_text('{"role": null}\n')
        restart.again()
        calls, torn, incomplete = errors_in(restart.server)
        assert "calls.jsonl is damaged" in calls
        for line, name in ((torn, "torn"), (incomplete, "incomplete")):
            assert f'glue.table ["us-east-1", "d", "{name}"]' in line
        assert [table["Name"] for table in glue.get_tables(DatabaseName="d")["TableList"]] == ["good"]

    def test_a_folder_without_one_is_an_older_server_s(self, restart):
        s3 = restart.server.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="key", Body=b"content")
        end(restart.server, STOP)
        (restart.data_dir / "state.db").unlink()
        restart.again()
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"content"
        assert errors_in(restart.server) == []


def test_with_a_long_history_it_starts_quickly_and_keeps_the_newest_queries(restart):
    athena = Athena(restart.server)
    first = athena.start("select 1")
    athena.wait(first)
    end(restart.server, STOP)
    more = MAX_KEPT + 50
    change_state(restart.data_dir, MANY_QUERIES, id=first, more=more)
    started = time.monotonic()
    restart.again()
    assert time.monotonic() - started < START_LIMIT_S
    athena.run("select 2")
    restart()
    pages = athena.client.get_paginator("list_query_executions").paginate(WorkGroup="primary")
    listed = [execution for page in pages for execution in page["QueryExecutionIds"]]
    assert len(listed) == MAX_KEPT
    assert listed[1:3] == [f"copy-{more:05}", f"copy-{more - 1:05}"]
