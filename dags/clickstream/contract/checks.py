"""What parts of the contract must say of each other. One clause for each that does not, with the path of its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import zip_longest

from clickstream.contract.keys import EVENT_DATE_KEYS, INGEST_DATE_KEY
from clickstream.contract.model import Contract
from clickstream.contract.run_ledger import ledger_columns
from clickstream.contract.tables import Column, Heatmap, Report

# The fields that the Glue job itself needs.
JOB_FIELDS = ("event_id", "user_id", "session_id", "event_type", "timestamp")
PARTITION_KEYS = {
    "events": (*EVENT_DATE_KEYS, INGEST_DATE_KEY),
    "quarantine": (INGEST_DATE_KEY,),
    "run_ledger": (INGEST_DATE_KEY,),
}


def find_contradictions(contract: Contract) -> Iterator[str]:
    """What does not fit together."""
    yield from _repeated("tables and reports", [table.name for table in (*contract.tables, *contract.reports)])
    yield from _repeated("quarantine_reasons", contract.quarantine_reasons)
    yield from _events(contract)
    yield from _different(
        "tables.run_ledger.columns", contract.tables.run_ledger.columns, ledger_columns(), "RunLedger"
    )
    for table in contract.tables:
        wanted = [Column(name, "string") for name in PARTITION_KEYS[table.name]]
        yield from _different(f"tables.{table.name}.partition_keys", table.partition_keys, wanted, "keys.py")
        yield from _unknown(f"tables.{table.name}.format", table.format, contract.catalog.formats)
    for index, report in enumerate(contract.reports):
        yield from _report(f"reports[{index}]", report)
    yield from _unknown("crawler.table", contract.crawler.table, [table.name for table in contract.tables])
    yield from _unknown("glue.worker_type", contract.glue.worker_type, contract.costs.glue_dpu_by_worker_type)
    try:
        date.fromisoformat(contract.catalog.first_projected_date)
    except ValueError as error:
        yield f"catalog.first_projected_date: {contract.catalog.first_projected_date} is no date ({error})"


def _events(contract: Contract) -> Iterator[str]:
    fields = [field.name for field in contract.event.fields]
    yield from _repeated("event.fields", fields)
    if missing := [name for name in JOB_FIELDS if name not in fields]:
        yield f"event.fields: {', '.join(missing)} missing, which the Glue job needs"
    wanted = [Column(field.name, field.type) for field in contract.event.fields]
    yield from _different("tables.events.columns", contract.tables.events.columns, wanted, "event.fields")


def _report(path: str, report: Report) -> Iterator[str]:
    names = [column.name for column in report.columns]
    yield from _repeated(f"{path}.columns", names)
    chart = report.chart
    if isinstance(chart, Heatmap):
        places = {"row": chart.row, "column": chart.column, "value": chart.value}
    elif chart is not None:
        places = {"label": chart.label} | {f"values[{index}]": name for index, name in enumerate(chart.values)}
    else:
        return
    for place, name in places.items():
        yield from _unknown(f"{path}.chart.{place}", name, names)


def _different(path: str, found: Sequence[Column], wanted: Sequence[Column], where: str) -> Iterator[str]:
    """The first place at which two lists of columns part."""
    for index, (one, other) in enumerate(zip_longest(found, wanted)):
        if one != other:
            has, wants = (f"{column.name} {column.type}" if column else "nothing" for column in (one, other))
            yield f"{path}[{index}]: is {has}, but {where} has {wants} there"
            return


def _unknown(path: str, name: str, known: Iterable[str]) -> Iterator[str]:
    if name not in (names := list(known)):
        yield f"{path}: {name!r} is not one of {', '.join(names)}"


def _repeated(path: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{path}: {name} is there {count} times"
