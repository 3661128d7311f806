"""The rules that more than one part of the pipeline keeps: each is stated here once. Dates are UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from clickstream.contract.model import Contract
from clickstream.contract.run_ledger import RowCounts

MINUTES_A_DAY = 24 * 60


def start_of(day: date) -> datetime:
    """Midnight UTC at the start of ``day``."""
    return datetime.combine(day, time(), tzinfo=UTC)


def accepted_timestamps(arrival_date: date, contract: Contract) -> tuple[datetime, datetime]:
    """The first and the last instant, both included, at which an event that arrives on that date may have happened.

    From the start of the earliest date that is not too late to the arrival date's end plus the clock skew allowed.
    """
    thresholds = contract.thresholds
    first = start_of(arrival_date - timedelta(days=thresholds.max_lateness_days))
    return first, start_of(arrival_date + timedelta(days=1)) + timedelta(minutes=thresholds.max_clock_skew_minutes)


def possible_event_dates(arrival_date: date, contract: Contract) -> list[date]:
    """Every event date that an event of this arrival date can have and still be accepted, in order."""
    before, after = _days_around_arrival(contract)
    return [arrival_date + timedelta(days=n) for n in range(-before, after + 1)]


def possible_arrival_dates(event_date: date, contract: Contract) -> list[date]:
    """The inverse of :func:`possible_event_dates`: every arrival date that may bring events of this date, in order."""
    before, after = _days_around_arrival(contract)
    return [event_date + timedelta(days=n) for n in range(-after, before + 1)]


def _days_around_arrival(contract: Contract) -> tuple[int, int]:
    """How many days before and after its arrival date an accepted event's date may lie.

    The last instant allowed is included. It is midnight, the first instant of another date, where the skew is a whole
    number of days, and even where it is 0.
    """
    thresholds = contract.thresholds
    return thresholds.max_lateness_days, 1 + thresholds.max_clock_skew_minutes // MINUTES_A_DAY


def lookback_dates(arrival_date: date, contract: Contract) -> list[date]:
    """The arrival dates before, in order, whose events this one's may repeat."""
    return [arrival_date - timedelta(days=n) for n in range(contract.thresholds.dedupe_lookback_days, 0, -1)]


def lookback_neighbours(arrival_date: date, contract: Contract) -> list[date]:
    """The arrival dates that this one looks back at, and those that look back at it, in order."""
    days = contract.thresholds.dedupe_lookback_days
    return [arrival_date + timedelta(days=n) for n in range(-days, days + 1) if n]


@dataclass(frozen=True)
class WrongSum:
    """A count of the ledger that is not the sum of its parts.

    :param parts: what was added, in words
    """

    name: str
    stated: int
    total: int
    parts: str

    def __str__(self) -> str:
        return f"{self.name} {self.stated:,} is not {self.total:,} ({self.parts})"


def wrong_sums(counts: RowCounts) -> Iterator[WrongSum]:
    """Where a run has lost or invented rows: every row read is written, duplicate or quarantined."""
    written, duplicate, quarantined = counts.rows_written, counts.rows_duplicate, counts.rows_quarantined
    parts = f"{written:,} written + {duplicate:,} duplicate + {quarantined:,} quarantined"
    sums = (
        WrongSum("rows_read", counts.rows_read, written + duplicate + quarantined, parts),
        WrongSum("rows_quarantined", quarantined, sum(counts.rows_quarantined_by_reason.values()), "the sum by reason"),
        WrongSum("rows_written", written, sum(counts.rows_written_by_event_date.values()), "the sum by event date"),
    )
    return (one for one in sums if one.stated != one.total)
