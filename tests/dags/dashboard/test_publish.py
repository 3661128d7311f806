"""Publishing: which rows are asked for, where the pages go, and that no run's list of dates hides another's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import keys
from clickstream.dashboard import days
from clickstream.dashboard.publish import _write_index, publish_pages, published_dates
from clickstream.dashboard.statements import rows_statement, samples_statement
from clickstream.errors import ServiceRunError
from clickstream.settings import load_settings
from tests.dags.dashboard.days import CONTRACT, DAY, ROWS, ledger

BUCKET = "the-reports"


class Bucket:
    """As much of an S3 client as publishing needs. ``before_list`` is called before each list."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: set[str] = set()
        self.before_list: Callable[[], None] = lambda: None

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803 - as boto3 calls them
        assert Bucket == BUCKET
        self.objects[Key] = Body
        self.types.add(ContentType)

    def get_paginator(self, name: str) -> Bucket:
        assert name == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str) -> list[dict[str, Any]]:  # noqa: N803
        self.before_list()
        below = [key.removeprefix(Prefix) for key in sorted(self.objects) if key.startswith(Prefix)]
        folders = dict.fromkeys(key.partition(Delimiter)[0] for key in below if Delimiter in key)
        return [{}, {"CommonPrefixes": [{"Prefix": f"{Prefix}{folder}{Delimiter}"} for folder in folders]}]


class FakeAthena:
    """Answers each statement with rows of two dates, header first."""

    def __init__(self, state: str = "SUCCEEDED") -> None:
        self.state = state
        self.statements: list[str] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def run_query(hook: Any, sql: str, *arguments: Any, **keywords: Any) -> str:
            self.statements.append(sql)
            return sql.rpartition(" from ")[2].split()[0]

        def pages(hook: Any) -> Any:
            return self

        monkeypatch.setattr(AthenaHook, "run_query", run_query)
        monkeypatch.setattr(AthenaHook, "poll_query_status", lambda hook, query_id, sleep_time: self.state)
        monkeypatch.setattr(AthenaHook, "get_state_change_reason", lambda hook, query_id: "Athena's own reason")
        monkeypatch.setattr(AthenaHook, "get_conn", pages)

    def get_paginator(self, name: str) -> FakeAthena:
        return self

    def paginate(self, QueryExecutionId: str) -> list[dict[str, Any]]:  # noqa: N803
        rows: list[list[str | None]] = [["the", "header"]]
        if QueryExecutionId == "quarantine":
            rows += [["2026-01-31", "malformed_json", "events/a.gz", "1048576", '{"user_id": <script>']]
        else:
            rows += [["2026-01-30", "1", *row] for row in ROWS[QueryExecutionId][:1]]
            rows += [["2026-01-31", "99", *row] for row in ROWS[QueryExecutionId]]
        data = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows]
        return [{"ResultSet": {"Rows": data[:2]}}, {"ResultSet": {"Rows": data[2:]}}]


@pytest.fixture
def bucket(monkeypatch):
    bucket = Bucket()
    monkeypatch.setattr(S3Hook, "get_conn", lambda hook: bucket)
    monkeypatch.setattr(days, "read_ledger", lambda s3, name, day: ledger() if day == DAY else None)
    return bucket


def test_a_page_is_written_for_each_date_and_a_list_of_them(monkeypatch, bucket):
    athena = FakeAthena()
    athena.install(monkeypatch)
    pages = publish_pages(["2026-01-30", "2026-01-31"], {("revenue", DAY): 20_000_000}, load_settings())
    assert pages == [
        f"s3://{BUCKET}/dashboard/report_date=2026-01-30/index.html",
        f"s3://{BUCKET}/dashboard/report_date=2026-01-31/index.html",
    ]
    assert bucket.types == {"text/html; charset=utf-8"}
    before, day = (bucket.objects[page.removeprefix(f"s3://{BUCKET}/")].decode() for page in pages)
    assert "purchase</td>" in day
    assert "purchase</td>" not in before
    assert "19.1 MiB" in day
    assert "(1,048,576 characters)" in day
    assert "&lt;script&gt;" in day
    listed = bucket.objects["dashboard/index.html"].decode()
    assert listed.index("report_date=2026-01-31/") < listed.index("report_date=2026-01-30/")


def test_each_report_is_asked_for_once_whatever_the_number_of_dates(monkeypatch, bucket):
    athena = FakeAthena()
    athena.install(monkeypatch)
    publish_pages(["2026-01-30", "2026-01-31"], {}, load_settings())
    assert len(athena.statements) == len(CONTRACT.reports) + 1
    dates = "'2026-01-23', '2026-01-24', '2026-01-29', '2026-01-30', '2026-01-31'"
    assert all(f"report_date in ({dates})" in sql for sql in athena.statements[:-1])
    assert "ingest_date in ('2026-01-31')" in athena.statements[-1]


def test_the_quarantine_is_not_read_on_days_that_refused_nothing(monkeypatch, bucket):
    athena = FakeAthena()
    athena.install(monkeypatch)
    publish_pages(["2026-01-30"], {}, load_settings())
    assert len(athena.statements) == len(CONTRACT.reports)


def test_a_run_that_touched_no_date_writes_nothing(bucket):
    assert publish_pages([], {}, load_settings()) == []
    assert bucket.objects == {}


def test_a_failed_query_carries_athenas_own_reason(monkeypatch, bucket):
    FakeAthena(state="FAILED").install(monkeypatch)
    with pytest.raises(ServiceRunError, match="for event_counts is FAILED: Athena's own reason"):
        publish_pages(["2026-01-31"], {}, load_settings())
    assert bucket.objects == {}


def test_a_page_that_another_run_publishes_meanwhile_is_listed(bucket):
    lists = 0

    def another_run_publishes_after_the_first_list() -> None:
        nonlocal lists
        lists += 1
        if lists == 2:
            bucket.objects[keys.dashboard_key(date(2026, 2, 1), CONTRACT)] = b"of the other run"

    bucket.objects[keys.dashboard_key(DAY, CONTRACT)] = b"own"
    bucket.before_list = another_run_publishes_after_the_first_list
    _write_index(bucket, BUCKET, CONTRACT, datetime.now(UTC))
    assert b"report_date=2026-02-01/" in bucket.objects["dashboard/index.html"]


def test_only_folders_of_dates_are_taken_for_pages(bucket):
    for folder in ("report_date=2026-01-31", "report_date=2026-02-30", "report_date=old", "other=2026-01-30", "x"):
        bucket.objects[f"dashboard/{folder}/index.html"] = b""
    assert published_dates(bucket, BUCKET, CONTRACT) == [DAY]


@pytest.mark.parametrize("report", CONTRACT.reports, ids=lambda report: report.name)
def test_the_rows_of_a_report_are_bounded_for_each_date(report):
    sql = rows_statement(report, [DAY], CONTRACT)
    assert f"partition by report_date order by {report.order_by}" in sql
    assert sql.endswith("where place <= 50 order by report_date, place")


def test_at_most_ten_samples_a_reason_are_asked_for_and_only_their_beginnings():
    sql = samples_statement(CONTRACT.tables.quarantine, [DAY])
    assert "partition by ingest_date, reason" in sql
    assert "where place <= 10" in sql
    assert "substr(raw, 1, 400) as raw_text" in sql
