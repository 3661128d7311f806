"""The pipeline's own statements over a few events: reports, checks and sample queries as the repository holds them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from athena_support import JSON_SERDE, Athena
from clickstream.contract import load_contract
from clickstream.reports.statements import report_query

SQL = Path(__file__).resolve().parents[2] / "sql"
CONTRACT = load_contract()
PROJECTION = {
    "projection.enabled": "true",
    "projection.report_date.type": "date",
    "projection.report_date.format": "yyyy-MM-dd",
    "projection.report_date.range": "2020-01-01,NOW",
}
DAY = datetime.date(2026, 1, 2)
DAYS_NOT_READ = (datetime.date(2025, 11, 30), datetime.date(2026, 1, 3))
ARROW = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "decimal(12,2)": pa.decimal128(12, 2),
    "int": pa.int32(),
}


def event(number, user, kind, product=None, minute=0):
    return {
        "event_id": f"e{number}",
        "user_id": user,
        "session_id": f"s-{user}",
        "event_type": kind,
        "product_id": product,
        "timestamp": datetime.datetime(2026, 1, 2, 10, minute, tzinfo=datetime.UTC),
        "price": Decimal("9.99") if kind == "purchase" else None,
        "quantity": 1 if kind == "purchase" else None,
    }


EVENTS = [
    event(1, "u1", "product_view", "p1"),
    event(2, "u1", "add_to_cart", "p1", 1),
    event(3, "u1", "purchase", "p1", 2),
    event(4, "u2", "product_view", "p1"),
    event(5, "u2", "product_view", "p2", 1),
    event(6, "u3", "page_view"),
]


def lake(server, days):
    """The events table as the crawler makes it; a day whose rows are None has a broken file."""
    found = Athena(server)
    table = CONTRACT.tables.events
    found.table(
        "events",
        {column.name: column.type for column in table.columns},
        keys={key.name: key.type for key in table.partition_keys},
    )
    schema = pa.schema([(column.name, ARROW[column.type]) for column in table.columns])
    for day, rows in days.items():
        folder = f"year={day:%Y}/month={day:%m}/day={day:%d}/ingest_date={day}/"
        if rows:
            found.put_parquet(f"events/{folder}part-0.zstd.parquet", pa.Table.from_pylist(rows, schema=schema))
        else:
            found.put(f"events/{folder}part-0.zstd.parquet", b"broken")
        found.partition("events", [f"{day:%Y}", f"{day:%m}", f"{day:%d}", str(day)], folder)
    return found


@pytest.fixture(scope="module")
def athena(local_aws):
    return lake(local_aws, {DAY: EVENTS, **dict.fromkeys(DAYS_NOT_READ)})


@pytest.fixture(scope="module")
def sound(local_aws):
    """Sound events and a ledger of one arrival date."""
    found = lake(local_aws, {DAY: EVENTS})
    table = CONTRACT.tables.run_ledger
    found.table(
        "run_ledger",
        {column.name: column.type for column in table.columns},
        keys={key.name: key.type for key in table.partition_keys},
        serde=JSON_SERDE,
    )
    for wanted in CONTRACT.reports:
        columns = {column.name: column.type for column in wanted.columns}
        found.table(wanted.name, columns, keys={"report_date": "string"}, parameters=PROJECTION)
    ledger = {
        "ledger_version": 1,
        "duration_s": 1.5,
        "rows_read": 6,
        "rows_written": 6,
        "rows_quarantined_by_reason": {"too_late": 0},
        "event_dates": ["2026-01-02"],
        "started_at": "2026-01-03T00:15:00Z",
        "finished_at": "2026-01-03T00:15:01Z",
    }
    found.put("run_ledger/ingest_date=2026-01-02/ledger.json", json.dumps(ledger) + "\n")
    found.partition("run_ledger", ["2026-01-02"], "ingest_date=2026-01-02/")
    return found


def report(name: str) -> str:
    return report_query(CONTRACT.report(name), DAY)


@pytest.mark.parametrize("name", [found.name for found in CONTRACT.reports])
def test_each_report_gives_the_contracts_columns_and_reads_its_days_only(athena, name):
    (wanted,) = [found for found in CONTRACT.reports if found.name == name]
    result = athena.run(report(name))
    names = {"string": "varchar", "int": "integer", "decimal(18,2)": "decimal"}
    assert result.columns == [column.name for column in wanted.columns]
    assert result.types == [names.get(column.type, column.type) for column in wanted.columns]
    assert result.rows


def test_event_counts(athena):
    assert sorted(athena.run(report("event_counts")).rows) == [
        ["add_to_cart", "1", "1"],
        ["page_view", "1", "1"],
        ["product_view", "3", "2"],
        ["purchase", "1", "1"],
    ]


def test_conversion_funnel(athena):
    rows = sorted(athena.run(report("conversion_funnel")).rows)
    assert [row[1:] for row in rows] == [
        ["product_view", "2", "2", "1.0", "1.0"],
        ["add_to_cart", "1", "1", "0.5", "0.5"],
        ["purchase", "1", "1", "1.0", "0.5"],
    ]


def test_top_products(athena):
    rows = sorted(athena.run(report("top_products")).rows)
    assert rows == [["1", "p1", "2", "1", "1", "2"], ["2", "p2", "1", "0", "0", "1"]]


@pytest.mark.parametrize("name", [found.name for found in CONTRACT.reports])
def test_each_report_can_be_unloaded_into_its_projected_table(athena, name):
    (wanted,) = [found for found in CONTRACT.reports if found.name == name]
    athena.table(
        name,
        {column.name: column.type for column in wanted.columns},
        keys={"report_date": "string"},
        parameters=PROJECTION
        | {
            "storage.location.template": f"s3://{athena.bucket}/{name}/report_date=${{report_date}}/",
        },
    )
    target = f"s3://{athena.bucket}/{name}/report_date=2026-01-02/"
    athena.run(f"UNLOAD (\n{report(name)}\n) TO '{target}' WITH (format = 'PARQUET', compression = 'SNAPPY')")
    stored = athena.run(f"select * from {name} where report_date = '2026-01-02'")
    direct = athena.run(report(name))
    assert sorted(map(str, stored.rows)) == sorted(str([*row, "2026-01-02"]) for row in direct.rows)
    assert len(athena.run(f"select * from {name}").rows) == len(direct.rows)
    assert athena.reason(f"UNLOAD ({report(name)}) TO '{target}' WITH (format = 'PARQUET')").startswith(
        "HIVE_PATH_ALREADY_EXISTS"
    )


def statements(*texts: str) -> list[str]:
    return [text for whole in texts for text in whole.split(";\n") if text.strip()]


def shown(text: str) -> str:
    return text.strip().splitlines()[0].strip("- ")[:50]


@pytest.mark.parametrize("sql", statements((SQL / "sample_queries.sql").read_text()), ids=shown)
def test_each_sample_query_runs(sound, sql):
    assert sound.run(sql).columns


@pytest.mark.parametrize("path", sorted((SQL / "checks").glob("*.sql")), ids=lambda path: path.stem)
def test_each_check_gives_no_row_for_a_sound_table(sound, path):
    assert sound.run(path.read_text()).rows == []
