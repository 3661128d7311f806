"""What other teams' DAGs can follow."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream.assets import report_asset
from clickstream.contract import load_contract


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


def test_a_report_has_an_asset_of_its_own():
    assert len({report_asset(report).uri for report in load_contract().reports}) == len(load_contract().reports)
