"""The dashboard: one HTML page a report date, with its reports and what the ledgers say of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.athena import Row, select_rows
from clickstream.contract import Column, Contract, Report, load_contract
from clickstream.ledger import read_ledger
from clickstream.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
NO_VALUE = "–"
WHOLE_NUMBER_TYPES = frozenset({"tinyint", "smallint", "int", "bigint"})
Ledger = Mapping[str, Any]

log = logging.getLogger(__name__)


def publish(event_dates: list[str], settings: Settings) -> list[str]:
    """Write the page of each event date to the reports bucket.

    :returns: where the pages lie, as S3 URIs
    """
    if not event_dates:
        log.info("The run touched no event date: no page to write")
        return []
    contract = load_contract()
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id)
    athena = AthenaHook(aws_conn_id=settings.aws_conn_id, log_query=False)
    statements = {report.name: rows_statement(report, event_dates) for report in contract.reports}
    rows = select_rows(athena, statements, settings.database, settings.workgroup, settings.poll_interval_s)
    pages = []
    for text in event_dates:
        day = date.fromisoformat(text)
        ledgers = {d: read_ledger(s3, settings.processed_bucket, d) for d in possible_arrival_dates(day, contract)}
        own_rows = {name: [row[1:] for row in all_rows if row[0] == text] for name, all_rows in rows.items()}
        page = render(day, own_rows, {d: found for d, found in ledgers.items() if found}, contract)
        key = contract.dashboard_key(day)
        s3.get_conn().put_object(
            Bucket=settings.reports_bucket,
            Key=key,
            Body=page.encode(),
            ContentType="text/html; charset=utf-8",
        )
        pages.append(f"s3://{settings.reports_bucket}/{key}")
        log.info("Published %s", pages[-1])
    return pages


def rows_statement(report: Report, report_dates: list[str]) -> str:
    """The SELECT of a report's rows for some dates: the date first, then the contract's columns."""
    columns = ", ".join(column.name for column in report.columns)
    dates = ", ".join(f"'{date.fromisoformat(text)}'" for text in report_dates)
    return (
        f"select report_date, {columns} from {report.name} "  # noqa: S608 - names of the contract and parsed dates only
        f"where report_date in ({dates}) order by report_date, {report.order_by}"
    )


def possible_arrival_dates(event_date: date, contract: Contract) -> list[date]:
    """The arrival dates whose runs may have written events of that date, in order."""
    clock_skew_days = -(-contract.thresholds["max_clock_skew_minutes"] // (24 * 60))
    days = range(-clock_skew_days, contract.thresholds["max_lateness_days"] + 1)
    return [event_date + timedelta(days=n) for n in days]


def render(report_date: date, rows: Mapping[str, list[Row]], ledgers: Mapping[date, Ledger], contract: Contract) -> str:
    """The page of one report date. Everything that comes from events is escaped: they are hostile input.

    :param rows: by report name, in the report's order
    :param ledgers: by arrival date, of every arrival date that may have brought events of the report date
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    own = ledgers.get(report_date)
    brought = {
        day.isoformat(): ledger["rows_written_by_event_date"].get(report_date.isoformat(), 0)
        for day, ledger in sorted(ledgers.items())
    }
    return environment.get_template("dashboard.html").render(
        report_date=report_date.isoformat(),
        event_count=_whole(sum(brought.values())),
        arrivals=[(day, _whole(count)) for day, count in brought.items() if count],
        counts=_counts(own) if own else [],
        reasons=_reasons(own) if own else [],
        finished_at=own["finished_at"] if own else "",
        reports=[_table(report, rows.get(report.name, [])) for report in contract.reports],
    )


def _counts(ledger: Ledger) -> list[tuple[str, str]]:
    names = ("rows_read", "rows_written", "rows_duplicate", "rows_quarantined", "rows_late")
    return [(name.removeprefix("rows_"), _whole(ledger[name])) for name in names]


def _reasons(ledger: Ledger) -> list[tuple[str, str]]:
    return [(name, _whole(count)) for name, count in ledger["rows_quarantined_by_reason"].items() if count]


def _table(report: Report, rows: list[Row]) -> dict[str, Any]:
    return {
        "name": report.name,
        "title": report.title,
        "columns": [(column.name.replace("_", " "), _is_number(column)) for column in report.columns],
        "rows": [
            [(_shown(value, column), _is_number(column)) for value, column in zip(row, report.columns, strict=True)]
            for row in rows
        ],
    }


def _is_number(column: Column) -> bool:
    return column.type in WHOLE_NUMBER_TYPES or column.type == "double" or column.type.startswith("decimal")


def _shown(value: str | None, column: Column) -> str:
    if value is None:
        return NO_VALUE
    shown: Callable[[str], str] = str
    if column.type in WHOLE_NUMBER_TYPES:
        shown = _whole
    elif column.name.endswith("_rate"):
        shown = _percent
    return shown(value)


def _whole(value: str | int) -> str:
    return f"{int(value):,}"


def _percent(value: str) -> str:
    return f"{Decimal(value) * 100:.1f} %"
