"""What runs left for an arrival date, read over the APIs, so that two local_aws can be compared."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from clickstream.contract import load_contract
from local_aws.commands.athena import run_query
from local_aws.commands.run import read_ledger
from local_aws.commands.server import LocalAws
from tests.scheduler.snapshots import TIMES


class Rows(NamedTuple):
    """The ledger without its times and object names, and every row of each report of that date."""

    ledger: dict[str, Any]
    reports: dict[str, list[list[str | None]]]


def rows_of(local: LocalAws, day: date) -> Rows:
    ledger = {name: value for name, value in read_ledger(local, day).items() if name not in TIMES}
    counts = {name: value for name, value in ledger.items() if name.startswith("rows_") or name == "event_dates"}
    reports = {}
    for report in load_contract().reports:
        columns = ", ".join(column.name for column in report.columns)
        sql = f"select {columns} from {report.name} where report_date = '{day}'"
        reports[report.name] = sorted(run_query(local, sql).rows, key=repr)
    return Rows(counts, reports)
