"""A report is added with one SQL file and one contract entry: tables, files, DAG tasks and assets follow from those."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.iac import desired_state
from local_terraform.language.module import Module
from tests.iac.deployed_dags import parse_deployed
from tests.iac.mwaa_airflow import local_module
from tests.tools.checkouts import copy_of_what_terraform_reads

SQL = """-- One row per week, always: how many users.
select cast(count(distinct user_id) as bigint) as user_count
from events
where {{ event_date_range(6) }}
"""
ENTRY = {
    "name": "weekly_users",
    "title": "Users of seven days",
    "order_by": "user_count",
    "reads_days_before": 6,
    "may_be_empty": False,
    "chart": None,
    "columns": [{"name": "user_count", "type": "bigint"}],
}
SHOW = """
report = load_contract().report("weekly_users")
tasks = {dag_id: dag.task_dict.get("report_weekly_users") for dag_id, dag in bag.dags.items()}
print(json.dumps({
    "errors": bag.import_errors,
    "query": reports.report_query(report, date(2026, 1, 1)),
    "mapped_over": {
        dag_id: [reference.task_id for reference, _ in task.expand_input.iter_references()]
        for dag_id, task in tasks.items() if task
    },
    "followed_by": {dag_id: sorted(task.downstream_task_ids) for dag_id, task in tasks.items() if task},
    "assets": [asset.uri for asset in tasks["clickstream_daily"].partial_kwargs["outlets"]],
}))
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A copy of the repository, with the two things that adding a report takes."""
    folder = tmp_path_factory.mktemp("repository")
    copy_of_what_terraform_reads(folder)
    (folder / "sql" / "reports" / "weekly_users.sql").write_text(SQL)
    path = folder / "dags" / "clickstream" / "contract" / "contract.json"
    document = json.loads(path.read_text())
    document["reports"].append(ENTRY)
    path.write_text(json.dumps(document))
    return folder


@pytest.fixture(scope="module")
def module(repository) -> Module:
    return local_module(repository)


@pytest.fixture(scope="module")
def deployed(module, tmp_path_factory) -> Any:
    return parse_deployed(module, tmp_path_factory.mktemp("mwaa"), SHOW)


def test_the_local_aws_gets_its_table(repository):
    tables = [table.arguments for table in desired_state(repository).of("aws_glue_catalog_table")]
    (table,) = [table for table in tables if table["Name"] == "weekly_users"]
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "user_count", "Type": "bigint"}]


@pytest.mark.airflow
def test_its_sql_is_deployed_and_rendered(deployed):
    assert deployed["errors"] == {}
    assert "(year = '2025' and month = '12' and day in ('26', '27', '28', '29', '30', '31'))" in deployed["query"]


@pytest.mark.airflow
def test_the_dags_build_it_for_the_dates_it_reads(deployed):
    building = {"clickstream_daily", "clickstream_replay"}
    assert deployed["mapped_over"] == {dag_id: ["resolve_report_dates"] for dag_id in building}
    assert deployed["followed_by"] == {dag_id: ["publish_dashboard"] for dag_id in building}
    assert len(deployed["assets"]) == 1
    assert deployed["assets"][0].endswith("/reports/weekly_users")
