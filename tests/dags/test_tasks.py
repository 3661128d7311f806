"""The callables behind the steps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream import report_tasks, tasks
from clickstream.dashboard import publish
from clickstream.errors import ArrivalDateError
from clickstream.reports import dates as report_dates

NOW = datetime.now(UTC)
YESTERDAY = (NOW.date() - timedelta(days=1)).isoformat()


def resolve(run_type: str, requested: str | None, interval: datetime | None = None, **params: Any) -> str:
    run = SimpleNamespace(run_type=run_type, data_interval_start=interval, run_after=NOW)
    return tasks._resolve_date(dag_run=run, params={"date": requested, **params})


def test_a_manual_run_without_logical_date_takes_the_last_complete_day():
    assert resolve("manual", None) == YESTERDAY


def test_a_manual_run_takes_its_parameter():
    assert resolve("manual", "2026-01-15") == "2026-01-15"


def test_a_run_type_may_be_an_enumeration():
    interval = datetime(2026, 1, 31, tzinfo=UTC)
    assert resolve(SimpleNamespace(value="backfill"), "2026-01-15", interval) == "2026-01-31"  # type: ignore[arg-type]


@pytest.mark.parametrize("requested", [NOW.date().isoformat(), "2999-01-01", "15.01.2026"])
def test_a_date_that_cannot_be_run_fails_without_a_retry(requested):
    with pytest.raises(ArrivalDateError):
        resolve("manual", requested)


def test_the_current_day_can_be_forced():
    today = NOW.date().isoformat()
    assert resolve("manual", today, allow_today=True) == today
    with pytest.raises(ArrivalDateError, match="tick allow_today"):
        resolve("manual", today, allow_today=False)


RESULTS: dict[str, Any] = {
    "check_ledger": ["2026-01-31"],
    "resolve_report_dates": ["2026-01-31", "2026-02-03"],
    "report_sessions": [7],
    "report_user_retention": [20, 30],
    "report_daily_users": [1],  # one of the two dates did not tell
    "report_revenue": [None],
}


def pull(task_ids: str | list[str], key: str = "return_value") -> Any:
    if isinstance(task_ids, str):
        return RESULTS[task_ids]
    return [value for name in task_ids for value in RESULTS.get(name, [])]


def test_the_dashboard_is_published_for_every_date_with_a_new_report_and_told_what_the_reports_scanned(monkeypatch):
    seen: list[Any] = []
    monkeypatch.setattr(
        publish, "publish", lambda dates, scanned, settings: seen.append((dates, scanned, settings.database))
    )
    report_tasks._publish_dashboard(SimpleNamespace(xcom_pull=pull))
    day, later = date(2026, 1, 31), date(2026, 2, 3)
    scanned = {("sessions", day): 7, ("user_retention", day): 20, ("user_retention", later): 30}
    assert seen == [(["2026-01-31", "2026-02-03"], scanned, "the_database")]


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
