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


def first_events(monkeypatch, first: str | None) -> None:
    keys = {"the-raw": [f"events/year={first}/a.gz"] if first else [], "the-processed": []}
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix, max_items: keys[bucket])


def check() -> None:
    check_freshness.function(DAY)


def test_a_published_day_is_fresh(monkeypatch, stub):
    s3_with(monkeypatch, stub, {DAY: 5})
    check()


@pytest.mark.parametrize("first", [None, "2026/month=01/day=16"], ids=["nothing_ever", "only_on_the_next_day"])
def test_before_the_first_event_of_all_nothing_is_missing(monkeypatch, stub, first):
    """A new deployment's first check is of the day before it."""
    s3_with(monkeypatch, stub, None)
    first_events(monkeypatch, first)
    check()


@pytest.mark.parametrize("first", ["2026/month=01/day=15", "2025/month=12/day=31"], ids=["on_the_day", "before"])
def test_a_day_that_was_not_processed_is_named(monkeypatch, stub, first):
    s3_with(monkeypatch, stub, None)
    first_events(monkeypatch, first)
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
