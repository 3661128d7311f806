"""The callables behind the steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream import dashboard, report_dates, report_tasks, tasks
from clickstream.errors import ArrivalDateError

NOW = datetime.now(UTC)
YESTERDAY = (NOW.date() - timedelta(days=1)).isoformat()


def resolve(run_type: str, date: str | None, interval: datetime | None = None, **params: Any) -> str:
    run = SimpleNamespace(run_type=run_type, data_interval_start=interval, run_after=NOW)
    return tasks._resolve_date(dag_run=run, params={"date": date, **params})


def test_a_manual_run_without_logical_date_takes_the_last_complete_day():
    assert resolve("manual", None) == YESTERDAY


def test_a_manual_run_takes_its_parameter():
    assert resolve("manual", "2026-01-15") == "2026-01-15"


def test_a_run_type_may_be_an_enumeration():
    interval = datetime(2026, 1, 31, tzinfo=UTC)
    assert resolve(SimpleNamespace(value="backfill"), "2026-01-15", interval) == "2026-01-31"  # type: ignore[arg-type]


@pytest.mark.parametrize("date", [NOW.date().isoformat(), "2999-01-01", "15.01.2026"])
def test_a_date_that_cannot_be_run_fails_without_a_retry(date):
    with pytest.raises(ArrivalDateError):
        resolve("manual", date)


def test_the_current_day_can_be_forced():
    today = NOW.date().isoformat()
    assert resolve("manual", today, allow_today=True) == today
    with pytest.raises(ArrivalDateError, match="tick allow_today"):
        resolve("manual", today, allow_today=False)


def test_the_dashboard_is_published_for_every_date_with_a_new_report(monkeypatch):
    seen: list[Any] = []
    results = {"resolve_report_dates": ["2026-01-31", "2026-02-03"]}
    monkeypatch.setattr(dashboard, "publish", lambda dates, settings: seen.append((dates, settings.database)))
    report_tasks._publish_dashboard(SimpleNamespace(xcom_pull=lambda task_ids: results[task_ids]))
    assert seen == [(["2026-01-31", "2026-02-03"], "the_database")]


def test_the_dates_of_windowed_reports_follow_from_the_ledgers_and_what_lies_in_the_reports_bucket(monkeypatch, stub):
    stub(S3Hook, "s3")
    seen: list[Any] = []

    def resolve(event_dates, s3, bucket, contract):
        seen.append((event_dates, bucket))
        return [*event_dates, "2026-02-03"]

    monkeypatch.setattr(report_dates, "resolve_report_dates", resolve)
    results = {"check_ledger": ["2026-01-31"]}
    found = report_tasks._resolve_report_dates(SimpleNamespace(xcom_pull=lambda task_ids: results[task_ids]))
    assert found == ["2026-01-31", "2026-02-03"]
    assert seen == [(["2026-01-31"], "the-reports")]


def test_arguments_that_an_older_operator_does_not_know_are_left_out():
    class Operator:
        def __init__(self, known: int) -> None:
            self.known = known

    assert tasks._where_known(Operator, known=1, newer=2) == {"known": 1}
