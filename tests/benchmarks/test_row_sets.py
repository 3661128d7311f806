"""Costs are only compared where the two programs made the same of the day."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.row_sets import Outputs, RowSetsDifferError, check_equal, outputs

COUNTS: dict[str, Any] = {
    "rows_read": 4,
    "rows_written": 2,
    "rows_duplicate": 1,
    "rows_quarantined": 1,
    "rows_late": 0,
    "rows_quarantined_by_reason": {"malformed_json": 1, "too_late": 0},
    "rows_written_by_event_date": {"2026-01-15": 2},
}
EVENT: dict[str, Any] = {
    "event_id": "e1",
    "user_id": "u1",
    "session_id": None,
    "event_type": "purchase",
    "product_id": "p1",
    "timestamp": "2026-01-15 08:00:00",
    "price": "9.90",
    "quantity": 1,
}
OTHER_EVENT = {**EVENT, "event_id": "e2"}
QUARANTINED = {"raw": "{", "reason": "malformed_json", "source_object": "events/a.gz"}


def made(
    folder: Path,
    events: list[dict[str, Any]],
    *,
    quarantined: dict[str, str] = QUARANTINED,
    timestamp_type: str = "timestamp",
    day: str = "15",
    counts: dict[str, Any] | None = None,
) -> Outputs:
    """What a program left in that folder."""
    partition = folder / f"events/year=2026/month=01/day={day}/ingest_date=2026-01-15"
    partition.mkdir(parents=True)
    types = {"timestamp": timestamp_type, "price": "decimal(12,2)", "quantity": "integer"}
    rows = ", ".join(
        "("
        + ", ".join(f"cast({_literal(value)} as {types.get(name, 'varchar')})" for name, value in event.items())
        + ")"
        for event in events
    )
    names = ", ".join(f'"{name}"' for name in EVENT)
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        database.execute(f"copy (select * from (values {rows}) as t({names})) to '{partition}/a.parquet'")
    (folder / "quarantine").mkdir()
    (folder / "quarantine" / "a.json.gz").write_bytes(gzip.compress(json.dumps(quarantined).encode()))
    return outputs(folder.name, folder, "quarantine/*.json.gz", {**COUNTS, **(counts or {})})


def _literal(value: Any) -> str:
    return "null" if value is None else f"'{value}'"


@pytest.fixture
def one(tmp_path: Path) -> Outputs:
    return made(tmp_path / "one", [EVENT, OTHER_EVENT])


def test_the_same_rows_in_another_order_and_time_type_are_the_same(one: Outputs, tmp_path: Path) -> None:
    check_equal(one, made(tmp_path / "other", [OTHER_EVENT, EVENT], timestamp_type="timestamptz"))


@pytest.mark.parametrize("name", list(EVENT))
def test_a_difference_in_any_column_is_found(one: Outputs, tmp_path: Path, name: str) -> None:
    values = {"timestamp": "2026-01-15 08:00:00.000001", "price": "9.91", "quantity": 2, "session_id": "s"}
    changed = {**EVENT, name: values.get(name, "another")}

    with pytest.raises(RowSetsDifferError, match=r"events differ: only in one: .*; only in other: "):
        check_equal(one, made(tmp_path / "other", [changed, OTHER_EVENT]))


def test_a_row_that_is_there_twice_is_found(one: Outputs, tmp_path: Path) -> None:
    with pytest.raises(RowSetsDifferError, match="events differ"):
        check_equal(one, made(tmp_path / "other", [EVENT, OTHER_EVENT, OTHER_EVENT]))


def test_a_row_in_another_partition_is_found(one: Outputs, tmp_path: Path) -> None:
    with pytest.raises(RowSetsDifferError, match="events differ"):
        check_equal(one, made(tmp_path / "other", [EVENT, OTHER_EVENT], day="14"))


def test_a_difference_in_the_quarantine_is_found(one: Outputs, tmp_path: Path) -> None:
    with pytest.raises(RowSetsDifferError, match="quarantine differ"):
        check_equal(one, made(tmp_path / "other", [EVENT, OTHER_EVENT], quarantined={**QUARANTINED, "raw": "{ "}))


@pytest.mark.parametrize("name", list(COUNTS))
def test_a_difference_in_any_count_is_found(one: Outputs, tmp_path: Path, name: str) -> None:
    value = {"2026-01-15": 7} if isinstance(COUNTS[name], dict) else COUNTS[name] + 1

    with pytest.raises(RowSetsDifferError, match=f"{name} is "):
        check_equal(one, made(tmp_path / "other", [EVENT, OTHER_EVENT], counts={name: value}))


def test_a_reason_that_nothing_has_may_be_left_out(one: Outputs, tmp_path: Path) -> None:
    reasons = {"malformed_json": 1}
    check_equal(one, made(tmp_path / "other", [EVENT, OTHER_EVENT], counts={"rows_quarantined_by_reason": reasons}))
