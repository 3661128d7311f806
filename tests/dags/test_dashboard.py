"""The dashboard: right numbers, nothing of an event is markup."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from markupsafe import escape

from clickstream import dashboard
from clickstream.contract import load_contract
from clickstream.dashboard import possible_arrival_dates, publish, render, rows_statement
from clickstream.errors import ServiceRunError
from clickstream.settings import load_settings

DAY = date(2026, 1, 31)
CONTRACT = load_contract()
ROWS: dict[str, list[list[str | None]]] = {
    "event_counts": [["page_view", "1234567", "2000"], ["purchase", "5", "4"]],
    "conversion_funnel": [
        ["1", "product_view", "40", "50", None, "1.0"],
        ["2", "add_to_cart", "10", "10", "0.25", "0.25"],
        ["3", "purchase", "1", "1", "0.1", "0.025"],
    ],
    "top_products": [["1", "p1", "7", "2", "1", "3"]],
}


def ledger(**changes: Any) -> dict[str, Any]:
    return {
        "rows_read": 12000,
        "rows_written": 11000,
        "rows_duplicate": 600,
        "rows_quarantined": 400,
        "rows_late": 100,
        "rows_quarantined_by_reason": {"malformed_json": 400, "too_late": 0},
        "rows_written_by_event_date": {"2026-01-30": 100, "2026-01-31": 10900},
        "finished_at": "2026-02-01T00:18:00.000Z",
        **changes,
    }


def cells(page: str) -> list[str]:
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page)


def test_the_page_shows_every_report_of_the_contract_with_its_rows():
    page = render(DAY, ROWS, {DAY: ledger()}, CONTRACT)
    for report in CONTRACT.reports:
        assert f'<section id="{report.name}">' in page
        assert report.title in page
    shown = cells(page)
    assert shown[shown.index("page_view") :][:3] == ["page_view", "1,234,567", "2,000"]
    assert shown[shown.index("product_view") :][:5] == ["product_view", "40", "50", "–", "100.0 %"]
    assert shown[shown.index("add_to_cart") :][:5] == ["add_to_cart", "10", "10", "25.0 %", "25.0 %"]
    assert shown[shown.index("p1") :][:5] == ["p1", "7", "2", "1", "3"]


def test_the_page_shows_what_arrived_on_the_day_and_when_its_events_arrived():
    following = date(2026, 2, 1)
    ledgers = {
        DAY: ledger(),
        following: ledger(rows_written_by_event_date={"2026-01-31": 7, "2026-02-01": 1}),
        date(2026, 2, 2): ledger(rows_written_by_event_date={"2026-02-02": 9}),
    }
    shown = cells(render(DAY, ROWS, ledgers, CONTRACT))
    assert shown[shown.index("read") :][:2] == ["read", "12,000"]
    assert shown[shown.index("malformed_json") :][:2] == ["malformed_json", "400"]
    assert "too_late" not in shown
    assert shown[shown.index("2026-01-31") :][:4] == ["2026-01-31", "10,900", "2026-02-01", "7"]
    assert "2026-02-02" not in shown


def test_a_date_that_was_never_run_says_so():
    page = render(DAY, {}, {}, CONTRACT)
    assert "This arrival date has not been run." in page
    assert page.count("No rows.") == len(CONTRACT.reports)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "{{ 7 * 7 }}", "&lt;b&gt;"],
)
def test_a_hostile_event_is_text(hostile):
    rows = {**ROWS, "event_counts": [[hostile, "1", "1"]], "top_products": [["1", hostile, "1", "1", "1", "1"]]}
    page = render(DAY, rows, {DAY: ledger(rows_quarantined_by_reason={hostile: 1})}, CONTRACT)
    assert page.count(str(escape(hostile))) == 3
    assert "<script" not in page
    assert "<img" not in page


def test_the_page_needs_nothing_from_elsewhere():
    page = render(DAY, ROWS, {DAY: ledger()}, CONTRACT)
    assert not re.search(r"(?:src|href|url)\s*[=(]", page)
    assert "http" not in page


def test_events_of_a_day_may_arrive_from_the_day_before_to_the_end_of_lateness():
    days = possible_arrival_dates(date(2026, 2, 27), CONTRACT)
    assert (days[0], days[-1]) == (date(2026, 2, 26), date(2026, 3, 6))


def test_one_statement_reads_a_report_for_all_dates():
    report = CONTRACT.report("event_counts")
    assert rows_statement(report, ["2026-01-30", "2026-01-31"]) == (
        "select report_date, event_type, event_count, user_count from event_counts "
        "where report_date in ('2026-01-30', '2026-01-31') order by report_date, event_count desc, event_type"
    )


def test_what_is_no_date_never_gets_into_a_statement():
    with pytest.raises(ValueError, match="isoformat"):
        rows_statement(CONTRACT.report("event_counts"), ["2026-01-30') or ('1' = '1"])


class FakeAthena:
    """Answers each statement with rows of two dates, header first."""

    def __init__(self, state: str = "SUCCEEDED") -> None:
        self.state = state
        self.statements: list[str] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def run_query(hook: Any, sql: str, *arguments: Any, **keywords: Any) -> str:
            self.statements.append(sql)
            return sql.split(" from ")[1].split()[0]

        def pages(hook: Any) -> Any:
            return self

        monkeypatch.setattr(AthenaHook, "run_query", run_query)
        monkeypatch.setattr(AthenaHook, "poll_query_status", lambda hook, query_id, sleep_time: self.state)
        monkeypatch.setattr(AthenaHook, "get_state_change_reason", lambda hook, query_id: "Athena's own reason")
        monkeypatch.setattr(AthenaHook, "get_conn", pages)

    def get_paginator(self, name: str) -> FakeAthena:
        return self

    def paginate(self, QueryExecutionId: str) -> list[dict[str, Any]]:  # noqa: N803 - as boto3 calls it
        rows = [["report_date", *(c.name for c in CONTRACT.report(QueryExecutionId).columns)]]
        rows += [["2026-01-30", *row] for row in ROWS.get(QueryExecutionId, [])[:1]]  # type: ignore[list-item]
        rows += [["2026-01-31", *row] for row in ROWS.get(QueryExecutionId, [])]  # type: ignore[list-item]
        data = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows]
        return [{"ResultSet": {"Rows": data[:2]}}, {"ResultSet": {"Rows": data[2:]}}]


def test_a_page_is_written_for_each_event_date(monkeypatch):
    written: dict[str, dict[str, Any]] = {}

    class Bucket:
        def put_object(self, **keywords: Any) -> None:
            written[keywords["Key"]] = keywords

    athena = FakeAthena()
    athena.install(monkeypatch)
    monkeypatch.setattr(S3Hook, "get_conn", lambda hook: Bucket())
    monkeypatch.setattr(dashboard, "read_ledger", lambda s3, bucket, day: ledger() if day == DAY else None)
    pages = publish(["2026-01-30", "2026-01-31"], load_settings())
    assert pages == [
        "s3://the-reports/dashboard/report_date=2026-01-30/index.html",
        "s3://the-reports/dashboard/report_date=2026-01-31/index.html",
    ]
    assert len(athena.statements) == len(CONTRACT.reports)
    before, day = (written[page.removeprefix("s3://the-reports/")] for page in pages)
    assert day["ContentType"] == "text/html; charset=utf-8"
    assert "purchase" in cells(day["Body"].decode())
    assert "purchase" not in cells(before["Body"].decode())


def test_a_run_that_touched_no_date_writes_nothing():
    assert publish([], load_settings()) == []


def test_a_failed_query_carries_athenas_own_reason(monkeypatch):
    FakeAthena(state="FAILED").install(monkeypatch)
    with pytest.raises(ServiceRunError, match="for event_counts is FAILED: Athena's own reason"):
        publish(["2026-01-31"], load_settings())
