"""States a run's counts as its ledger."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from clickstream.contract import Contract, RowCounts, RunLedger
from clickstream.contract.rules import possible_event_dates, wrong_sums
from clickstream_glue.errors import LostRowsError
from clickstream_glue.values import optional_fields

LEDGER_VERSION = 1
JOB_VERSION = "1"
Key = TypeVar("Key")


def ledger_counts(
    observed: Mapping[str, int], replaced_dates: Iterable[date], ingest_date: date, contract: Contract
) -> RowCounts:
    """The ledger's counts of rows, and the event dates touched.

    :param observed: what :func:`count_columns` gave
    :param replaced_dates: event dates of which earlier runs of this arrival date had written a partition
    :raises LostRowsError: if rows read are not the sum of rows written, duplicate and quarantined
    """
    by_reason = {reason: observed[f"reason:{reason}"] for reason in contract.quarantine_reasons}
    by_date = {day: observed[f"date:{day}"] for day in possible_event_dates(ingest_date, contract)}
    by_date = {day: count for day, count in by_date.items() if count}
    counts = RowCounts(
        rows_read=observed["read"],
        rows_written=sum(by_date.values()),
        rows_duplicate=observed["duplicate"],
        rows_quarantined=sum(by_reason.values()),
        rows_late=_late(by_date, ingest_date),
        rows_quarantined_by_reason=by_reason,
        rows_written_by_event_date=by_date,
        values_nulled_by_field={field.name: observed[f"nulled:{field.name}"] for field in optional_fields(contract)},
        event_dates=tuple(sorted({*by_date, *replaced_dates})),
    )
    if wrong := list(wrong_sums(counts)):
        raise LostRowsError("; ".join(map(str, wrong)))
    return counts


def replayed_counts(ledger: RowCounts, replayed: Mapping[str, int], found: RowCounts, ingest_date: date) -> RowCounts:
    """The counts of a ledger after some of its quarantined records went through the job again.

    :param replayed: how many records of each reason did
    :param found: what :func:`ledger_counts` gave for them
    """
    sums = _added(ledger.rows_written_by_event_date, found.rows_written_by_event_date)
    by_date = dict(sorted(sums.items()))
    by_reason = _added(ledger.rows_quarantined_by_reason, found.rows_quarantined_by_reason)
    by_reason = {reason: count - replayed.get(reason, 0) for reason, count in by_reason.items()}
    return RowCounts(
        rows_read=ledger.rows_read - sum(replayed.values()) + found.rows_read,
        rows_written=sum(by_date.values()),
        rows_duplicate=ledger.rows_duplicate + found.rows_duplicate,
        rows_quarantined=sum(by_reason.values()),
        rows_late=_late(by_date, ingest_date),
        rows_quarantined_by_reason=by_reason,
        rows_written_by_event_date=by_date,
        values_nulled_by_field=_added(ledger.values_nulled_by_field, found.values_nulled_by_field),
        event_dates=tuple(sorted({*ledger.event_dates, *found.event_dates})),
    )


def _late(rows_by_event_date: Mapping[date, int], ingest_date: date) -> int:
    return sum(count for day, count in rows_by_event_date.items() if day < ingest_date)


def _added(one: Mapping[Key, int], other: Mapping[Key, int]) -> dict[Key, int]:
    """Sums by key, in the order of the first mapping."""
    return {key: one.get(key, 0) + other.get(key, 0) for key in dict.fromkeys([*one, *other])}


def progress_lines(counts: RowCounts) -> list[str]:
    """The counts as lines for the run's log."""
    totals = {
        "read": counts.rows_read,
        "written": counts.rows_written,
        "duplicate": counts.rows_duplicate,
        "quarantined": counts.rows_quarantined,
        "late": counts.rows_late,
    }
    lines = [f"{name:<12}{count:>12,}" for name, count in totals.items()]
    details = [*counts.rows_quarantined_by_reason.items(), *counts.values_nulled_by_field.items()]
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


def run_ledger(
    counts: RowCounts,
    ingest_date: date,
    job_run_id: str,
    started_at: datetime,
    source: Source,
    output_sizes: Sequence[int],
    versions: Mapping[str, str],
) -> RunLedger:
    """The ledger, as of now.

    :param started_at: aware
    :param output_sizes: bytes of each event file
    """
    finished_at = datetime.now(UTC)
    return RunLedger(
        ingest_date=ingest_date,
        ledger_version=LEDGER_VERSION,
        job_run_id=job_run_id,
        started_at=started_at,
        finished_at=finished_at,
        duration_s=round((finished_at - started_at).total_seconds(), 3),
        **counts.counts,
        input_objects=source.objects,
        input_bytes=source.bytes,
        unreadable_objects=tuple(source.unreadable),
        output_files=len(output_sizes),
        output_bytes=sum(output_sizes),
        lookback_dates=tuple(source.lookback_dates),
        lookback_dates_without_ledger=tuple(source.dates_without_ledger),
        versions={**versions, "python": platform.python_version(), "job": JOB_VERSION},
    )
