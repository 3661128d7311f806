"""What a restart keeps, over real HTTP: a server is stopped or killed and another started on the same folder."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from athena_support import Athena
from glue_support import Jobs, Lake
from restarts import KILL, SAVED_WITHIN_S, STOP, errors_in
from state_snapshot import snapshot
from state_things import populate

BOTH_WAYS = pytest.mark.parametrize("how", [KILL, STOP], ids=["killed", "stopped"])
SLEEPING = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
LONG_QUERY = "select count(*) from unnest(sequence(1, 100000)) as a(x), unnest(sequence(1, 10000)) as b(y) where x <> y"


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (before.get(name), after.get(name))
        for name in [*before, *(name for name in after if name not in before)]
        if before.get(name) != after.get(name)
    }


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
    query = athena.start("select 1", ClientRequestToken="t" * 32)
    athena.wait(query)
    server = restart(KILL)
    assert athena.start("select 1", ClientRequestToken="t" * 32) == query
    with pytest.raises(ClientError, match="do not match"):
        athena.start("select 2", ClientRequestToken="t" * 32)
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
    assert run["JobRunState"] == "FAILED"  # nobody asked for its end: STOPPED would say so
    assert "local_aws" in run["ErrorMessage"]
    assert run["CompletedOn"] >= run["StartedOn"]
    assert jobs.log(run_id, "output") == ["begun"]
    status = athena.wait(query)["Status"]
    assert status["State"] == ("FAILED" if how == KILL else "CANCELLED")
    assert "local_aws" in status["StateChangeReason"]
    assert jobs.wait(job, jobs.start(job), {"RUNNING"})["JobRunState"] == "RUNNING"  # none is in its way


def test_a_file_that_another_process_wrote_meanwhile_is_taken_as_it_is(restart):
    s3 = restart.server.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("changed", "same"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x", ContentType="text/html", Metadata={"run": "7"})
    restart.end(STOP)
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
