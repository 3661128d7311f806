"""The rows of the single write."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream_glue.pipeline import accounted_rows
from clickstream_glue.staging import QUARANTINED, in_partitions, quarantine_rows
from tests.glue_scripts.support import INGEST_DATE, line, lines_frame

pytestmark = pytest.mark.spark


def rows(spark: SparkSession, contract: Contract, *lines: str, source: str = "s3://raw/events/a.gz") -> DataFrame:
    return accounted_rows(lines_frame(spark, lines), F.lit(source), INGEST_DATE, contract)


def test_events_have_the_tables_columns_and_their_own_dates_partition(spark: SparkSession, contract: Contract) -> None:
    early = line(event_id="e2", timestamp="2026-02-28T23:59:59.999999Z")
    staged = in_partitions(rows(spark, contract, line(), line(), early), contract)
    assert staged.columns == [*(column.name for column in contract.tables.events.columns), "year", "month", "day"]
    assert [column.type for column in contract.tables.events.columns] == [kind for _, kind in staged.dtypes[:-3]]
    found = {(row["event_id"], row["year"], row["month"], row["day"]) for row in staged.collect()}
    assert found == {("e1", "2026", "03", "01"), ("e2", "2026", "02", "28")}


def test_a_quarantined_record_keeps_text_reason_and_source_object(spark: SparkSession, contract: Contract) -> None:
    late = line(timestamp="2020-01-01T00:00:00Z")
    staged = in_partitions(rows(spark, contract, "{", "{", late, source="s3://raw/events/a%20b+c.gz"), contract)
    assert {tuple(row) for row in staged.select("year", "month", "day").collect()} == {(QUARANTINED,) * 3}
    quarantined = quarantine_rows(staged, "s3://raw")
    assert quarantined.columns == [column.name for column in contract.tables.quarantine.columns]
    found = sorted(tuple(row) for row in quarantined.collect())
    assert found == sorted([("{", "malformed_json", "events/a b+c.gz")] * 2 + [(late, "too_late", "events/a b+c.gz")])


def test_a_quarantined_record_never_makes_an_event_a_duplicate(spark: SparkSession, contract: Contract) -> None:
    lines = ["e1", line(), line(timestamp="2020-01-01T00:00:00Z"), line(user_id=None)]
    flags = {row["event_type"]: row["is_duplicate"] for row in rows(spark, contract, *lines).collect()}
    assert flags == {"malformed_json": False, "page_view": False, "too_late": False, "missing_user_id": False}


def test_no_lines_give_no_rows(spark: SparkSession, contract: Contract) -> None:
    staged = in_partitions(rows(spark, contract), contract)
    assert staged.collect() == []
    assert quarantine_rows(staged, "s3://raw").collect() == []


def test_the_whole_plan_scans_once_and_shuffles_once(spark: SparkSession, contract: Contract) -> None:
    frame = in_partitions(rows(spark, contract, line()), contract)
    plan = str(frame._jdf.queryExecution().executedPlan().toString())
    assert plan.count("Exchange ") == 1
    assert plan.count("Scan ") == 1
    assert "Python" not in plan
