"""What the pages are made of: each date's report rows, ledgers and samples, fetched for all pages at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import Contract, RunLedger
from clickstream.contract.rules import possible_arrival_dates
from clickstream.dashboard.athena import Row, select_rows
from clickstream.dashboard.statements import rows_statement, samples_statement
from clickstream.gates.ledger import read_ledger
from clickstream.settings import Settings

DAY_BEFORE = timedelta(days=1)
WEEK_BEFORE = timedelta(days=7)
QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Sample:
    """A quarantined record: the beginning of its raw text, and how many characters the whole has."""

    reason: str
    source_object: str
    text: str
    full_length: int


@dataclass(frozen=True)
class Day:
    """The date ``when``. Reports and ledgers are of its events, its own ledger and the samples of what arrived on it.

    :param rows: by report name, in the report's order, the first ones only
    :param row_counts: how many rows each report has in all
    :param ledgers: by arrival date, of every arrival date that may have brought events of the date
    """

    when: date
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    row_counts: Mapping[str, int] = field(default_factory=dict)
    ledgers: Mapping[date, RunLedger] = field(default_factory=dict)
    samples: Sequence[Sample] = ()

    @property
    def own_ledger(self) -> RunLedger | None:
        """The ledger of the date as an arrival date."""
        return self.ledgers.get(self.when)

    @property
    def arrivals(self) -> dict[date, int]:
        """How many events of the date each arrival date brought, those that brought some."""
        brought = {
            arrival: ledger.rows_written_by_event_date.get(self.when, 0)
            for arrival, ledger in sorted(self.ledgers.items())
        }
        return {arrival: count for arrival, count in brought.items() if count}

    @property
    def event_count(self) -> int | None:
        """How many events of the date were written; None where no run could have told."""
        return sum(self.arrivals.values()) if self.ledgers else None


def fetch_days(report_dates: Sequence[date], settings: Settings, contract: Contract) -> dict[date, Day]:
    """The dates of the pages, and those with which they are compared.

    :raises ServiceRunError: if a query fails
    """
    wanted = sorted({day - back for day in report_dates for back in (timedelta(0), DAY_BEFORE, WEEK_BEFORE)})
    ledgers = _ledgers(wanted, settings, contract)
    statements = {report.name: rows_statement(report, wanted, contract) for report in contract.reports}
    refusing = [day for day in report_dates if day in ledgers and ledgers[day].rows_quarantined]
    if refusing:
        statements[QUARANTINE] = samples_statement(contract.tables.quarantine, refusing)
    athena = AthenaHook(aws_conn_id=settings.aws_conn_id, log_query=False)
    rows = select_rows(athena, statements, settings.database, settings.workgroup, settings.poll_interval_s)
    samples = rows.pop(QUARANTINE, [])
    return {
        day: Day(
            when=day,
            rows={name: [row[2:] for row in found if row[0] == day.isoformat()] for name, found in rows.items()},
            row_counts=dict(_row_counts(day, rows)),
            ledgers={
                arrival: ledgers[arrival] for arrival in possible_arrival_dates(day, contract) if arrival in ledgers
            },
            samples=[_sample(row) for row in samples if row[0] == day.isoformat()],
        )
        for day in wanted
    }


def _ledgers(event_dates: Iterable[date], settings: Settings, contract: Contract) -> dict[date, RunLedger]:
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id)
    arrivals = {arrival for day in event_dates for arrival in possible_arrival_dates(day, contract)}
    found = {arrival: read_ledger(s3, settings.processed_bucket, arrival) for arrival in sorted(arrivals)}
    return {arrival: ledger for arrival, ledger in found.items() if ledger}


def _row_counts(day: date, rows: Mapping[str, Sequence[Row]]) -> Iterable[tuple[str, int]]:
    for name, found in rows.items():
        yield name, next((int(row[1] or 0) for row in found if row[0] == day.isoformat()), 0)


def _sample(row: Row) -> Sample:
    _, reason, source_object, length, text = row
    return Sample(reason or "", source_object or "", text or "", int(length or 0))
