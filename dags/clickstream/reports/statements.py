"""The SQL of the reports: where it lies, how a date is put into it, how it is materialised."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import jinja2

from clickstream.contract import Contract, Report, keys

SQL_FOLDER = "sql"


class MissingSqlError(FileNotFoundError):
    """A SQL file is not where it is looked for."""


def sql_folder() -> Path:
    """The folder ``sql``: inside the DAGs folder, where it is deployed to, else beside it, as in the repository.

    :raises MissingSqlError: if there is neither
    """
    dags_folder = Path(__file__).resolve().parents[2]
    candidates = (dags_folder / SQL_FOLDER, dags_folder.parent / SQL_FOLDER)
    for candidate in candidates:
        if (candidate / "reports").is_dir():
            return candidate
    raise MissingSqlError(f"no reports in {' or '.join(map(str, candidates))}: deploy the folder {SQL_FOLDER}")


def event_date_partition(event_date: date) -> str:
    """The predicate that prunes ``events`` to one event date. The parts of the date are never compared on their own."""
    return f"year = '{event_date:%Y}' and month = '{event_date:%m}' and day = '{event_date:%d}'"


def event_date_range(last_date: date, days_before: int) -> str:
    """The predicate that prunes ``events`` to an event date and the ``days_before`` ones before it.

    Grouped by month: parts of a date that are compared on their own lose or add days where a month or year ends.
    """
    dates = [last_date - timedelta(days=back) for back in range(days_before, -1, -1)]
    return f"({' or '.join(_month_partitions(list(month)) for _, month in groupby(dates, key=_year_and_month))})"


def _year_and_month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _month_partitions(dates: list[date]) -> str:
    """The predicate of some event dates of one month."""
    days = ", ".join(f"'{day:%d}'" for day in dates)
    return f"(year = '{dates[0]:%Y}' and month = '{dates[0]:%m}' and day in ({days}))"


def report_query(report: Report, report_date: date) -> str:
    """The report's SELECT for one event date.

    Its file may use ``report_date``, ``date_before(days)`` (both text), ``days_since_monday``, the predicates that pick
    partitions (``event_date_partition``, ``event_date_range(days_before)``), and include what lies in ``sql/shared``.

    :raises MissingSqlError: if the contract lists a report that has no file
    """
    file = sql_folder() / "reports" / f"{report.name}.sql"
    if not file.is_file():
        raise MissingSqlError(f"{file} does not exist, but contract.json lists the report {report.name}")
    shared = jinja2.FileSystemLoader(sql_folder())
    environment = jinja2.Environment(loader=shared, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - SQL
    return environment.from_string(file.read_text(encoding="utf-8")).render(
        report_date=report_date.isoformat(),
        event_date_partition=event_date_partition(report_date),
        event_date_range=lambda days_before: event_date_range(report_date, days_before),
        date_before=lambda days: (report_date - timedelta(days=days)).isoformat(),
        days_since_monday=report_date.weekday(),
    )


def unload_statement(report: Report, report_date: date, reports_bucket: str, contract: Contract) -> str:
    """The statement that writes the report of one event date as Parquet. Athena wants the folder to be empty."""
    destination = f"s3://{reports_bucket}/{keys.report_folder(report, report_date, contract)}"
    query = report_query(report, report_date).strip()
    return f"UNLOAD (\n{query}\n)\nTO '{destination}'\nWITH (format = 'PARQUET', compression = 'SNAPPY')"
