"""Quarantined records that go through the job again after a fix."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clickstream.contract import Contract
from clickstream_glue.errors import InvalidArgumentError
from clickstream_to_parquet import main, run
from tests.glue_scripts.independent import generated_lines
from tests.glue_scripts.support import INGEST_DATE, Zone, document_of, lasting, line

pytestmark = pytest.mark.spark

OLD = "2026-02-10T12:00:00Z"  # too late by the contract, not by the one that allows 30 days
LONG = "x" * 65


@pytest.fixture(scope="module")
def fixed(contract: Contract) -> Contract:
    """The contract after a fix: later events and longer event types are welcome."""
    thresholds = replace(contract.thresholds, max_lateness_days=30)
    return replace(contract, thresholds=thresholds, event=replace(contract.event, max_event_type_length=100))


def run_job(
    spark: SparkSession,
    zone: Zone,
    contract: Contract | None = None,
    reasons: Sequence[str] | None = None,
    job_run_id: str = "jr_1",
) -> dict[str, Any]:
    ledger = document_of(run(spark, str(zone.raw), str(zone.processed), INGEST_DATE, job_run_id, contract, reasons))
    assert ledger["rows_read"] == ledger["rows_written"] + ledger["rows_duplicate"] + ledger["rows_quarantined"]
    assert zone.ledger() == ledger
    assert len(zone.events()) == ledger["rows_written"]
    assert len(zone.quarantine()) == ledger["rows_quarantined"]
    return ledger


def kept(ledger: dict[str, Any]) -> dict[str, Any]:
    """What of a ledger is the same after a replay as after a whole run: that makes one file where a replay adds one."""
    return {name: value for name, value in lasting(ledger).items() if name != "output_files"}


def test_what_is_good_now_appears_once_however_often_it_is_replayed(
    spark: SparkSession, zone: Zone, fixed: Contract
) -> None:
    zone.put([line(), line(event_id="old", timestamp=OLD), line(event_id="long", event_type=LONG), "{"])
    assert run_job(spark, zone)["rows_quarantined"] == 3
    first = run_job(spark, zone, fixed, reasons=[], job_run_id="jr_2")
    assert sorted(event[0] for event in zone.events()) == ["e1", "long", "old"]
    assert zone.quarantine() == [("{", "malformed_json", "events/year=2026/month=03/day=01/events-1.gz")]
    assert (first["rows_read"], first["rows_written"], first["rows_late"]) == (4, 3, 1)
    assert first["rows_written_by_event_date"] == {"2026-02-10": 1, "2026-03-01": 2}
    assert first["event_dates"] == ["2026-02-10", "2026-03-01"]
    assert first["job_run_id"] == "jr_2"
    again = run_job(spark, zone, fixed, reasons=[], job_run_id="jr_3")
    assert kept(again) == kept(first)
    assert again["job_run_id"] == "jr_3"


def test_a_replay_gives_what_a_whole_run_gives(spark: SparkSession, zone: Zone, fixed: Contract) -> None:
    zone.put(generated_lines(3000, seed=11))
    before = run_job(spark, zone)
    replayed = run_job(spark, zone, fixed, reasons=[])
    events, quarantine = zone.events(), zone.quarantine()
    assert replayed["rows_quarantined"] < before["rows_quarantined"]
    whole = run_job(spark, zone, fixed)
    assert (zone.events(), zone.quarantine()) == (events, quarantine)
    assert kept(whole) == kept(replayed)


def test_only_the_reasons_asked_for_are_replayed(spark: SparkSession, zone: Zone, fixed: Contract) -> None:
    zone.put([line(event_id="old", timestamp=OLD), line(event_id="long", event_type=LONG), "{", line()])
    run_job(spark, zone)
    ledger = run_job(spark, zone, fixed, reasons=["too_late", "malformed_json"])
    assert {reason: count for reason, count in ledger["rows_quarantined_by_reason"].items() if count} == {
        "malformed_json": 1,
        "invalid_event_type": 1,
    }
    assert sorted(event[0] for event in zone.events()) == ["e1", "old"]


def test_a_replayed_repetition_is_a_duplicate(spark: SparkSession, zone: Zone, fixed: Contract) -> None:
    before = INGEST_DATE - timedelta(days=1)
    yesterday = "2026-02-28T12:00:00Z"
    zone.put([line(event_id="earlier", timestamp=yesterday)], day=before)
    run(spark, str(zone.raw), str(zone.processed), before)
    zone.put(
        [
            line(),
            line(event_type=LONG),
            line(event_id="earlier", timestamp=yesterday, event_type=LONG),
            line(event_id="new", event_type=LONG),
            line(event_id="new", event_type=LONG),
        ]
    )
    run(spark, str(zone.raw), str(zone.processed), INGEST_DATE)
    ledger = run(spark, str(zone.raw), str(zone.processed), INGEST_DATE, "", fixed, [])
    assert (ledger.rows_written, ledger.rows_duplicate, ledger.rows_quarantined) == (2, 3, 0)
    assert [event[0] for event in zone.events() if event[-1] == "2026-03-01"] == ["e1", "new"]


def test_nothing_quarantined_is_nothing_to_do(spark: SparkSession, zone: Zone) -> None:
    zone.put([line()])
    first = run_job(spark, zone)
    ledger = run_job(spark, zone, reasons=[], job_run_id="jr_2")
    assert kept(ledger) == kept(first)
    assert ledger["job_run_id"] == "jr_2"


def test_a_date_without_a_ledger_is_done_as_a_whole(
    spark: SparkSession, zone: Zone, fixed: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.put([line(), line(event_id="old", timestamp=OLD)])
    run_job(spark, zone)
    shutil.rmtree(zone.processed / "ledger")
    assert run_job(spark, zone, fixed, reasons=["malformed_json"])["rows_written"] == 2
    assert "has no ledger" in capsys.readouterr().out


def test_source_objects_keep_their_names(spark: SparkSession, zone: Zone) -> None:
    names = ["a b.gz", "a+b.gz", "a%20b.gz", "ä.gz"]
    for name in names:
        zone.put(["{"], name=name)
    run_job(spark, zone)
    first = zone.quarantine()
    assert sorted(row[2].rpartition("/")[2] for row in first) == sorted(names)
    run_job(spark, zone, reasons=[])
    assert zone.quarantine() == first


def test_an_unknown_reason_is_refused() -> None:
    values = ["--raw_bucket", "a", "--processed_bucket", "b", "--ingest_date", "2026-03-01", "--replay_reasons", "late"]
    with pytest.raises(InvalidArgumentError, match="'late'; give all or some of malformed_json, "):
        main(values)
