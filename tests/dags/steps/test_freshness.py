"""The freshness rule, against answers of S3."""

from __future__ import annotations

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import load_contract
from clickstream.errors import GateError
from clickstream.steps.freshness import check_freshness
from tests.dags.gates.documents import ledger, ledger_answer

DAY = "2026-01-15"


def s3_with(monkeypatch, stub, written: dict[str, int] | None, absent: tuple[str, ...] = ()) -> None:
    s3 = stub(S3Hook, "s3")
    if written is None:
        s3.add_client_error("get_object", "NoSuchKey")
    else:
        s3.add_response("get_object", ledger_answer(ledger(rows_written_by_event_date=written).to_json().encode()))
    monkeypatch.setattr(
        S3Hook,
        "list_keys",
        lambda self, bucket, prefix, max_items: [] if any(name in prefix for name in absent) else [prefix],
    )


def check() -> None:
    check_freshness.function(DAY)


def test_a_published_day_is_fresh(monkeypatch, stub):
    s3_with(monkeypatch, stub, {DAY: 5})
    check()


def test_a_day_that_was_not_processed_is_named(monkeypatch, stub):
    s3_with(monkeypatch, stub, None)
    with pytest.raises(
        GateError, match=f"no ledger of {DAY}: the day was not processed; look at the run of clickstream_daily"
    ):
        check()


@pytest.mark.parametrize("name", [report.name for report in load_contract().reports if not report.may_be_empty])
def test_a_missing_report_is_named(monkeypatch, stub, name):
    s3_with(monkeypatch, stub, {DAY: 5}, absent=(f"/{name}/",))
    with pytest.raises(GateError, match=f"^report {name} of {DAY} not published"):
        check()


def test_a_report_that_may_have_no_rows_may_have_no_file(monkeypatch, stub):
    absent = tuple(f"/{report.name}/" for report in load_contract().reports if report.may_be_empty)
    assert absent
    s3_with(monkeypatch, stub, {DAY: 5}, absent=absent)
    check()


def test_a_missing_page_is_named(monkeypatch, stub):
    s3_with(monkeypatch, stub, {DAY: 5}, absent=("dashboard/",))
    with pytest.raises(GateError, match=f"^the dashboard page of {DAY} not published"):
        check()


def test_a_day_without_events_of_its_own_needs_no_reports(monkeypatch, stub):
    s3_with(monkeypatch, stub, {"2026-01-14": 1}, absent=("reports/", "dashboard/"))
    check()
