"""The steps around the Glue job and the crawler: what the gates let pass, what they say, what they hand on."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.assets import events_asset
from clickstream.errors import GateError
from clickstream.steps import events
from clickstream.steps.events import check_catalog, check_ledger
from tests.dags.gates.documents import CRAWLED, DATE, RUN, ledger, ledger_answer, ledger_document, quarantined, table
from tests.dags.support import TaskInstance


def answer(stub, body: bytes) -> None:
    request = {"Bucket": "the-processed", "Key": f"ledger/ingest_date={DATE}/ledger.json"}
    stub(S3Hook, "s3").add_response("get_object", ledger_answer(body), request)


def ledger_gate() -> list[str]:
    return check_ledger.function(DATE, RUN)


def test_the_gate_gives_the_event_dates_touched(stub):
    answer(stub, ledger().to_json().encode())
    assert ledger_gate() == ["2026-01-30", DATE]


def test_the_gate_fails_with_every_sentence_in_one_line(stub):
    answer(stub, quarantined(2000, unreadable_objects=["a"]).to_json().encode())
    with pytest.raises(GateError, match=r"1 raw objects could not be read.*; quarantine share 100.00%"):
        ledger_gate()


def test_no_ledger_means_the_run_did_not_finish(stub):
    stub(S3Hook, "s3").add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(GateError, match=r"no ledger at s3://the-processed/ledger/ingest_date=2026-01-31/ledger.json: "):
        ledger_gate()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_ledger_that_is_none_is_named(stub, body):
    answer(stub, body)
    with pytest.raises(GateError, match=r"^the ledger s3://the-processed/ledger/.* is not"):
        ledger_gate()


def test_a_ledger_of_another_contract_says_what_it_lacks(stub):
    document = ledger_document()
    del document["rows_late"], document["versions"]
    answer(stub, json.dumps(document).encode())
    with pytest.raises(GateError, match=r" lacks rows_late, versions: .*deploy it, then clear transform_events"):
        ledger_gate()


def promise(stub, tables: list[dict[str, Any]], written: dict[str, int], touched: list[str] | None = None):
    event_dates = sorted(written) if touched is None else touched
    found = ledger(rows_written_by_event_date=written, event_dates=event_dates)
    stub(S3Hook, "s3").add_response("get_object", ledger_answer(found.to_json().encode()))
    glue = stub(GlueCatalogHook, "glue")
    glue.add_response("get_tables", {"TableList": tables}, {"DatabaseName": "the_database"})
    return glue


def promise_partitions(glue, asked: Sequence[tuple[str, ...]], present: Sequence[tuple[str, ...]]) -> None:
    glue.add_response(
        "batch_get_partition",
        {"Partitions": [{"Values": list(values)} for values in present]},
        {
            "DatabaseName": "the_database",
            "TableName": "events",
            "PartitionsToGet": [{"Values": list(v)} for v in asked],
        },
    )


def catalog_gate() -> None:
    check_catalog.function(DATE, ["2026-01-30", DATE])


def test_a_catalog_with_all_partitions_of_the_run_passes(stub):
    glue = promise(stub, [table()], {"2026-01-30": 1, DATE: 2})
    wanted = [("2026", "01", "30", DATE), ("2026", "01", "31", DATE)]
    promise_partitions(glue, wanted, wanted)
    catalog_gate()


def test_a_partition_that_was_written_and_is_not_catalogued_is_named(stub):
    glue = promise(stub, [table()], {"2026-01-30": 1, DATE: 2})
    wanted = [("2026", "01", "30", DATE), ("2026", "01", "31", DATE)]
    promise_partitions(glue, wanted, wanted[:1])
    with pytest.raises(
        GateError,
        match=r"1 of 2 partitions are not in the catalog: "
        r"year=2026/month=01/day=31/ingest_date=2026-01-31: clear crawl_events",
    ):
        catalog_gate()


def test_a_day_without_written_events_needs_no_table(stub):
    promise(stub, [], {})
    catalog_gate()


def test_written_events_need_a_table(stub):
    promise(stub, [], {DATE: 2})
    with pytest.raises(GateError, match=r"table the_database\.events is missing"):
        catalog_gate()


def test_a_second_table_fails_the_gate(stub):
    promise(stub, [table(), {"Name": "year_2026", **CRAWLED}], {DATE: 2})
    with pytest.raises(GateError, match="also made year_2026"):
        catalog_gate()


def test_a_ledger_that_vanished_is_named(stub):
    stub(S3Hook, "s3").add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(GateError, match="the ledger of 2026-01-31 is gone"):
        catalog_gate()


class OutletEvents:
    """Gives the one event there is; like Airflow's own it takes an asset, which has no hash before Airflow 3.1."""

    def __init__(self, event: Any) -> None:
        self.event = event

    def __getitem__(self, asset: Any) -> Any:
        assert asset == events_asset()
        return self.event


def test_the_update_of_the_events_table_names_the_dates(daily, stub):
    promise(stub, [], {}, touched=[])
    update = SimpleNamespace(extra=None)
    task = copy.copy(daily.get_task("check_catalog"))
    task.op_kwargs, task.op_args = {"arrival_date": DATE, "event_dates": ["2026-01-30", DATE]}, ()
    # Airflow offers a step its whole context; it must take from that what it names and no more.
    task.execute({"ti": TaskInstance(), "outlet_events": OutletEvents(update), "dag": daily, "params": {}})
    assert update.extra == {"arrival_date": DATE, "event_dates": ["2026-01-30", DATE]}


def test_arguments_that_an_older_operator_does_not_know_are_left_out():
    class Operator:
        def __init__(self, known: int) -> None:
            self.known = known

    assert events._where_known(Operator, known=1, newer=2) == {"known": 1}
