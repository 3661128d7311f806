"""The gate behind the crawler: every difference is named."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from botocore.response import StreamingBody

from clickstream.contract import load_contract
from clickstream.errors import GateError
from clickstream.gates.catalog import check_catalog, foreign_tables, partition_values, table_differences

DATE = "2026-01-31"
EVENTS = load_contract().tables["events"]
CRAWLED = {"Parameters": {"UPDATED_BY_CRAWLER": "the-crawler"}}


def table(name: str = "events") -> dict[str, Any]:
    """The events table as Glue shows it when it is the contract's."""
    return {
        "Name": name,
        "StorageDescriptor": {"Columns": [{"Name": c.name, "Type": c.type} for c in EVENTS.columns]},
        "PartitionKeys": [{"Name": c.name, "Type": c.type} for c in EVENTS.partition_keys],
        **deepcopy(CRAWLED),
    }


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


def test_the_values_of_a_partition_are_the_parts_of_the_event_date_and_the_arrival_date():
    assert partition_values("2025-12-09", DATE) == ("2025", "12", "09", DATE)


def promise(stub, tables: list[dict[str, Any]], written: dict[str, int], touched: list[str] | None = None):
    document = {"rows_written_by_event_date": written, "event_dates": sorted(written) if touched is None else touched}
    body = json.dumps(document).encode()
    stub(S3Hook, "s3").add_response("get_object", {"Body": StreamingBody(io.BytesIO(body), len(body))})
    glue = stub(GlueCatalogHook, "glue")
    glue.add_response("get_tables", {"TableList": tables}, {"DatabaseName": "db"})
    return glue


def promise_partitions(glue, asked: list[tuple[str, ...]], present: list[tuple[str, ...]]) -> None:
    glue.add_response(
        "batch_get_partition",
        {"Partitions": [{"Values": list(values)} for values in present]},
        {"DatabaseName": "db", "TableName": "events", "PartitionsToGet": [{"Values": list(v)} for v in asked]},
    )


def check() -> None:
    check_catalog(DATE, "db", "the-crawler", "the-processed", "aws_default")


def test_a_catalog_with_all_partitions_of_the_run_passes(stub):
    glue = promise(stub, [table()], {"2026-01-30": 1, DATE: 2})
    wanted = [partition_values("2026-01-30", DATE), partition_values(DATE, DATE)]
    promise_partitions(glue, wanted, wanted)
    check()


def test_a_partition_that_was_written_and_is_not_catalogued_is_named(stub):
    glue = promise(stub, [table()], {"2026-01-30": 1, DATE: 2})
    wanted = [partition_values("2026-01-30", DATE), partition_values(DATE, DATE)]
    promise_partitions(glue, wanted, wanted[:1])
    with pytest.raises(
        GateError,
        match=r"1 of 2 partitions are not in the catalog: "
        r"year=2026/month=01/day=31/ingest_date=2026-01-31: clear crawl_events",
    ):
        check()


def test_a_day_without_written_events_needs_no_table(stub):
    promise(stub, [], {})
    check()


def test_written_events_need_a_table(stub):
    promise(stub, [], {DATE: 2})
    with pytest.raises(GateError, match=r"table db\.events is missing"):
        check()


def test_a_second_table_fails_the_gate(stub):
    promise(stub, [table(), {"Name": "year_2026", **CRAWLED}], {DATE: 2})
    with pytest.raises(GateError, match="also made year_2026"):
        check()


def test_a_ledger_that_vanished_is_named(stub):
    stub(S3Hook, "s3").add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(GateError, match="the ledger of 2026-01-31 is gone"):
        check()
