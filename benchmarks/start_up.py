"""How long a job run takes to start on local_aws."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.local_aws_server import local_aws
from benchmarks.paths import BENCH
from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_aws.waiting import wait_until

RUN_TIMEOUT_S = 120
_SCRIPT = """\
import time
first_line_at = time.time()
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
session_at = time.time()
spark.range(1).count()
print("times", first_line_at, session_at, time.time())
spark.stop()
"""


def measure_start_up(runs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Medians of the seconds from StartJobRun to the script's first line, its Spark session and its first result."""
    data_dir = BENCH / "start-up"
    shutil.rmtree(data_dir, ignore_errors=True)
    found = []
    with local_aws(data_dir) as server:
        job = _define_job(server)
        for number in range(1, runs + 1):
            found.append(_one_run(server, job))
            say(f"  start-up {number} of {runs}: first line {found[-1][0]:.2f} s, Spark session {found[-1][1]:.2f} s")
    shutil.rmtree(data_dir)
    stages = ("first_line_s", "spark_session_s", "first_result_s")
    medians = {
        stage: round(statistics.median(column), 2)
        for stage, column in zip(stages, zip(*found, strict=True), strict=True)
    }
    return medians | {"runs": runs}


def _define_job(server: LocalAws) -> str:
    resources, key = names(), "benchmarks/start_up.py"
    server.client("s3").put_object(Bucket=resources.artifacts_bucket, Key=key, Body=_SCRIPT.encode())
    glue, name = server.client("glue"), "start-up"
    glue.create_job(
        Name=name,
        Role=resources.role_arn("glue-job"),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{resources.artifacts_bucket}/{key}"},
    )
    return name


def _one_run(server: LocalAws, job: str) -> tuple[float, ...]:
    glue = server.client("glue")
    started = time.time()
    run_id = glue.start_job_run(JobName=job)["JobRunId"]

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return run if run["JobRunState"] in ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED") else None

    run = wait_until(ended, RUN_TIMEOUT_S) or {}
    if run.get("JobRunState") != "SUCCEEDED":
        raise BenchmarkError(f"the start-up job is {run.get('JobRunState', 'late')}: {run.get('ErrorMessage')}")
    events = server.client("logs").filter_log_events(logGroupName="/aws-glue/jobs/output", logStreamNames=[run_id])
    line = next(event["message"] for event in events["events"] if event["message"].startswith("times "))
    return tuple(float(at) - started for at in line.split()[1:])
