"""The dashboard's statements (dags/clickstream/dashboard/statements.py) on the Athena of a real local_aws."""

from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
import pytest

from athena_support import JSON_SERDE, Athena
from clickstream.contract import load_contract
from clickstream.dashboard.statements import MAX_ROWS, SAMPLE_CHARACTERS, rows_statement, samples_statement

CONTRACT = load_contract()
REPORT = CONTRACT.report("event_counts")
QUARANTINE = CONTRACT.tables.quarantine
DAY, OTHER = date(2026, 1, 31), date(2026, 2, 1)
HOSTILE = '"><script>\u202e\\x00 été 👍 \ufffd,\n"'


@pytest.fixture(scope="module")
def athena(local_aws):
    found = Athena(local_aws)
    found.table(REPORT.name, {column.name: column.type for column in REPORT.columns}, keys={"report_date": "string"})
    columns = {column.name: column.type for column in QUARANTINE.columns}
    found.table(QUARANTINE.name, columns, keys={"ingest_date": "string"}, serde=JSON_SERDE)
    for day in (DAY, OTHER):
        found.partition(REPORT.name, [day.isoformat()], f"report_date={day}/")
        found.partition(QUARANTINE.name, [day.isoformat()], f"ingest_date={day}/")
    return found


def put_counts(athena: Athena, day: date, types: list[str]) -> None:
    counts = pa.array(range(len(types)), pa.int64())
    rows = pa.table({"event_type": pa.array(types, pa.string()), "event_count": counts, "user_count": counts})
    athena.put_parquet(f"{REPORT.name}/report_date={day}/rows.parquet", rows)


def put_refused(athena: Athena, day: date, records: list[tuple[str, str]]) -> None:
    lines = (json.dumps({"raw": raw, "reason": reason, "source_object": "events/a.gz"}) for raw, reason in records)
    athena.put(f"{QUARANTINE.name}/ingest_date={day}/rows.json", "\n".join(lines))


def test_the_first_rows_of_each_date_come_in_the_reports_order_with_how_many_there_are(athena):
    put_counts(athena, DAY, [f"type_{n:03}" for n in range(MAX_ROWS + 10)])
    put_counts(athena, OTHER, ["b", HOSTILE])
    rows = athena.run(rows_statement(REPORT, [OTHER, DAY], CONTRACT)).rows
    first, second = ([row for row in rows if row[0] == day.isoformat()] for day in (DAY, OTHER))
    assert len(first) == MAX_ROWS
    assert {row[1] for row in first} == {str(MAX_ROWS + 10)}
    assert [row[2] for row in first[:2]] == ["type_059", "type_058"]
    assert second == [["2026-02-01", "2", HOSTILE, "1", "1"], ["2026-02-01", "2", "b", "0", "0"]]


def test_ten_records_a_reason_come_with_their_beginning_and_whole_length(athena):
    long = HOSTILE + "x" * 2**20
    put_refused(athena, DAY, [*((f"{n:02}", "too_late") for n in range(12)), (long, "malformed_json")])
    put_refused(athena, OTHER, [("of another date", "too_late")])
    rows = athena.run(samples_statement(QUARANTINE, [DAY])).rows
    assert rows[0] == ["2026-01-31", "malformed_json", "events/a.gz", str(len(long)), long[:SAMPLE_CHARACTERS]]
    assert [row[4] for row in rows[1:]] == [f"{n:02}" for n in range(10)]
