"""What runs left for an arrival date: compared, never looked at one by one."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

import duckdb

from clickstream.contract import keys, load_contract
from tests.e2e.commands import Commands

TIMES = {"started_at", "finished_at", "duration_s", "job_run_id", "output_bytes"}
_EVENTS = """
select cast(columns(*) as varchar)
from read_parquet($files, hive_partitioning = true, hive_types_autocast = false)
"""


class Snapshot(NamedTuple):
    """The ledger without its times, the date's events, and every row of each report of the event dates it touched."""

    ledger: dict[str, Any]
    events: list[tuple[Any, ...]]
    reports: dict[str, list[tuple[Any, ...]]]


def ledger_of(commands: Commands, day: date) -> dict[str, Any] | None:
    path = commands.bucket("processed") / keys.ledger_key(day, load_contract())
    return json.loads(path.read_text()) if path.exists() else None


def snapshot(commands: Commands, day: date) -> Snapshot:
    ledger = ledger_of(commands, day)
    assert ledger is not None, f"{day} has no ledger"
    lasting = {name: value for name, value in ledger.items() if name not in TIMES}
    events = _rows(
        _EVENTS, commands.bucket("processed") / "events" / "*" / "*" / "*" / f"ingest_date={day}" / "*.parquet"
    )
    reports = {}
    for report in load_contract().reports:
        for event_date in ledger["event_dates"]:
            folder = commands.bucket("reports") / keys.report_folder(
                report, date.fromisoformat(event_date), load_contract()
            )
            files = [path for path in folder.glob("*") if path.is_file()]
            assert files or report.may_be_empty, f"{report.name} of {event_date} was not published"
            reports[f"{report.name} {event_date}"] = [
                row
                for path in files
                for row in _rows("select cast(columns(*) as varchar) from read_parquet($files)", path)
            ]
    return Snapshot(lasting, events, {name: sorted(rows, key=repr) for name, rows in reports.items()})


def _rows(sql: str, files: Any) -> list[tuple[Any, ...]]:
    return sorted(duckdb.execute(sql, {"files": str(files)}).fetchall(), key=repr)
