"""A ledger and a table that keep all rules."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from typing import Any

from botocore.response import StreamingBody

from clickstream.contract import RunLedger, load_contract

DATE, RUN = "2026-01-31", "jr_1"
EVENTS = load_contract().tables.events
CRAWLED = {"Parameters": {"UPDATED_BY_CRAWLER": "the-crawler"}}


def ledger_document(**changes: Any) -> dict[str, Any]:
    """A valid ledger of 2,000 rows as the Glue job writes it, with changes."""
    reasons = dict.fromkeys(load_contract().quarantine_reasons, 0)
    return {
        "ingest_date": DATE,
        "ledger_version": 1,
        "job_run_id": RUN,
        "started_at": "2026-02-01T00:15:00.000Z",
        "finished_at": "2026-02-01T00:18:00.000Z",
        "duration_s": 180.0,
        "rows_read": 2000,
        "rows_written": 1900,
        "rows_duplicate": 60,
        "rows_quarantined": 40,
        "rows_late": 100,
        "rows_quarantined_by_reason": {**reasons, "malformed_json": 25, "too_late": 15},
        "rows_written_by_event_date": {"2026-01-30": 100, DATE: 1800},
        "values_nulled_by_field": {"price": 0},
        "event_dates": ["2026-01-30", DATE],
        "input_objects": 3,
        "input_bytes": 1000,
        "unreadable_objects": [],
        "output_files": 2,
        "output_bytes": 900,
        "lookback_dates": [],
        "lookback_dates_without_ledger": [],
        "versions": {"contract": "1"},
        **changes,
    }


def ledger(**changes: Any) -> RunLedger:
    """A valid ledger of 2,000 rows, with changes as its JSON has them."""
    return RunLedger.from_json(json.dumps(ledger_document(**changes)))


def ledger_answer(body: bytes) -> dict[str, Any]:
    """What S3 answers to GetObject of a ledger with that content."""
    return {"Body": StreamingBody(io.BytesIO(body), len(body))}


def quarantined(count: int, read: int = 2000, **changes: Any) -> RunLedger:
    return ledger(
        rows_read=read,
        rows_written=read - count,
        rows_duplicate=0,
        rows_quarantined=count,
        rows_quarantined_by_reason={"malformed_json": 0, "too_late": count},
        rows_written_by_event_date={DATE: read - count},
        **changes,
    )


def table(name: str = "events") -> dict[str, Any]:
    """The events table as Glue shows it when it is the contract's."""
    return {
        "Name": name,
        "StorageDescriptor": {"Columns": [{"Name": c.name, "Type": c.type} for c in EVENTS.columns]},
        "PartitionKeys": [{"Name": c.name, "Type": c.type} for c in EVENTS.partition_keys],
        **deepcopy(CRAWLED),
    }
