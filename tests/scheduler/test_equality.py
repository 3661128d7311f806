"""However a date is run, it leaves the same rows in events, reports and ledger."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from tests.e2e.commands import Commands
from tests.scheduler.conftest import DAILY, Airflow, Once, assert_ended_well
from tests.scheduler.snapshots import ledger_of, snapshot

pytestmark = [pytest.mark.scheduler, pytest.mark.spark]


def test_every_date_touched_its_own_reports_and_those_of_the_day_before(dates: list[date], once: Once) -> None:
    """Otherwise the comparisons below would tell nothing of late events."""
    for before, day in pairwise(dates):
        assert once.snapshots[day].ledger["event_dates"] == [str(before), str(day)]
        assert once.snapshots[day].ledger["rows_late"] > 0


def test_a_scheduled_run_leaves_what_a_manual_run_leaves(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once
) -> None:
    airflow.api("POST", f"/dags/{DAILY}/dagRuns/{once.scheduled}/clear", dry_run=False)
    assert_ended_well(airflow, once.scheduled)
    assert snapshot(commands, dates[-1]) == once.snapshots[dates[-1]]


def test_a_cleared_task_leaves_the_same(airflow: Airflow, commands: Commands, dates: list[date], once: Once) -> None:
    day = dates[2]
    before = ledger_of(commands, day)
    airflow.api(
        "POST",
        f"/dags/{DAILY}/clearTaskInstances",
        dry_run=False,
        dag_run_id=once.manual[day],
        task_ids=["transform_events"],
        include_downstream=True,
        only_failed=False,
        reset_dag_runs=True,
    )
    assert_ended_well(airflow, once.manual[day])
    after = ledger_of(commands, day)
    assert before is not None
    assert after is not None
    assert after["job_run_id"] != before["job_run_id"]
    assert snapshot(commands, day) == once.snapshots[day]


def test_backfills_three_dates_at_once_and_backwards_leave_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once
) -> None:
    """`backfill create --from-date A --to-date B` runs A, B and all between."""
    runs = airflow.backfill(dates[0], dates[-1])
    assert len(runs) == len(dates)
    assert_ended_well(airflow, *(run["dag_run_id"] for run in runs))
    assert {day: snapshot(commands, day) for day in dates} == once.snapshots

    runs = airflow.backfill(dates[0], dates[1], run_backwards=True)
    assert_ended_well(airflow, *(run["dag_run_id"] for run in runs))
    assert {day: snapshot(commands, day) for day in dates} == once.snapshots

    # The runs of these dates are there and have succeeded, so that neither of these has anything to do.
    before = ledger_of(commands, dates[0])
    for behavior in ("none", "failed"):
        airflow.backfill(dates[0], dates[1], reprocess_behavior=behavior)
        assert ledger_of(commands, dates[0]) == before
    assert {day: snapshot(commands, day) for day in dates} == once.snapshots
