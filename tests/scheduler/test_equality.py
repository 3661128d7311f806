"""However a date is run, it leaves the same rows in events, reports and ledger."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.e2e.commands import Commands
from tests.scheduler.conftest import DAILY, Airflow
from tests.scheduler.snapshots import Snapshot, ledger_of, snapshot

pytestmark = [pytest.mark.scheduler, pytest.mark.spark]

BACKFILL_TIMEOUT_S = 1800
# How Airflow's log tells that a task's try failed: by the task's worker, by the scheduler.
RETRIED = re.compile(r"new_state=up_for_retry|Marking task as|CLICKSTREAM TASK FAILED")


@pytest.fixture(scope="module")
def once(airflow: Airflow, commands: Commands, dates: list[date]) -> dict[date, Snapshot]:
    """Every date run once by hand, in order, one after another: what all else is compared with."""
    airflow.api("PATCH", f"/dags/{DAILY}?update_mask=is_paused", is_paused=False)
    # Unpausing starts the scheduled run of the last complete day.
    airflow.wait_until(lambda: bool(airflow.runs(run_type="scheduled")), "the scheduled run", 120)
    scheduled = airflow.runs(run_type="scheduled")[0]["dag_run_id"]
    assert airflow.wait_for_run(scheduled) == "success", airflow.tasks(scheduled)
    for day in dates:
        run = airflow.trigger(date=str(day))
        assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    return {day: snapshot(commands, day) for day in dates}


def backfilled(airflow: Airflow, first: date, last: date, **options: object) -> list[str]:
    """Run a backfill to its end; the states of its runs."""
    number = airflow.backfill(first, last, **options)
    airflow.wait_until(
        lambda: airflow.api("GET", f"/backfills/{number}")["completed_at"] is not None,
        f"backfill {number}",
        BACKFILL_TIMEOUT_S,
    )
    return [run["state"] for run in airflow.runs(run_type="backfill", order_by="-run_after")]


def test_a_scheduled_run_leaves_what_a_manual_run_leaves(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot]
) -> None:
    run = airflow.runs(run_type="scheduled")[0]["dag_run_id"]
    airflow.api("POST", f"/dags/{DAILY}/dagRuns/{run}/clear", dry_run=False)
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    assert snapshot(commands, dates[-1]) == once[dates[-1]]


def test_a_manual_run_without_a_date_takes_the_last_complete_day(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot]
) -> None:
    before = ledger_of(commands, dates[-1])
    assert airflow.wait_for_run(airflow.trigger()) == "success"
    after = ledger_of(commands, dates[-1])
    assert before is not None
    assert after is not None
    assert after["job_run_id"] != before["job_run_id"]
    assert snapshot(commands, dates[-1]) == once[dates[-1]]


def test_a_cleared_task_leaves_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot]
) -> None:
    run = airflow.trigger(date=str(dates[2]))
    assert airflow.wait_for_run(run) == "success"
    airflow.api(
        "POST",
        f"/dags/{DAILY}/clearTaskInstances",
        dry_run=False,
        dag_run_id=run,
        task_ids=["transform_events"],
        include_downstream=True,
        only_failed=False,
        reset_dag_runs=True,
    )
    assert airflow.wait_for_run(run) == "success", airflow.tasks(run)
    assert snapshot(commands, dates[2]) == once[dates[2]]


def test_a_backfill_of_seven_dates_three_at_once_leaves_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot]
) -> None:
    """`backfill create --from-date A --to-date B` runs A, B and all between."""
    logged_before = airflow.log.stat().st_size
    states = backfilled(airflow, dates[0], dates[-1], reprocess_behavior="completed")
    assert states == ["success"] * len(dates)
    tasks = [task for run in airflow.runs(run_type="backfill") for task in airflow.tasks(run["dag_run_id"])]
    assert {task["state"] for task in tasks} <= {"success", "skipped"}
    assert {day: snapshot(commands, day) for day in dates} == once
    log = airflow.log.read_bytes()[logged_before:].decode(errors="replace")
    assert [line for line in log.splitlines() if RETRIED.search(line)] == []


def test_a_backwards_backfill_leaves_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot]
) -> None:
    states = backfilled(airflow, dates[0], dates[2], run_backwards=True, reprocess_behavior="completed")
    assert set(states) == {"success"}
    assert {day: snapshot(commands, day) for day in dates} == once


@pytest.mark.parametrize("behavior", ["none", "failed"])
def test_a_backfill_that_reprocesses_nothing_leaves_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: dict[date, Snapshot], behavior: str
) -> None:
    before = ledger_of(commands, dates[0])
    backfilled(airflow, dates[0], dates[1], reprocess_behavior=behavior)
    assert ledger_of(commands, dates[0]) == before
    assert {day: snapshot(commands, day) for day in dates[:2]} == {day: once[day] for day in dates[:2]}
