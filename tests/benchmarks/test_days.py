"""The generated day: as many events as asked for, in objects as Firehose writes them, made once."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import days
from benchmarks.days import Day, day_of, small_objects_of

EVENTS = 3_000


@pytest.fixture(autouse=True)
def buckets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(days, "BUCKETS", tmp_path / "aws" / "s3")
    monkeypatch.setattr(days, "EVENTS_A_PART", 1_000)
    monkeypatch.setattr(days, "OBJECT_BYTES", 200_000)
    return tmp_path / "aws" / "s3"


def lines_of(day: Day) -> list[bytes]:
    return b"".join(gzip.decompress(path.read_bytes()) for path in sorted(day.folder.glob("*.gz"))).splitlines()


def test_every_event_is_there_and_the_objects_are_of_the_buffering_size() -> None:
    day = day_of(EVENTS, print)

    sizes = [len(gzip.decompress(path.read_bytes())) for path in sorted(day.folder.glob("*.gz"))]
    assert len(lines_of(day)) == day.events == EVENTS
    assert len(sizes) == day.objects > 2
    assert sum(sizes) == day.json_bytes
    assert all(200_000 <= size < 202_000 for size in sizes[:-1])


def test_the_parts_are_merged_in_the_order_of_arrival() -> None:
    hours = [int(line[-15:-13]) for line in lines_of(day_of(EVENTS, print)) if line.endswith(b'Z"}')]

    kept = [hour for hour, after in pairwise(hours) if hour <= after]
    assert len(kept) > 0.9 * len(hours)
    assert len(set(hours)) > 12


def test_the_parts_hold_different_events_of_the_same_shop() -> None:
    events = [json.loads(line) for line in lines_of(day_of(EVENTS, print)) if line.endswith(b"}")]
    ids = {event.get("event_id") for event in events}
    prices = {(event["product_id"], event["price"]) for event in events if event.get("price")}

    assert len(ids) > 0.9 * len(events)
    assert len(prices) == len({product for product, _ in prices}), "a product has one price in all parts"


def test_a_day_is_made_once() -> None:
    said: list[str] = []
    first = day_of(EVENTS, said.append)
    said_first = len(said)

    assert day_of(EVENTS, said.append) == first
    assert len(said) == said_first > 0


def test_a_day_that_was_interrupted_is_made_anew(buckets: Path) -> None:
    first = day_of(EVENTS, print)
    next(buckets.parent.glob("*.json")).unlink()
    (first.folder / "left-over.gz").write_bytes(b"")

    assert day_of(EVENTS, print) == first
    assert len(list(first.folder.iterdir())) == first.objects


def test_the_small_objects_hold_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "SMALL_OBJECT_GZIP_BYTES", 5_000)
    day = day_of(EVENTS, print)

    small = small_objects_of(day, print)

    assert small.objects > 5 * day.objects
    assert lines_of(small) == lines_of(day)
