"""What happens around a run: each ends in the right state, with the right rows or a clear failure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clickstream.contract import load_contract
from clickstream_dev.resource_names import names
from tests.e2e.commands import Commands
from tests.scheduler.conftest import Airflow, Once
from tests.scheduler.snapshots import snapshot

pytestmark = [pytest.mark.scheduler, pytest.mark.spark]

BROKEN = "import sys\nsys.exit('BrokenError: on purpose')\n"


class Script:
    """The Glue job's script in the artifacts bucket."""

    def __init__(self, commands: Commands, gate: Path) -> None:
        self._s3 = commands.client("s3")
        self._object = {"Bucket": names().artifacts_bucket, "Key": load_contract().glue.script_key}
        self._body: bytes = self._s3.get_object(**self._object)["Body"].read()
        self._gate = gate

    def begin_with(self, lines: str) -> None:
        """Put lines before all others but the future import and the docstring, which have to come first."""
        marker = b"from __future__ import annotations\n"
        assert marker in self._body
        self._s3.put_object(**self._object, Body=self._body.replace(marker, marker + lines.encode(), 1))

    def wait_at_a_gate(self) -> None:
        """Let a run wait where it begins, so that it can be interfered with, until ``open_gate``."""
        self.begin_with(
            f"import pathlib, time\nwhile not pathlib.Path({str(self._gate)!r}).exists():\n    time.sleep(0.1)\n"
        )

    def open_gate(self) -> None:
        self._gate.touch()

    def restore(self) -> None:
        self.open_gate()
        self._s3.put_object(**self._object, Body=self._body)


@pytest.fixture
def script(once: Once, commands: Commands, tmp_path: Path) -> Iterator[Script]:
    """Its faults come after every date has run once: what these left must be there in the end."""
    held = Script(commands, tmp_path / "gate")
    yield held
    held.restore()


def glue_runs(commands: Commands, *states: str) -> list[dict[str, Any]]:
    runs = commands.client("glue").get_job_runs(JobName=names().glue_job)["JobRuns"]
    return [run for run in runs if not states or run["JobRunState"] in states]


def deferred_in_glue(airflow: Airflow, commands: Commands, day: date) -> str:
    """Start a run and wait until its Glue run goes on and the task holds no worker; the DAG run's id."""
    run = airflow.trigger(date=str(day))
    airflow.wait_until(lambda: airflow.task_state(run, "transform_events") == "deferred", "the deferral", 180)
    airflow.wait_until(lambda: bool(glue_runs(commands, "RUNNING")), "the Glue run", 60)
    return run


def test_a_killed_scheduler_picks_the_run_up_again(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once, script: Script
) -> None:
    script.wait_at_a_gate()
    run = deferred_in_glue(airflow, commands, dates[0])
    started = len(glue_runs(commands))
    airflow.kill()
    airflow.start()
    script.open_gate()
    assert airflow.wait_for_run(run) == "success", airflow.failed_tries(run)
    assert snapshot(commands, dates[0]) == once.snapshots[dates[0]]
    assert len(glue_runs(commands)) == started


def test_a_local_aws_that_was_restarted_in_the_middle_of_a_glue_run_ends_well_on_retry(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once, script: Script
) -> None:
    script.wait_at_a_gate()
    run = deferred_in_glue(airflow, commands, dates[1])
    assert commands("down").returncode == 0
    script.open_gate()
    assert commands("up").returncode == 0
    assert airflow.wait_for_run(run) == "success", airflow.failed_tries(run)
    assert snapshot(commands, dates[1]) == once.snapshots[dates[1]]


def test_a_glue_run_that_fails_once_is_repeated(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once, script: Script
) -> None:
    script.begin_with(BROKEN)
    run = airflow.trigger(date=str(dates[2]))
    airflow.wait_until(lambda: airflow.task_state(run, "transform_events") == "up_for_retry", "the failure", 180)
    script.restore()
    assert airflow.wait_for_run(run) == "success", airflow.failed_tries(run)
    assert any("BrokenError: on purpose" in text for text in airflow.failed_tries(run))
    assert snapshot(commands, dates[2]) == once.snapshots[dates[2]]


def test_a_run_stopped_by_hand_fails_its_task_publishes_nothing_and_is_repeated(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once, script: Script
) -> None:
    script.wait_at_a_gate()
    run = deferred_in_glue(airflow, commands, dates[0])
    (going_on,) = glue_runs(commands, "RUNNING")
    commands.client("glue").batch_stop_job_run(JobName=names().glue_job, JobRunIds=[going_on["Id"]])
    airflow.wait_until(
        lambda: any(going["Id"] != going_on["Id"] for going in glue_runs(commands, "RUNNING")), "the next try", 120
    )
    assert snapshot(commands, dates[0]) == once.snapshots[dates[0]]
    script.open_gate()
    assert airflow.wait_for_run(run) == "success", airflow.failed_tries(run)
    told = f"Glue run {going_on['Id']} of {names().glue_job} is STOPPED"
    assert any(told in text for text in airflow.failed_tries(run))
    assert snapshot(commands, dates[0]) == once.snapshots[dates[0]]
