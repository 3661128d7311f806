"""States a run's counts as its ledger."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from clickstream.contract import Contract
from clickstream_glue.classification import possible_event_dates
from clickstream_glue.errors import LostRowsError
from clickstream_glue.values import optional_fields

LEDGER_VERSION = 1
JOB_VERSION = "1"
# What ledger_counts and replayed_counts give.
COUNTS = (
    "rows_read",
    "rows_written",
    "rows_duplicate",
    "rows_quarantined",
    "rows_late",
    "rows_quarantined_by_reason",
    "rows_written_by_event_date",
    "values_nulled_by_field",
    "event_dates",
)


def ledger_counts(
    observed: Mapping[str, int], replaced_dates: Iterable[date], ingest_date: date, contract: Contract
) -> dict[str, Any]:
    """The ledger's counts of rows, and the event dates touched.

    :param observed: what :func:`count_columns` gave
    :param replaced_dates: event dates of which earlier runs of this arrival date had written a partition
    :raises LostRowsError: if rows read are not the sum of rows written, duplicate and quarantined
    """
    by_reason = {reason: observed[f"reason:{reason}"] for reason in contract.quarantine_reasons}
    by_date = {day.isoformat(): observed[f"date:{day}"] for day in possible_event_dates(ingest_date, contract)}
    by_date = {day: count for day, count in by_date.items() if count}
    counts: dict[str, Any] = {
        "rows_read": observed["read"],
        "rows_written": sum(by_date.values()),
        "rows_duplicate": observed["duplicate"],
        "rows_quarantined": sum(by_reason.values()),
        "rows_late": sum(count for day, count in by_date.items() if day < ingest_date.isoformat()),
        "rows_quarantined_by_reason": by_reason,
        "rows_written_by_event_date": by_date,
        "values_nulled_by_field": {field.name: observed[f"nulled:{field.name}"] for field in optional_fields(contract)},
        "event_dates": sorted({*by_date, *(day.isoformat() for day in replaced_dates)}),
    }
    accounted = counts["rows_written"] + counts["rows_duplicate"] + counts["rows_quarantined"]
    if accounted != counts["rows_read"]:
        raise LostRowsError(f"{counts['rows_read']} rows read, but {accounted} written, duplicate or quarantined")
    return counts


def replayed_counts(
    ledger: Mapping[str, Any], replayed: Mapping[str, int], found: Mapping[str, Any], ingest_date: date
) -> dict[str, Any]:
    """The counts of a ledger after some of its quarantined records went through the job again.

    :param replayed: how many records of each reason did
    :param found: what :func:`ledger_counts` gave for them
    """

    def added(name: str, signs: Mapping[str, int] | None = None) -> dict[str, int]:
        keys = dict.fromkeys([*ledger[name], *found[name]])
        return {key: ledger[name].get(key, 0) + found[name].get(key, 0) - (signs or {}).get(key, 0) for key in keys}

    by_date = dict(sorted(added("rows_written_by_event_date").items()))
    by_reason = added("rows_quarantined_by_reason", replayed)
    return {
        "rows_read": ledger["rows_read"] - sum(replayed.values()) + found["rows_read"],
        "rows_written": sum(by_date.values()),
        "rows_duplicate": ledger["rows_duplicate"] + found["rows_duplicate"],
        "rows_quarantined": sum(by_reason.values()),
        "rows_late": sum(count for day, count in by_date.items() if day < ingest_date.isoformat()),
        "rows_quarantined_by_reason": by_reason,
        "rows_written_by_event_date": by_date,
        "values_nulled_by_field": added("values_nulled_by_field"),
        "event_dates": sorted({*ledger["event_dates"], *found["event_dates"]}),
    }


def progress_lines(counts: Mapping[str, Any]) -> list[str]:
    """The counts as lines for the run's log."""
    names = ("rows_read", "rows_written", "rows_duplicate", "rows_quarantined", "rows_late")
    lines = [f"{name.removeprefix('rows_'):<12}{counts[name]:>12,}" for name in names]
    details = [*counts["rows_quarantined_by_reason"].items(), *counts["values_nulled_by_field"].items()]
    return lines + [f"  {name:<20}{count:>12,}" for name, count in details if count]


@dataclass(frozen=True)
class Source:
    """What a run read besides the contract.

    :param objects: number of raw objects
    :param unreadable: keys of those raw objects that could not be read to their end
    :param lookback_dates: arrival dates whose events were looked at for duplicates
    :param dates_without_ledger: those that should have been, and had no ledger
    """

    objects: int
    bytes: int
    unreadable: Sequence[str] = ()
    lookback_dates: Sequence[date] = ()
    dates_without_ledger: Sequence[date] = ()


def ledger_document(
    counts: Mapping[str, Any],
    ingest_date: date,
    job_run_id: str,
    started_at: datetime,
    source: Source,
    output_sizes: Sequence[int],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """The ledger, as of now: the columns of the table ``run_ledger`` and the partition key.

    :param counts: what :func:`ledger_counts` or :func:`replayed_counts` gave
    :param started_at: aware
    :param output_sizes: bytes of each event file
    """
    finished_at = datetime.now(UTC)
    return {
        "ingest_date": ingest_date.isoformat(),
        "ledger_version": LEDGER_VERSION,
        "job_run_id": job_run_id,
        "started_at": _utc_text(started_at),
        "finished_at": _utc_text(finished_at),
        "duration_s": round((finished_at - started_at).total_seconds(), 3),
        **counts,
        "input_objects": source.objects,
        "input_bytes": source.bytes,
        "unreadable_objects": list(source.unreadable),
        "output_files": len(output_sizes),
        "output_bytes": sum(output_sizes),
        "lookback_dates": [day.isoformat() for day in source.lookback_dates],
        "lookback_dates_without_ledger": [day.isoformat() for day in source.dates_without_ledger],
        "versions": {**versions, "python": platform.python_version(), "job": JOB_VERSION},
    }


def _utc_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
