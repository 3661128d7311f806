"""Raw objects that can't be read to their end."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import Any

import pytest
from pyspark.sql import SparkSession

import clickstream_to_parquet
from clickstream_glue.bucket import Bucket
from clickstream_to_parquet import run
from tests.glue_scripts.support import INGEST_DATE, Zone, document_of, line

pytestmark = pytest.mark.spark

FOLDER = "events/year=2026/month=03/day=01"
MANY = [line(event_id=f"e{number}", user_id=f"user {number * 7919 % 10007}") for number in range(20_000)]


def run_job(spark: SparkSession, zone: Zone) -> dict[str, Any]:
    return document_of(run(spark, str(zone.raw), str(zone.processed), INGEST_DATE))


def test_a_truncated_object_is_used_as_far_as_it_can_be_read(spark: SparkSession, zone: Zone) -> None:
    path = zone.put(MANY, name="cut.gz")
    body = path.read_bytes()
    path.write_bytes(body[: len(body) // 2])
    zone.put([line(event_id="whole")], name="whole.gz")
    ledger = run_job(spark, zone)
    readable = zlib.decompressobj(31).decompress(path.read_bytes()).count(b"\n")
    assert ledger["unreadable_objects"] == [f"{FOLDER}/cut.gz"]
    assert ledger["rows_quarantined"] == 0
    # Of the last block that was decompressed, up to 64 KiB, Hadoop's reader gives nothing.
    assert readable - 64 * 1024 // len(MANY[0]) <= ledger["rows_written"] - 1 <= readable
    assert "whole" in {event[0] for event in zone.events()}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        # gzip writes the time into what it makes: a name without it is the same in all of pytest's workers.
        pytest.param("plain.gz", line().encode(), id="plain"),
        pytest.param("header.gz", gzip.compress(b"")[:4], id="header"),
        pytest.param("checksum.gz", gzip.compress(line().encode())[:-8] + b"\0" * 8, id="checksum"),
        pytest.param("behind.gz", gzip.compress(line().encode()) + b"something else", id="behind"),
        pytest.param("cut.bz2", bz2.compress("\n".join(MANY).encode())[:9000], id="cut"),
    ],
)
def test_an_object_that_is_not_what_its_name_says_is_named(
    spark: SparkSession, zone: Zone, name: str, body: bytes
) -> None:
    zone.put([line(event_id="whole")], name="whole.gz")
    (zone.raw / FOLDER / name).write_bytes(body)
    ledger = run_job(spark, zone)
    assert ledger["unreadable_objects"] == [f"{FOLDER}/{name}"]
    assert "whole" in {event[0] for event in zone.events()}
    assert ledger["rows_read"] == ledger["rows_written"] + ledger["rows_duplicate"] + ledger["rows_quarantined"]


def test_an_empty_object_is_no_damage(spark: SparkSession, zone: Zone) -> None:
    zone.put([line()])
    (zone.raw / FOLDER / "empty.gz").write_bytes(b"")
    ledger = run_job(spark, zone)
    assert (ledger["unreadable_objects"], ledger["input_objects"], ledger["rows_read"]) == ([], 2, 1)


def test_objects_in_several_gzip_members_are_whole(spark: SparkSession, zone: Zone) -> None:
    path = zone.put([line()])
    path.write_bytes(gzip.compress(line().encode() + b"\n") + gzip.compress(line(event_id="e2").encode() + b"\n"))
    ledger = run_job(spark, zone)
    assert (ledger["unreadable_objects"], ledger["rows_written"]) == ([], 2)


def test_without_damage_objects_are_not_read_twice(
    spark: SparkSession, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> list[str]:
        raise AssertionError("looked for damage")

    monkeypatch.setattr(Bucket, "damaged_objects", refuse)
    zone.put([line()])
    assert run_job(spark, zone)["rows_written"] == 1


def test_another_failure_stays_what_it_is(
    spark: SparkSession, zone: Zone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.put([line()])
    zone.processed.mkdir()
    (zone.processed / "staging").write_text("in the way")
    monkeypatch.setattr(clickstream_to_parquet, "_withdraw_ledger", lambda *_: [])
    with pytest.raises(Exception, match=r"Mkdirs|mkdir|not a directory"):
        run_job(spark, zone)
    assert "damaged: " not in capsys.readouterr().out
