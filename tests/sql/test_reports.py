"""Each report against its cases: events in, the rows of one report date out.

A case is a folder ``tests/sql/<report>/<behaviour>/`` with events.csv and expect.csv. The report date is 2026-01-31,
unless the case's case.json names another.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions

from clickstream.contract import Report, load_contract
from clickstream.reports import statements as reports
from clickstream.reports.statements import (
    event_date_partition,
    event_date_range,
    report_query,
    sql_folder,
    unload_statement,
)
from tests.sql.athena_in_duckdb import DUCKDB_TYPES, Athena

REPORT_DATE = date(2026, 1, 31)
MIN_CASES = 6
HERE = Path(__file__).parent
REPORTS = {report.name: report for report in load_contract().reports}
CASES = sorted(path.parent for path in HERE.glob("*/*/events.csv"))


def report_date(case: Path) -> date:
    settings = case / "case.json"
    return date.fromisoformat(json.loads(settings.read_text())["report_date"]) if settings.exists() else REPORT_DATE


def rows_in_order(athena: Athena, report: Report, day: date) -> list[tuple[str, ...]]:
    query = report_query(report, day)
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
    assert rows_in_order(athena, report, report_date(case)) == expected


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_has_the_contracts_columns_and_types(report):
    columns, _ = Athena().select(report_query(report, REPORT_DATE))
    assert columns == [(column.name, DUCKDB_TYPES[column.type]) for column in report.columns]


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_may_be_empty_on_a_day_with_an_event_if_the_contract_says_so(report, tmp_path):
    athena, file = Athena(), tmp_path / "events.csv"
    file.write_text("user_id,event_type,timestamp\nu1,hologram,2026-01-31 10:00:00\n")
    athena.load_events(file)
    assert (rows_in_order(athena, report, REPORT_DATE) == []) is report.may_be_empty


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_at_least_six_cases(name):
    assert len([case for case in CASES if case.parent.name == name]) >= MIN_CASES


def test_the_cases_have_the_days_on_which_dates_go_wrong():
    days = {report_date(case) for case in CASES}
    assert {date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 31)} <= days
    assert any(day.weekday() == 0 for day in days)
    assert any(day.weekday() == 6 for day in days)


def test_every_report_of_the_contract_has_a_file_and_every_file_a_report():
    assert {path.stem for path in (sql_folder() / "reports").glob("*.sql")} == set(REPORTS)


TEMPLATES = sorted(path for folder in ("reports", "shared") for path in (sql_folder() / folder).glob("*.sql"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_starts_with_its_grain_and_leaves_dates_to_the_placeholders(template):
    text = template.read_text()
    assert re.match(r" *-- One row per ", text)
    # Parts of a date that are compared on their own lose rows where a month or year ends.
    assert not re.search(r"\b(year|month|day|ingest_date)\b\s*(=|<|>|in\b|between\b)", re.sub(r"{{.*?}}", "", text))


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_reads_as_many_days_as_the_contract_says_and_never_more(report):
    read = []
    for day in (REPORT_DATE + timedelta(days=n) for n in range(7)):
        query = report_query(report, day)
        ranges = re.findall(r"and day in \(([^)]*)\)", query)
        assert ranges or f"where {event_date_partition(day)}" in query
        read.append(sum(len(days.split(",")) for days in ranges) or 1)
    assert max(read) == report.reads_days_before + 1


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_the_statement_that_materialises_a_report_is_athenas(report):
    statement = unload_statement(report, REPORT_DATE, "the-reports", load_contract())
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


@pytest.mark.parametrize(
    ("last_date", "days_before", "expected"),
    [
        pytest.param(
            date(2026, 1, 31),
            0,
            "((year = '2026' and month = '01' and day in ('31')))",
            id="one_day",
        ),
        pytest.param(
            date(2026, 1, 2),
            3,
            "((year = '2025' and month = '12' and day in ('30', '31'))"
            " or (year = '2026' and month = '01' and day in ('01', '02')))",
            id="over_new_year",
        ),
        pytest.param(
            date(2024, 3, 1),
            2,
            "((year = '2024' and month = '02' and day in ('28', '29'))"
            " or (year = '2024' and month = '03' and day in ('01')))",
            id="leap_day",
        ),
        pytest.param(
            date(2025, 3, 1),
            1,
            "((year = '2025' and month = '02' and day in ('28'))"
            " or (year = '2025' and month = '03' and day in ('01')))",
            id="no_leap_day",
        ),
    ],
)
def test_the_predicate_of_several_days_is_grouped_by_month(last_date, days_before, expected):
    assert event_date_range(last_date, days_before) == expected


@pytest.fixture(scope="module")
def years() -> Athena:
    """An event of every date of six years."""
    athena = Athena()
    athena.database.execute(
        "insert into events (year, month, day) select strftime(d, '%Y'), strftime(d, '%m'), strftime(d, '%d') "
        "from generate_series(timestamp '2022-01-01', timestamp '2027-12-31', interval 1 day) as days (d)"
    )
    return athena


@pytest.mark.parametrize("days_before", [0, 1, 28, 34, 400])
@pytest.mark.parametrize(
    "last_date", [date(2026, 1, 1), date(2024, 3, 1), date(2025, 2, 28), date(2026, 12, 31)], ids=str
)
def test_the_predicate_of_several_days_lets_through_exactly_those(years, last_date, days_before):
    _, rows = years.select(f"select year, month, day from events where {event_date_range(last_date, days_before)}")
    expected = [last_date - timedelta(days=n) for n in range(days_before, -1, -1)]
    assert sorted(date(*map(int, row)) for row in rows) == expected


def test_the_sql_is_looked_for_inside_the_dags_folder_first_then_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "__file__", str(tmp_path / "dags" / "clickstream" / "reports" / "statements.py"))
    with pytest.raises(reports.MissingSqlError, match=r"no reports in .*dags.sql or .*sql: deploy the folder sql"):
        sql_folder()
    beside, inside = tmp_path / "sql", tmp_path / "dags" / "sql"
    (beside / "reports").mkdir(parents=True)
    assert sql_folder() == beside
    (inside / "reports").mkdir(parents=True)
    assert sql_folder() == inside
    with pytest.raises(reports.MissingSqlError, match=r"event_counts\.sql does not exist, but contract\.json lists"):
        report_query(REPORTS["event_counts"], REPORT_DATE)
