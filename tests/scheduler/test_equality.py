"""However a date is run, it leaves the same rows in events, reports and ledger."""

from __future__ import annotations

from datetime import date

import pytest

from tests.e2e.commands import Commands
from tests.scheduler.conftest import DAILY, Airflow, Once, assert_ended_well
from tests.scheduler.snapshots import ledger_of, snapshot

pytestmark = [pytest.mark.scheduler, pytest.mark.spark]


def test_the_second_date_touched_the_reports_of_two(dates: list[date], once: Once) -> None:
    """Otherwise the comparisons below would tell nothing of late events."""
    assert once.snapshots[dates[1]].ledger["event_dates"] == [str(dates[0]), str(dates[1])]
    assert once.snapshots[dates[1]].ledger["rows_late"] > 0


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        pytest.param("scheduled", "resolve_date", id="the_whole_scheduled_run"),
        pytest.param("manual", "transform_events", id="a_task_of_a_manual_run"),
    ],
)
def test_what_is_cleared_leaves_the_same(
    airflow: Airflow, commands: Commands, dates: list[date], once: Once, kind: str, first: str
) -> None:
    """A scheduled run so leaves what a manual run leaves."""
    day, run = dates[-1], getattr(once, kind)
    before = ledger_of(commands, day)
    airflow.api(
        "POST",
        f"/dags/{DAILY}/clearTaskInstances",
        dry_run=False,
        dag_run_id=run,
        task_ids=[first],
        include_downstream=True,
        only_failed=False,
        reset_dag_runs=True,
    )
    assert_ended_well(airflow, run)
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
