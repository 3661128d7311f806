"""The ledger's file: the same again after reading and writing, and a clause for whatever is no ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clickstream.contract import LedgerError, RunLedger, load_contract
from clickstream.contract.rules import wrong_sums
from clickstream.contract.run_ledger import ledger_columns, written_dates

# As the job of version 0.1.0 wrote it.
FILE = (
    '{"ingest_date": "2026-01-15", "ledger_version": 1, "job_run_id": "jr_1", '
    '"started_at": "2026-01-16T00:15:00.123Z", "finished_at": "2026-01-16T00:18:00.000Z", "duration_s": 179.877, '
    '"rows_read": 10, "rows_written": 6, "rows_duplicate": 1, "rows_quarantined": 3, "rows_late": 1, '
    '"rows_quarantined_by_reason": {"malformed_json": 3, "too_late": 0}, '
    '"rows_written_by_event_date": {"2026-01-14": 1, "2026-01-15": 5}, "values_nulled_by_field": {"price": 2}, '
    '"event_dates": ["2026-01-14", "2026-01-15"], "input_objects": 2, "input_bytes": 512, '
    '"unreadable_objects": ["events/a.gz"], "output_files": 2, "output_bytes": 900, "lookback_dates": ["2026-01-14"], '
    '"lookback_dates_without_ledger": [], "versions": {"contract": "1", "spark": "3.5.6"}}\n'
)


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(FILE), **changes})


def test_a_ledger_is_the_same_text_after_reading_and_writing():
    ledger = RunLedger.from_json(FILE)
    assert ledger.to_json() == FILE
    assert ledger.ingest_date == date(2026, 1, 15)
    assert ledger.started_at == datetime(2026, 1, 16, 0, 15, 0, 123000, tzinfo=UTC)
    assert ledger.rows_written_by_event_date == {date(2026, 1, 14): 1, date(2026, 1, 15): 5}
    assert ledger.event_dates == (date(2026, 1, 14), date(2026, 1, 15))


def test_its_columns_are_the_tables_and_its_file_has_the_partition_key_too():
    table = load_contract().tables.run_ledger
    assert ledger_columns() == table.columns
    names = [column.name for column in (*table.partition_keys, *table.columns)]
    assert list(json.loads(RunLedger.from_json(FILE).to_json())) == names


def test_what_a_later_version_has_added_is_left_out():
    assert RunLedger.from_json(changed(rows_robot=5)) == RunLedger.from_json(FILE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "is not JSON", id="empty"),
        pytest.param(b"\xff", "is not JSON", id="no text"),
        pytest.param("[]", "is not a JSON object", id="a list"),
        pytest.param("{}", "lacks ingest_date, ledger_version, job_run_id", id="nothing in it"),
        pytest.param(changed(rows_read="10"), "has '10' as rows_read, which is not a whole number", id="text"),
        pytest.param(
            changed(rows_read=-1), "has -1 as rows_read, which is not a whole number from 0 up", id="negative"
        ),
        pytest.param(changed(rows_read=True), "has True as rows_read", id="bool"),
        pytest.param(changed(rows_read=None), "has None as rows_read", id="null"),
        pytest.param(changed(job_run_id=None), "has None as job_run_id, which is not a text", id="no text at all"),
        pytest.param(changed(event_dates="2026-01-15"), "as event_dates, which is not a list", id="no list"),
        pytest.param(changed(event_dates=["15"]), r"has '15' as event_dates\[0\], which is not a date", id="no date"),
        pytest.param(changed(versions=[]), r"has \[\] as versions, which is not an object", id="no object"),
        pytest.param(
            changed(rows_written_by_event_date={"2026-01-15": 1.5}),
            "has 1.5 as rows_written_by_event_date.2026-01-15",
            id="part of a row",
        ),
        pytest.param(
            changed(rows_written_by_event_date={"yesterday": 1}), "has 'yesterday' as rows_written_by_", id="no day"
        ),
        pytest.param(
            changed(finished_at="2026-01-16T00:18:00"), "as finished_at, which is not a time in UTC", id="zone"
        ),
    ],
)
def test_what_is_no_ledger_is_one_clause(text, message):
    with pytest.raises(LedgerError, match=f"^.*{message}") as caught:
        RunLedger.from_json(text)
    assert "\n" not in str(caught.value)


def test_a_whole_number_of_seconds_is_a_duration():
    assert RunLedger.from_json(changed(duration_s=180)).duration_s == 180.0


def test_the_dates_written_are_told_by_any_ledger_that_names_them():
    assert written_dates('{"rows_written_by_event_date": {"2026-01-15": 1}}') == {date(2026, 1, 15)}
    for text in ("", "{", "[]", "{}", '{"rows_written_by_event_date": {"x": 1}}', '{"rows_written_by_event_date": 5}'):
        assert written_dates(text) == set()


def test_sums_that_agree_are_not_spoken_of():
    assert list(wrong_sums(RunLedger.from_json(FILE))) == []


def test_a_lost_row_and_an_invented_one_are_named():
    ledger = replace(RunLedger.from_json(FILE), rows_read=11, rows_written=7)
    assert [str(wrong) for wrong in wrong_sums(ledger)] == ["rows_written 7 is not 6 (the sum by event date)"]
    ledger = replace(ledger, rows_read=10)
    assert str(next(iter(wrong_sums(ledger)))) == "rows_read 10 is not 11 (7 written + 1 duplicate + 3 quarantined)"
