"""Each report on 200,000 generated events, row by row against a computation that shares no line with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clickstream.contract import load_contract
from clickstream.reports.statements import report_query
from tests.sql.athena_in_duckdb import Athena
from tests.sql.generated import BUSY_DAY, EVENT_COUNT, generated_events, generated_tables
from tests.sql.independent import REPORTS

DAYS = (BUSY_DAY, BUSY_DAY + timedelta(days=1), BUSY_DAY - timedelta(days=4))


@pytest.fixture(scope="module")
def events():
    return list(generated_events())


@pytest.fixture(scope="module")
def athena():
    found = Athena()
    for day, table in generated_tables().items():
        found.insert_events(day, table)
    return found


def test_there_are_as_many_events_as_promised_and_they_are_not_too_tidy(events):
    assert len(events) == EVENT_COUNT
    assert sum(event.day == BUSY_DAY for event in events) > 80_000
    purchases = [event for event in events if event.event_type == "purchase"]
    for name in ("price", "quantity", "product_id"):
        values = [getattr(event, name) for event in purchases]
        assert 0 < values.count(None) < len(values) / 4, name
    assert len({event.timestamp.microsecond % 1000 for event in events}) == 1000


def test_every_report_is_computed_twice():
    assert list(REPORTS) == [report.name for report in load_contract().reports]


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("report", load_contract().reports, ids=lambda report: report.name)
def test_a_report_gives_the_rows_that_plain_python_gives(athena, events, report, day):
    _, rows = athena.select(report_query(report, day))
    expected = REPORTS[report.name](events, day)
    assert len(expected) > 0
    assert sorted(rows) == sorted(expected)
