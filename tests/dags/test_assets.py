"""What other teams' DAGs can follow."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest

from clickstream.assets import events_asset, report_asset
from clickstream.contract import load_contract
from clickstream.gates import catalog


def outlets(task: Any) -> list[tuple[str, str]]:
    given = task.partial_kwargs.get("outlets") if hasattr(task, "partial_kwargs") else task.outlets
    return [(asset.name, asset.uri) for asset in given or []]


def test_the_events_table_is_updated_once_the_catalog_was_checked(daily):
    assert outlets(daily.get_task("check_catalog")) == [("clickstream_events", "s3://the-processed/events")]


@pytest.mark.parametrize("name", [report.name for report in load_contract().reports])
def test_each_report_is_updated_by_its_own_task(daily, name):
    expected = [(f"clickstream_{name}", f"s3://the-reports/reports/{name}")]
    assert outlets(daily.get_task(f"report_{name}")) == expected


def test_only_these_tasks_update_assets(daily):
    updating = {task.task_id for task in daily.tasks if outlets(task)}
    assert updating == {"check_catalog", *(f"report_{report.name}" for report in load_contract().reports)}


class OutletEvents:
    """Gives the one event there is; like Airflow's own it takes an asset, which has no hash before Airflow 3.1."""

    def __init__(self, event: Any) -> None:
        self.event = event

    def __getitem__(self, asset: Any) -> Any:
        assert asset == events_asset()
        return self.event


def test_the_update_of_the_events_table_names_the_dates(daily, monkeypatch):
    seen: dict[str, str] = {}

    def check(arrival_date, database, crawler_name, processed_bucket, aws_conn_id):
        seen.update(database=database, crawler_name=crawler_name, processed_bucket=processed_bucket)

    monkeypatch.setattr(catalog, "check_catalog", check)
    update = SimpleNamespace(extra=None)
    instance = SimpleNamespace(xcom_pull=lambda task_ids: ["2026-01-14", "2026-01-15"])
    task = copy.copy(daily.get_task("check_catalog"))
    task.op_kwargs = {**task.op_kwargs, "arrival_date": "2026-01-15"}
    # Airflow offers a step its whole context; it must take from that what it names and no more.
    task.execute({"ti": instance, "outlet_events": OutletEvents(update), "dag": daily, "params": {}})
    assert update.extra == {"arrival_date": "2026-01-15", "event_dates": ["2026-01-14", "2026-01-15"]}
    assert seen == {"database": "the_database", "crawler_name": "the-crawler", "processed_bucket": "the-processed"}


def test_a_report_has_an_asset_of_its_own():
    assert len({report_asset(report).uri for report in load_contract().reports}) == len(load_contract().reports)
