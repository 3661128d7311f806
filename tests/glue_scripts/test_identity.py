"""Event ids and duplicates."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from pyspark.sql import DataFrame, SparkSession

from clickstream.contract import Contract
from clickstream_glue.classification import classified
from clickstream_glue.identity import with_event_id, with_is_duplicate
from tests.glue_scripts.support import INGEST_DATE, line

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def keeping_no_id(contract: Contract) -> Contract:
    """The contract with ``derive_event_id`` off."""
    return replace(contract, event=replace(contract.event, derive_event_id=False))


def events(spark: SparkSession, contract: Contract, *lines: str) -> DataFrame:
    return classified(spark.createDataFrame([(text,) for text in lines], "raw string"), INGEST_DATE, contract)


def ids(spark: SparkSession, contract: Contract, *lines: str) -> list[str]:
    return [row["event_id"] for row in with_event_id(events(spark, contract, *lines), contract).collect()]


def test_redelivered_lines_have_the_same_id(spark: SparkSession, contract: Contract) -> None:
    same = ids(
        spark,
        contract,
        '{"user_id":"u","event_type":"search","timestamp":"2026-03-01T12:00:00Z","price":1.50}',
        '{"price" : 1.5, "timestamp":"2026-03-01T13:00:00+01:00", "event_type":"search","user_id":"u"}',
        '{"user_id":"u","event_type":"search","timestamp":1772366400000,"price":"1.5","ip":"192.0.2.1","event_id":" "}',
    )
    assert len(set(same)) == 1


def test_any_other_known_value_gives_another_id(spark: SparkSession, contract: Contract) -> None:
    different = ids(
        spark,
        contract,
        line(event_id=...),
        line(event_id=..., user_id="u2"),
        line(event_id=..., event_type="search"),
        line(event_id=..., product_id="u1"),
        line(event_id=..., session_id="u1"),
        line(event_id=..., timestamp="2026-03-01T12:00:00.000001Z"),
        line(event_id=..., price=1),
        line(event_id=..., quantity=1),
    )
    assert len(set(different)) == 8


def test_the_id_is_an_md5_that_others_can_compute(spark: SparkSession, contract: Contract) -> None:
    text = "\x1f".join(["u1", "s", "page_view", "\0", "1772366400000000", "9.90", "2"])
    found = ids(spark, contract, line(event_id=..., session_id="s", price=9.9, quantity=2))
    assert found == [hashlib.md5(text.encode()).hexdigest()]


def test_a_given_id_stays(spark: SparkSession, contract: Contract) -> None:
    assert ids(spark, contract, line(event_id="e7")) == ["e7"]


def test_no_id_is_derived_where_the_contract_says_so(spark: SparkSession, keeping_no_id: Contract) -> None:
    assert ids(spark, keeping_no_id, line(event_id=...)) == [None]


def test_the_earliest_row_of_an_id_is_kept_whatever_the_order(spark: SparkSession, contract: Contract) -> None:
    lines = [
        line(user_id="b", timestamp="2026-03-01T12:00:02Z"),
        line(user_id="c"),
        line(user_id="a", price=2),
        line(user_id="a", price=1),
        line(user_id="a", timestamp="2026-03-01T12:00:01Z"),
        line(event_id="e2"),
    ]
    for order in (lines, lines[::-1]):
        rows = with_is_duplicate(events(spark, contract, *order), contract).collect()
        kept = [(row["event_id"], row["user_id"], str(row["price"])) for row in rows if not row["is_duplicate"]]
        assert sorted(kept) == [("e1", "a", "1.00"), ("e2", "u1", "None")]


def test_rows_without_an_id_are_never_duplicates(spark: SparkSession, keeping_no_id: Contract) -> None:
    rows = with_is_duplicate(events(spark, keeping_no_id, *[line(event_id=...)] * 3), keeping_no_id).collect()
    assert [row["is_duplicate"] for row in rows] == [False, False, False]


def test_no_rows_give_no_duplicates(spark: SparkSession, contract: Contract) -> None:
    assert with_is_duplicate(with_event_id(events(spark, contract).limit(0), contract), contract).collect() == []
