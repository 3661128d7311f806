"""The SELECTs whose rows the pages show. Nothing but names of the contract and parsed dates gets into them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from clickstream.contract import Contract, Report, Table

# Of one report and date: every chart and table of the page fits, and a long report costs no more to fetch.
MAX_ROWS = 50
SAMPLES_PER_REASON = 10
# Of a raw line, which may have a MiB: enough to see what is wrong with it.
SAMPLE_CHARACTERS = 400


def rows_statement(report: Report, report_dates: Iterable[date], contract: Contract) -> str:
    """A report's first rows for some dates: the date, how many rows it has, then the contract's columns."""
    columns = ", ".join(column.name for column in report.columns)
    key = contract.catalog.report_partition_key.name
    return (
        f"select {key}, row_count, {columns} from ("  # noqa: S608 - names of the contract and parsed dates only
        f"select *, row_number() over (partition by {key} order by {report.order_by}) as place, "
        f"count(*) over (partition by {key}) as row_count "
        f"from {report.name} where {key} in ({_list(report_dates)})) "
        f"where place <= {MAX_ROWS} order by {key}, place"
    )


def samples_statement(quarantine: Table, arrival_dates: Iterable[date]) -> str:
    """Some quarantined records a reason and arrival date: the beginning of the raw text and its whole length."""
    key = quarantine.partition_keys[0].name
    beginning = f"substr(raw, 1, {SAMPLE_CHARACTERS})"
    return (
        f"select {key}, reason, source_object, length(raw) as raw_length, {beginning} as raw_text from ("  # noqa: S608
        f"select *, row_number() over (partition by {key}, reason order by source_object, {beginning}) as place "
        f"from {quarantine.name} where {key} in ({_list(arrival_dates)})) "
        f"where place <= {SAMPLES_PER_REASON} order by {key}, reason, place"
    )


def _list(dates: Iterable[date]) -> str:
    return ", ".join(f"'{day.isoformat()}'" for day in sorted(set(dates)))
