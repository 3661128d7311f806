"""The steps around the reports: for which dates they are rebuilt, and what the dashboard is told."""

from __future__ import annotations

from datetime import date
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import load_contract
from clickstream.steps import reports

EVENT_DATES, REPORT_DATES = ["2026-01-31"], ["2026-01-31", "2026-02-03"]


def test_the_dashboard_is_published_for_every_date_with_a_new_report_and_told_what_the_reports_scanned(monkeypatch):
    seen: list[Any] = []
    monkeypatch.setattr(
        reports, "publish_pages", lambda dates, scanned, settings: seen.append((dates, scanned, settings.database))
    )
    told: dict[str, list[int]] = {report.name: [] for report in load_contract().reports}
    told |= {"sessions": [7], "user_retention": [20, 30], "daily_users": [1]}  # one of the two dates did not tell
    reports.publish_dashboard.function(EVENT_DATES, REPORT_DATES, told)
    day, later = date(2026, 1, 31), date(2026, 2, 3)
    scanned = {("sessions", day): 7, ("user_retention", day): 20, ("user_retention", later): 30}
    assert seen == [(REPORT_DATES, scanned, "the_database")]


def test_the_dates_of_windowed_reports_follow_from_the_ledgers_and_what_lies_in_the_reports_bucket(monkeypatch, stub):
    stub(S3Hook, "s3")
    seen: list[Any] = []

    def outdated(event_dates, s3, bucket, contract):
        seen.append((event_dates, bucket))
        return REPORT_DATES

    monkeypatch.setattr(reports, "outdated_dates", outdated)
    assert reports.resolve_report_dates.function(EVENT_DATES) == REPORT_DATES
    assert seen == [(EVENT_DATES, "the-reports")]
