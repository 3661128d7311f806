"""The rules of the gate behind the crawler: every difference is named."""

from __future__ import annotations

import pytest

from clickstream.gates.catalog import foreign_tables, table_differences
from tests.dags.gates.documents import CRAWLED, EVENTS, table


def test_the_contracts_table_has_no_differences():
    assert table_differences(table(), EVENTS, "db") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda t: t["StorageDescriptor"]["Columns"].pop(2), "column session_id is missing", id="missing"),
        pytest.param(
            lambda t: t["StorageDescriptor"]["Columns"].append({"Name": "ip", "Type": "string"}),
            "column ip string is not in the contract",
            id="one too many",
        ),
        pytest.param(
            lambda t: t["StorageDescriptor"]["Columns"][6].update(Type="double"),
            "column price is double, the contract says decimal(12,2)",
            id="other type",
        ),
        pytest.param(
            lambda t: t["PartitionKeys"].pop(),
            "partition keys are (year string, month string, day string), the contract says (year string, month string, "
            "day string, ingest_date string)",
            id="partition key missing",
        ),
        pytest.param(
            lambda t: t["PartitionKeys"][0].update(Type="int"), "partition keys are (year int, ", id="other key type"
        ),
        pytest.param(lambda t: t["PartitionKeys"].reverse(), "partition keys are (ingest_date string", id="key order"),
    ],
)
def test_a_difference_is_named(change, expected):
    found = table()
    change(found)
    [sentence] = table_differences(found, EVENTS, "db")
    assert sentence.startswith("table db.events: ")
    assert expected in sentence
    assert sentence.endswith("then clear crawl_events")


def test_every_difference_is_named():
    found = table()
    found["StorageDescriptor"]["Columns"][0]["Name"] = "id"
    [sentence] = table_differences(found, EVENTS, "db")
    assert "column event_id is missing, column id string is not in the contract" in sentence


def test_a_missing_table_is_named():
    [sentence] = table_differences(None, EVENTS, "db")
    assert sentence.startswith("table db.events is missing although events were written")


def test_a_second_table_of_the_crawler_is_named_and_other_peoples_tables_are_not():
    tables = {"events": CRAWLED, "year_2026": CRAWLED, "top_products": {}, "mine": {"Parameters": {"a": "b"}}}
    [sentence] = foreign_tables(tables, "events", "the-crawler")
    assert sentence.startswith("crawler the-crawler also made year_2026: ")
    assert (
        foreign_tables(tables, "events", "another-crawler")
        == [
            # what another crawler made is its own business
        ]
    )
