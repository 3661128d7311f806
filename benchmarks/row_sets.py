"""Compares what two programs made of the same day: events, quarantined records and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.errors import BenchmarkError
from clickstream.contract import load_contract

EXAMPLES = 3
_COUNTS = (
    "rows_read",
    "rows_written",
    "rows_duplicate",
    "rows_quarantined",
    "rows_late",
    "rows_quarantined_by_reason",
    "rows_written_by_event_date",
)
# Its sum is the same in any order of the rows and differs where one row differs; no sort of 20 million rows is needed.
_FINGERPRINT = "select count(*), sum(hash(row_text)::hugeint) from ({rows})"
_DIFFERENCE = "select row_text from (({left}) except all ({right})) limit {limit}"


class RowSetsDifferError(BenchmarkError):
    """The two programs did not do the same work, so their costs must not be compared."""


@dataclass(frozen=True)
class Outputs:
    """What one program left: DuckDB globs of its events and of its quarantined records, and its counts."""

    name: str
    events: str
    quarantine: str
    counts: Mapping[str, Any]


def check_equal(one: Outputs, other: Outputs) -> None:
    """Make sure that both hold the same rows, each as often, and the same counts.

    :raises RowSetsDifferError: if not, with some of the rows that only one of them has
    """
    for count in _COUNTS:
        values = _without_zeros(one.counts[count]), _without_zeros(other.counts[count])
        if values[0] != values[1]:
            raise RowSetsDifferError(f"{count} is {values[0]} in {one.name} and {values[1]} in {other.name}")
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        for kind in ("events", "quarantine"):
            rows = [_rows(kind, getattr(outputs, kind)) for outputs in (one, other)]
            prints = [database.execute(_FINGERPRINT.format(rows=text)).fetchone() for text in rows]
            if prints[0] != prints[1]:
                only_one, only_other = (
                    database.execute(_DIFFERENCE.format(left=left, right=right, limit=EXAMPLES)).fetchall()
                    for left, right in (rows, rows[::-1])
                )
                raise RowSetsDifferError(
                    f"the {kind} differ: only in {one.name}: {only_one}; only in {other.name}: {only_other}"
                )


def _rows(kind: str, files: str) -> str:
    """SQL for the rows, each as one text: columns of the same value may have other types."""
    table = getattr(load_contract().tables, kind)
    names = [column.name for column in table.columns]
    if kind == "events":
        names += [key.name for key in table.partition_keys]
        source = f"read_parquet('{_quoted(files)}', hive_partitioning = true, hive_types_autocast = false)"
    else:
        source = f"read_json('{_quoted(files)}', format = 'newline_delimited', columns = {_text_columns(names)})"
    values = ['epoch_us("timestamp")' if name == "timestamp" else f'"{name}"' for name in names]
    texts = ", ".join(f"{value}::varchar" for value in values)
    return f"select [{texts}]::varchar as row_text from {source}"  # noqa: S608 - our own names and files


def _text_columns(names: list[str]) -> str:
    return "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _without_zeros(value: Any) -> Any:
    """A reason or a date that nothing belongs to may be left out."""
    return {key: count for key, count in value.items() if count} if isinstance(value, dict) else value


def outputs(name: str, folder: Path, quarantine: str, counts: Mapping[str, Any]) -> Outputs:
    """The outputs below a folder whose events are partitioned as the contract says."""
    depth = "/".join("*" for _ in load_contract().tables.events.partition_keys)
    return Outputs(name, f"{folder}/events/{depth}/*.parquet", f"{folder}/{quarantine}", counts)
