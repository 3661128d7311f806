"""What happens around a run: each ends in the right state, with the right rows or a clear failure."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from clickstream.contract import load_contract
from clickstream_dev.resource_names import names
from tests.e2e.commands import Commands
from tests.scheduler.conftest import DAILY, Airflow
from tests.scheduler.snapshots import snapshot

pytestmark = [pytest.mark.scheduler, pytest.mark.spark]

# A job that takes long enough to be interfered with.
SLOW = "import time\ntime.sleep(20)\n"
BROKEN = "import sys\nsys.exit('BrokenError: on purpose')\n"


@pytest.fixture
def unpaused(airflow: Airflow) -> None:
    airflow.api("PATCH", f"/dags/{DAILY}?update_mask=is_paused", is_paused=False)


class Script:
    """The Glue job's script in the artifacts bucket."""

    def __init__(self, commands: Commands) -> None:
        self._s3 = commands.client("s3")
        self._object = {"Bucket": names().artifacts_bucket, "Key": load_contract().glue["script_key"]}
        self._body: bytes = self._s3.get_object(**self._object)["Body"].read()

    def begin_with(self, lines: str) -> None:
        """Put lines before all others but the future import and the docstring, which have to come first."""
        marker = b"from __future__ import annotations\n"
        assert marker in self._body
        self._s3.put_object(**self._object, Body=self._body.replace(marker, marker + lines.encode(), 1))

    def restore(self) -> None:
        self._s3.put_object(**self._object, Body=self._body)


@pytest.fixture
def script(airflow: Airflow, commands: Commands) -> Any:
    held = Script(commands)
    yield held
    held.restore()


def glue_runs(commands: Commands, *states: str) -> list[dict[str, Any]]:
    runs = commands.client("glue").get_job_runs(JobName=names().glue_job)["JobRuns"]
    return [run for run in runs if run["JobRunState"] in states]


def deferred_in_glue(airflow: Airflow, commands: Commands, day: date) -> str:
    """Start a run and wait until its Glue run goes on and the task holds no worker; the DAG run's id."""
    run = airflow.trigger(date=str(day))
    airflow.wait_until(lambda: airflow.task_state(run, "transform_events") == "deferred", "the deferral", 180)
    airflow.wait_until(lambda: bool(glue_runs(commands, "RUNNING")), "the Glue run", 60)
    return run


def expected(airflow: Airflow, commands: Commands, day: date) -> Any:
    run = airflow.trigger(date=str(day))
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    return snapshot(commands, day)


def test_a_killed_scheduler_picks_the_run_up_again(
    unpaused: None, airflow: Airflow, commands: Commands, dates: list[date], script: Script
) -> None:
    undisturbed = expected(airflow, commands, dates[0])
    script.begin_with(SLOW)
    run = deferred_in_glue(airflow, commands, dates[0])
    started = len(commands.client("glue").get_job_runs(JobName=names().glue_job)["JobRuns"])
    airflow.kill()
    time.sleep(5)
    airflow.start()
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    assert snapshot(commands, dates[0]) == undisturbed
    assert len(commands.client("glue").get_job_runs(JobName=names().glue_job)["JobRuns"]) == started


def test_a_local_aws_that_was_restarted_in_the_middle_of_a_glue_run_ends_well_on_retry(
    unpaused: None, airflow: Airflow, commands: Commands, dates: list[date], script: Script
) -> None:
    undisturbed = expected(airflow, commands, dates[1])
    script.begin_with(SLOW)
    run = deferred_in_glue(airflow, commands, dates[1])
    assert commands("down").returncode == 0
    assert commands("up").returncode == 0
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    assert snapshot(commands, dates[1]) == undisturbed


def test_a_glue_run_that_fails_once_is_repeated(
    unpaused: None, airflow: Airflow, commands: Commands, dates: list[date], script: Script
) -> None:
    undisturbed = expected(airflow, commands, dates[2])
    script.begin_with(BROKEN)
    run = airflow.trigger(date=str(dates[2]))
    airflow.wait_until(lambda: airflow.task_state(run, "transform_events") == "up_for_retry", "the failure", 180)
    script.restore()
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    assert snapshot(commands, dates[2]) == undisturbed


def test_a_run_stopped_by_hand_is_not_published(
    unpaused: None, airflow: Airflow, commands: Commands, dates: list[date], script: Script
) -> None:
    script.begin_with(SLOW)
    run = deferred_in_glue(airflow, commands, dates[3])
    (going_on,) = glue_runs(commands, "RUNNING")
    commands.client("glue").batch_stop_job_run(JobName=names().glue_job, JobRunIds=[going_on["Id"]])
    assert airflow.wait_for_run(run) == "failed"
    states = {task["task_id"]: task["state"] for task in airflow.tasks(run)}
    assert states["check_ledger"] == "failed" or states["transform_events"] == "failed", states
    assert states["publish_dashboard"] == "upstream_failed"
    assert states["crawl_events"] == "upstream_failed"
