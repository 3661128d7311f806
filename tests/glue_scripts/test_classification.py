"""Judging records."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pyspark.sql import SparkSession

from clickstream.contract import Contract
from clickstream.contract.rules import accepted_timestamps, possible_event_dates
from clickstream_glue.classification import UnknownReasonError, classified
from tests.glue_scripts.support import INGEST_DATE, line

pytestmark = pytest.mark.spark

CASES = {
    "a good event": (line(), None),
    "an unknown event type": (line(event_type="wishlist_shared"), None),
    "a numeric user_id": (line(user_id=17), None),
    "no event_id": (line(event_id=...), None),
    "not JSON": ("{", "malformed_json"),
    "an array": ("[" + line() + "]", "malformed_json"),
    "no user_id": (line(user_id=...), "missing_user_id"),
    "user_id null": (line(user_id=None), "missing_user_id"),
    "user_id blank": (line(user_id=" \t\n"), "missing_user_id"),
    "user_id an object": (line(user_id={"id": 1}), "missing_user_id"),
    "user_id in other letters": (line(user_id=..., USER_ID="u"), "missing_user_id"),
    "no event_type": (line(event_type=...), "missing_event_type"),
    "event_type blank": (line(event_type=""), "missing_event_type"),
    "event_type of 64 characters": (line(event_type="ü" * 64), None),
    "event_type of 65 characters": (line(event_type="x" * 65), "invalid_event_type"),
    "event_type an array": (line(event_type=["page_view"]), "invalid_event_type"),
    "no timestamp": (line(timestamp=...), "invalid_timestamp"),
    "timestamp null": (line(timestamp=None), "invalid_timestamp"),
    "timestamp without a zone": (line(timestamp="2026-03-01T12:00:00"), "invalid_timestamp"),
    "timestamp in epoch seconds": (line(timestamp=1772366400), "invalid_timestamp"),
    "timestamp in epoch milliseconds": (line(timestamp=1772366400123), None),
    "the last instant allowed": (line(timestamp="2026-03-02T01:00:00Z"), None),
    "a microsecond beyond": (line(timestamp="2026-03-02T01:00:00.000001Z"), "timestamp_in_future"),
    "the year 9999": (line(timestamp="9999-12-31T23:59:59Z"), "timestamp_in_future"),
    "the first instant allowed": (line(timestamp="2026-02-22T00:00:00Z"), None),
    "a microsecond before": (line(timestamp="2026-02-21T23:59:59.999999Z"), "too_late"),
    "the year 1": (line(timestamp="0001-01-01T00:00:00Z"), "too_late"),
    "the user before the type": (line(user_id="", event_type="", timestamp=""), "missing_user_id"),
    "the type before the time": (line(event_type="", timestamp=""), "missing_event_type"),
    "the long type before the time": (line(event_type="x" * 65, timestamp=""), "invalid_event_type"),
}


@pytest.fixture(scope="module")
def reasons(spark: SparkSession, contract: Contract) -> dict[str, str | None]:
    """Each case's reason, from one Spark run."""
    records = spark.createDataFrame([(text,) for text, _ in CASES.values()], "raw string")
    return {
        row["raw"]: row["reason"]
        for row in classified(records, INGEST_DATE, contract).select("raw", "reason").collect()
    }


@pytest.mark.parametrize("name", CASES)
def test_a_record_has_the_first_reason_that_applies(reasons: dict[str, str | None], name: str) -> None:
    text, reason = CASES[name]
    assert reasons[text] == reason


def test_every_reason_of_the_contract_has_a_case(contract: Contract) -> None:
    assert {reason for _, reason in CASES.values() if reason} == set(contract.quarantine_reasons)


def test_a_null_record_is_malformed_and_no_records_give_none(spark: SparkSession, contract: Contract) -> None:
    nothing = spark.createDataFrame([(None,)], "raw string")
    assert [row["reason"] for row in classified(nothing, INGEST_DATE, contract).collect()] == ["malformed_json"]
    assert classified(nothing.limit(0), INGEST_DATE, contract).collect() == []


def test_the_thresholds_come_from_the_contract(spark: SparkSession, contract: Contract) -> None:
    strict = replace(contract, thresholds=replace(contract.thresholds, max_lateness_days=0, max_clock_skew_minutes=0))
    times = {
        "2026-03-01T00:00:00Z": None,
        "2026-02-28T23:59:59Z": "too_late",
        "2026-03-02T00:00:00.1Z": "timestamp_in_future",
    }
    records = spark.createDataFrame([(line(user_id=time, timestamp=time),) for time in times], "raw string")
    rows = classified(records, INGEST_DATE, strict).collect()
    assert {row["user_id"]: row["reason"] for row in rows} == times


@pytest.mark.parametrize("skew", [0, 60, 1440])
def test_the_job_accepts_exactly_the_dates_that_the_rules_say(
    spark: SparkSession, contract: Contract, skew: int
) -> None:
    own = replace(contract, thresholds=replace(contract.thresholds, max_clock_skew_minutes=skew))
    first, last = accepted_timestamps(INGEST_DATE, own)
    beyond = timedelta(microseconds=1)
    expected = {first - beyond: "too_late", first: None, last: None, last + beyond: "timestamp_in_future"}
    lines = [line(user_id=moment.isoformat(), timestamp=moment.isoformat()) for moment in expected]
    rows = classified(spark.createDataFrame([(text,) for text in lines], "raw string"), INGEST_DATE, own).collect()
    assert {datetime.fromisoformat(row["user_id"]): row["reason"] for row in rows} == expected
    dates = [row["timestamp"].date() for row in rows if row["reason"] is None]
    assert (min(dates), max(dates)) == (first.date(), last.date())
    assert {*dates} <= {*possible_event_dates(INGEST_DATE, own)}


def test_a_reason_that_the_job_does_not_know_is_refused(spark: SparkSession, contract: Contract) -> None:
    changed = replace(contract, quarantine_reasons=(*contract.quarantine_reasons, "robot"))
    with pytest.raises(UnknownReasonError, match="robot"):
        classified(spark.createDataFrame([], "raw string"), INGEST_DATE, changed)
