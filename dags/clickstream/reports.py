"""The SQL of the reports: where it lies, how a date is put into it, how it is materialised."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jinja2

from clickstream.contract import Report

SQL_FOLDER = "sql"


class MissingSqlError(FileNotFoundError):
    """A SQL file is not where it is looked for."""


def sql_folder() -> Path:
    """The folder ``sql``: inside the DAGs folder, where it is deployed to, else beside it, as in the repository.

    :raises MissingSqlError: if there is neither
    """
    dags_folder = Path(__file__).resolve().parents[1]
    candidates = (dags_folder / SQL_FOLDER, dags_folder.parent / SQL_FOLDER)
    for candidate in candidates:
        if (candidate / "reports").is_dir():
            return candidate
    raise MissingSqlError(f"no reports in {' or '.join(map(str, candidates))}: deploy the folder {SQL_FOLDER}")


def event_date_partition(event_date: date) -> str:
    """The predicate that prunes ``events`` to one event date. The parts of the date are never compared on their own."""
    return f"year = '{event_date:%Y}' and month = '{event_date:%m}' and day = '{event_date:%d}'"


def report_query(report: Report, report_date: date) -> str:
    """The report's SELECT for one event date.

    :raises MissingSqlError: if the contract lists a report that has no file
    """
    file = sql_folder() / "reports" / f"{report.name}.sql"
    if not file.is_file():
        raise MissingSqlError(f"{file} does not exist, but contract.json lists the report {report.name}")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - SQL, not HTML
    return environment.from_string(file.read_text(encoding="utf-8")).render(
        event_date_partition=event_date_partition(report_date), report_date=report_date.isoformat()
    )


def unload_statement(report: Report, report_date: date, reports_bucket: str) -> str:
    """The statement that writes the report of one event date as Parquet. Athena wants the folder to be empty."""
    destination = f"s3://{reports_bucket}/{report.folder(report_date)}"
    query = report_query(report, report_date).strip()
    return f"UNLOAD (\n{query}\n)\nTO '{destination}'\nWITH (format = 'PARQUET', compression = 'SNAPPY')"
