"""The sample queries and checks run, on an empty catalog and on a filled one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlglot

from clickstream.contract import load_contract
from clickstream.reports.statements import report_query, sql_folder
from tests.sql.athena_in_duckdb import Athena, statements

EVENTS = Path(__file__).parent / "a_day.csv"
DAYS = (date(2026, 1, 30), date(2026, 1, 31))
SAMPLES = statements(sql_folder() / "sample_queries.sql")
CHECKS = sorted((sql_folder() / "checks").glob("*.sql"))


@pytest.fixture(scope="module")
def filled() -> Athena:
    athena = Athena()
    athena.load_events(EVENTS)
    for report in load_contract().reports:
        for day in DAYS:
            athena.materialise(report.name, report_query(report, day), day.isoformat())
    athena.database.execute(
        "insert into run_ledger (ingest_date, rows_read, rows_written, rows_duplicate, rows_quarantined, rows_late) "
        "values ('2026-01-31', 12, 12, 0, 0, 0)"
    )
    return athena


def subject(statement: str) -> str:
    """The first line of the comment that says what the statement is about."""
    return [line for line in statement.splitlines() if line.startswith("-- ")][-1].removeprefix("-- ")


def test_the_sample_queries_cover_counts_behaviour_and_business():
    subjects = [subject(statement) for statement in SAMPLES]
    assert len(SAMPLES) >= 6
    for start in ("Count by type: ", "User behaviour: ", "Business intelligence: "):
        assert any(text.startswith(start) for text in subjects), start


@pytest.mark.parametrize("statement", SAMPLES, ids=subject)
def test_a_sample_query_runs_on_an_empty_catalog(statement):
    assert Athena().select(statement)[1] == []


@pytest.mark.parametrize("statement", SAMPLES, ids=subject)
def test_a_sample_query_finds_something(statement, filled):
    assert filled.select(statement)[1]


@pytest.mark.parametrize("statement", SAMPLES, ids=subject)
def test_a_sample_query_needs_no_placeholder_and_names_its_partitions(statement):
    assert "{{" not in statement
    assert "where year >= '2020'" in statement or "_date >= '2020-01-01'" in statement
    assert isinstance(sqlglot.parse_one(statement, read="athena"), sqlglot.expressions.Select)


def test_the_first_sample_counts_events_by_type(filled):
    _, rows = filled.select(SAMPLES[0])
    assert rows == [
        ("product_view", 5, 3, 41.67),
        ("page_view", 3, 3, 25.0),
        ("add_to_cart", 2, 2, 16.67),
        ("purchase", 2, 1, 16.67),
    ]


def test_what_users_do_next_follows_the_session(filled):
    [statement] = [statement for statement in SAMPLES if "what users do next" in statement]
    _, rows = filled.select(statement)
    assert rows == [
        ("page_view", "product_view", 2),
        ("product_view", "add_to_cart", 2),
        ("add_to_cart", "purchase", 1),
        ("purchase", "purchase", 1),
    ]


def test_revenue_counts_known_prices_only(filled):
    [statement] = [statement for statement in SAMPLES if "revenue, orders" in statement]
    _, rows = filled.select(statement)
    assert [(row[0], row[1], str(row[3]), row[4]) for row in rows] == [("2026-01-31", 2, "39.80", 39.8)]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.stem)
def test_a_check_finds_nothing_in_a_sound_table(check, filled):
    assert filled.select(check.read_text())[1] == []


def test_the_check_finds_an_event_outside_its_partition(tmp_path):
    athena, file = Athena(), tmp_path / "events.csv"
    file.write_text(
        "user_id,event_type,timestamp,day\nu1,page_view,2026-01-31 23:59:59,31\nu1,page_view,2026-02-01 00:00:00,02\n"
    )
    athena.load_events(file)
    _, rows = athena.select((sql_folder() / "checks" / "events_outside_their_partition.sql").read_text())
    assert [row[0] for row in rows] == ["e1"]


def test_the_check_finds_an_event_id_that_one_arrival_date_wrote_twice(tmp_path):
    athena, file = Athena(), tmp_path / "events.csv"
    file.write_text(
        "event_id,user_id,event_type,timestamp,ingest_date\n"
        "a,u1,page_view,2026-01-31 10:00:00,2026-01-31\n"
        "a,u1,page_view,2026-01-30 10:00:00,2026-01-31\n"
        "b,u1,page_view,2026-01-31 10:00:00,2026-01-31\n"
        "b,u1,page_view,2026-01-31 10:00:00,2026-02-01\n"
    )
    athena.load_events(file)
    _, rows = athena.select((sql_folder() / "checks" / "duplicate_event_ids.sql").read_text())
    assert rows == [("2026-01-31", "a", 2)]
