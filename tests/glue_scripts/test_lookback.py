"""Events that an arrival date before has written already."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from clickstream.contract import Contract
from clickstream_glue.layout import Layout
from clickstream_to_parquet import run
from tests.glue_scripts.independent import Independent, generated_lines
from tests.glue_scripts.support import INGEST_DATE, Zone, document_of, line

pytestmark = pytest.mark.spark

BEFORE = INGEST_DATE - timedelta(days=1)
EVENING = "2026-02-28T23:59:30Z"


def run_job(spark: SparkSession, zone: Zone, day: date, contract: Contract | None = None) -> dict[str, Any]:
    return document_of(run(spark, str(zone.raw), str(zone.processed), day, contract=contract))


def with_lookback(contract: Contract, days: int) -> Contract:
    return replace(contract, thresholds=replace(contract.thresholds, dedupe_lookback_days=days))


def ids_by_arrival(zone: Zone) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in zone.events():
        found.setdefault(event[-1], []).append(event[0])
    return {day: sorted(ids) for day, ids in found.items()}


def test_what_the_day_before_wrote_is_a_duplicate(spark: SparkSession, zone: Zone) -> None:
    zone.put([line(timestamp=EVENING), line(event_id="e2", timestamp=EVENING)], day=BEFORE)
    zone.put([line(timestamp=EVENING), line(event_id="e3")])
    run_job(spark, zone, BEFORE)
    ledger = run_job(spark, zone, INGEST_DATE)
    assert ids_by_arrival(zone) == {"2026-02-28": ["e1", "e2"], "2026-03-01": ["e3"]}
    assert (ledger["rows_read"], ledger["rows_written"], ledger["rows_duplicate"]) == (2, 1, 1)
    assert ledger["lookback_dates"] == ["2026-02-28"]
    assert ledger["lookback_dates_without_ledger"] == []


def test_a_redelivery_without_an_id_is_found_by_its_values(spark: SparkSession, zone: Zone) -> None:
    zone.put([line(event_id=..., timestamp=EVENING)], day=BEFORE)
    zone.put([line(event_id=..., timestamp=EVENING), line(event_id=..., timestamp=EVENING, user_id="u2")])
    run_job(spark, zone, BEFORE)
    assert run_job(spark, zone, INGEST_DATE)["rows_duplicate"] == 1


def test_a_date_without_a_ledger_is_named_and_not_looked_at(spark: SparkSession, zone: Zone) -> None:
    zone.put([line(timestamp=EVENING)], day=BEFORE)
    zone.put([line(timestamp=EVENING)])
    run_job(spark, zone, BEFORE)
    shutil.rmtree(zone.processed / "ledger")
    ledger = run_job(spark, zone, INGEST_DATE)
    assert ledger["rows_duplicate"] == 0
    assert ledger["lookback_dates"] == []
    assert ledger["lookback_dates_without_ledger"] == ["2026-02-28"]


def test_running_dates_again_in_order_changes_nothing(spark: SparkSession, zone: Zone) -> None:
    zone.put([line(timestamp=EVENING)], day=BEFORE)
    zone.put([line(timestamp=EVENING), line(event_id="e2")])
    for day in (BEFORE, INGEST_DATE):
        run_job(spark, zone, day)
    once = zone.events()
    for day in (BEFORE, INGEST_DATE, BEFORE, INGEST_DATE):
        run_job(spark, zone, day)
        assert zone.events() == once


def test_in_the_wrong_order_an_event_is_there_twice_until_the_later_date_runs_again(
    spark: SparkSession, zone: Zone
) -> None:
    zone.put([line(timestamp=EVENING)], day=BEFORE)
    zone.put([line(timestamp=EVENING)])
    for day in (INGEST_DATE, BEFORE):
        run_job(spark, zone, day)
    assert ids_by_arrival(zone) == {"2026-02-28": ["e1"], "2026-03-01": ["e1"]}
    run_job(spark, zone, INGEST_DATE)
    assert ids_by_arrival(zone) == {"2026-02-28": ["e1"]}


@pytest.mark.parametrize(("days", "duplicates"), [(0, 0), (1, 0), (2, 1)])
def test_the_contract_says_how_far_to_look_back(
    spark: SparkSession, zone: Zone, contract: Contract, days: int, duplicates: int
) -> None:
    two_days_before = BEFORE - timedelta(days=1)
    zone.put([line(timestamp="2026-02-27T12:00:00Z")], day=two_days_before)
    zone.put([line(event_id="other", timestamp=EVENING)], day=BEFORE)
    zone.put([line(timestamp="2026-02-27T12:00:00Z")])
    for day in (two_days_before, BEFORE):
        run_job(spark, zone, day)
    ledger = run_job(spark, zone, INGEST_DATE, with_lookback(contract, days))
    assert ledger["rows_duplicate"] == duplicates
    assert ledger["lookback_dates"] == ["2026-02-27", "2026-02-28"][2 - days :]


def test_only_the_ids_of_event_dates_that_can_come_are_read(
    spark: SparkSession, zone: Zone, contract: Contract
) -> None:
    """The partition of an event date that is too late today is gone, and nobody misses it."""
    zone.put([line(timestamp="2026-02-21T12:00:00Z"), line(event_id="e2", timestamp=EVENING)], day=BEFORE)
    zone.put([line(event_id="e2", timestamp=EVENING)])
    run_job(spark, zone, BEFORE)
    too_late = zone.processed / Layout(contract, BEFORE).partition(date(2026, 2, 21))
    for file in too_late.glob("*.parquet"):
        file.write_bytes(b"not Parquet")
    for file in (zone.processed / Layout(contract, BEFORE).partition(BEFORE)).glob("*.parquet"):
        duckdb.execute(f"copy (select event_id from '{file}') to '{file}.new' (format parquet)")
        file.with_name(f"{file.name}.new").replace(file)
        file.with_name(f".{file.name}.crc").unlink()
    assert run_job(spark, zone, INGEST_DATE)["rows_duplicate"] == 1


def test_two_generated_days_are_what_duckdb_makes_of_them(spark: SparkSession, zone: Zone) -> None:
    lines = generated_lines(4000, seed=4)
    repeated = lines[::2]
    zone.put(repeated, day=BEFORE)
    zone.put(lines)
    first, second = (run_job(spark, zone, day) for day in (BEFORE, INGEST_DATE))
    ids = [
        {row[0] for row in Independent(zone.raw / folder, day).events()}
        for folder, day in (
            ("events/year=2026/month=02/day=28", BEFORE),
            ("events/year=2026/month=03/day=01", INGEST_DATE),
        )
    ]
    # What is too early or too late for one of the dates is not for the other: only what BEFORE wrote is taken out.
    written_before = {event[0] for event in zone.events() if event[-1] == BEFORE.isoformat()}
    assert written_before == ids[0]
    assert {event[0] for event in zone.events() if event[-1] == INGEST_DATE.isoformat()} == ids[1] - ids[0]
    assert first["rows_written"] == len(ids[0])
    assert second["rows_written"] == len(ids[1] - ids[0])
    assert len(ids[0] & ids[1]) > 50
