"""Each report against its cases: one day's events in, one day's rows out.

A case is a folder ``tests/sql/<report>/<behaviour>/`` with events.csv and expect.csv; the report date is 2026-01-31.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions

from clickstream import reports
from clickstream.contract import Report, load_contract
from clickstream.reports import event_date_partition, report_query, sql_folder, unload_statement
from tests.sql.athena_in_duckdb import DUCKDB_TYPES, Athena

REPORT_DATE = date(2026, 1, 31)
HERE = Path(__file__).parent
REPORTS = {report.name: report for report in load_contract().reports}
CASES = sorted(path.parent for path in HERE.glob("*/*/events.csv"))


def rows_in_order(athena: Athena, report: Report) -> list[tuple[str, ...]]:
    query = report_query(report, REPORT_DATE)
    names = ", ".join(column.name for column in report.columns)
    _, rows = athena.select(f"select {names} from (\n{query}\n) as report order by {report.order_by}")
    return [tuple("" if value is None else str(value) for value in row) for row in rows]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_report_gives_exactly_the_expected_rows(case):
    athena = Athena()
    athena.load_events(case / "events.csv")
    with (case / "expect.csv").open(newline="", encoding="utf-8") as lines:
        header, *expected = [tuple(row) for row in csv.reader(lines)]
    report = REPORTS[case.parent.name]
    assert header == tuple(column.name for column in report.columns)
    assert rows_in_order(athena, report) == expected


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_has_the_contracts_columns_and_types(report):
    columns, _ = Athena().select(report_query(report, REPORT_DATE))
    assert columns == [(column.name, DUCKDB_TYPES[column.type]) for column in report.columns]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_at_least_two_cases(name):
    assert len([case for case in CASES if case.parent.name == name]) >= 2


def test_every_report_of_the_contract_has_a_file_and_every_file_a_report():
    assert {path.stem for path in (sql_folder() / "reports").glob("*.sql")} == set(REPORTS)


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_reads_the_partition_of_its_date_only(report):
    template = (sql_folder() / "reports" / f"{report.name}.sql").read_text()
    assert re.match(r"-- One row per ", template)
    assert template.count("from events") == template.count("{{ event_date_partition }}") >= 1
    without_placeholder = template.replace("{{ event_date_partition }}", "")
    # Parts of a date that are compared on their own lose rows where a month or year ends.
    assert not re.search(r"\b(year|month|day|ingest_date)\b\s*(=|<|>|in\b|between\b)", without_placeholder)


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_the_statement_that_materialises_a_report_is_athenas(report):
    statement = unload_statement(report, REPORT_DATE, "the-reports")
    match = re.fullmatch(r"UNLOAD \((.*)\)\nTO '(.*)'\nWITH \((.*)\)", statement, re.DOTALL)
    assert match
    assert isinstance(sqlglot.parse_one(match[1], read="athena"), expressions.Select)
    assert match[2] == f"s3://the-reports/reports/{report.name}/report_date=2026-01-31/"
    assert match[3] == "format = 'PARQUET', compression = 'SNAPPY'"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 2, 29), "year = '2024' and month = '02' and day = '29'"),
        (date(2025, 12, 1), "year = '2025' and month = '12' and day = '01'"),
    ],
    ids=str,
)
def test_the_partition_predicate_is_zero_padded_and_names_all_parts(day, expected):
    assert event_date_partition(day) == expected


def test_the_sql_is_looked_for_inside_the_dags_folder_first_then_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "__file__", str(tmp_path / "dags" / "clickstream" / "reports.py"))
    with pytest.raises(reports.MissingSqlError, match=r"no reports in .*dags.sql or .*sql: deploy the folder sql"):
        sql_folder()
    beside, inside = tmp_path / "sql", tmp_path / "dags" / "sql"
    (beside / "reports").mkdir(parents=True)
    assert sql_folder() == beside
    (inside / "reports").mkdir(parents=True)
    assert sql_folder() == inside
    with pytest.raises(reports.MissingSqlError, match=r"event_counts\.sql does not exist, but contract\.json lists"):
        report_query(REPORTS["event_counts"], REPORT_DATE)
