"""The rules about DAGs, each a test over all of them; then the edges and operators of clickstream_daily."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
import pytest
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import XComArg
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable

from clickstream.contract import load_contract
from clickstream.failures import log_failure

DAG_IDS = {"clickstream_daily", "clickstream_freshness", "clickstream_plan", "clickstream_replay"}
MAX_LINES = 40
MAX_PARSE_S = 1.0
REPORTS = [f"report_{report.name}" for report in load_contract().reports]
WINDOWED = [f"report_{report.name}" for report in load_contract().reports if report.is_windowed]
ONE_DAY = [report for report in REPORTS if report not in WINDOWED]
# What each step is handed by which others, besides what only has to come before it.
DATA = {
    "wait_for_arrival": {"resolve_date"},
    "wait_for_raw_events": {"resolve_date"},
    "transform_events": {"resolve_date"},
    "check_ledger": {"resolve_date", "transform_events"},
    "check_catalog": {"resolve_date", "check_ledger"},
    "resolve_report_dates": {"check_ledger"},
    **{report: {"check_ledger"} for report in ONE_DAY},
    **{report: {"resolve_report_dates"} for report in WINDOWED},
    "publish_dashboard": {"check_ledger", "resolve_report_dates", *REPORTS},
}
ORDER = {
    "wait_for_raw_events": {"wait_for_arrival"},
    "transform_events": {"wait_for_raw_events"},
    "crawl_events": {"check_ledger"},
    "check_catalog": {"crawl_events"},
    "resolve_report_dates": {"check_catalog"},
    **{report: {"resolve_report_dates"} for report in ONE_DAY},
}
PARSE = """
import json, socket, sqlite3, sys, time
import airflow.models, airflow.sdk
import airflow.providers.amazon.aws.operators.athena, airflow.providers.amazon.aws.operators.glue
import airflow.providers.amazon.aws.operators.glue_crawler, airflow.providers.amazon.aws.sensors.s3
import airflow.providers.standard.operators.python, airflow.providers.standard.triggers.temporal
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag

def refuse(*arguments, **keywords):
    raise AssertionError("parsing must not reach for the network or a database")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = sqlite3.connect = refuse
started = time.perf_counter()
bag = DagBag(sys.argv[1])
seconds = time.perf_counter() - started
print("RESULT" + json.dumps({"errors": bag.import_errors, "ids": sorted(bag.dags), "seconds": seconds}))
"""


@pytest.fixture(scope="module")
def parsed(dag_bag):
    """How a fresh process without network and database parses the DAGs folder."""
    environment = {**os.environ, "PYTHONPATH": str(dag_bag.dag_folder)}
    command = [sys.executable, "-c", PARSE, str(dag_bag.dag_folder)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(result.stdout.rpartition("RESULT")[2].splitlines()[0])


def test_exactly_these_dags_exist(dag_bag):
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dags) == DAG_IDS


def test_a_dag_has_the_name_of_its_file(dag_bag):
    assert all(Path(dag.fileloc).stem == dag_id for dag_id, dag in dag_bag.dags.items())


def test_a_dag_file_has_at_most_40_lines(dag_bag):
    for dag in dag_bag.dags.values():
        assert len(Path(dag.fileloc).read_text().splitlines()) <= MAX_LINES, dag.dag_id


def test_parsing_touches_neither_network_nor_database(parsed):
    assert parsed["errors"] == {}
    assert set(parsed["ids"]) == DAG_IDS


def test_parsing_all_dags_takes_less_than_a_second(parsed):
    assert parsed["seconds"] < MAX_PARSE_S


def test_every_dag_is_tagged_documented_bounded_and_does_not_catch_up(dag_bag):
    for dag in dag_bag.dags.values():
        assert "clickstream" in dag.tags
        assert "When it fails" in dag.doc_md
        assert "safe" in dag.doc_md
        assert dag.dagrun_timeout is not None
        assert dag.catchup is False


def test_every_task_has_owner_retries_timeout_docs_and_reports_its_failure(dag_bag):
    for dag in dag_bag.dags.values():
        for task in dag.tasks:
            operator = task.partial_kwargs if task.is_mapped else vars(task)
            assert task.owner == "clickstream", task.task_id
            assert task.retries == 2, task.task_id
            assert task.retry_delay == timedelta(seconds=300), task.task_id
            assert task.execution_timeout is not None, task.task_id
            assert operator["doc_md"], task.task_id
            callbacks = operator["on_failure_callback"]
            assert log_failure in (callbacks if isinstance(callbacks, list) else [callbacks]), task.task_id


def test_nothing_in_the_dags_folder_knows_the_local_aws(dag_bag):
    files = [path for path in Path(dag_bag.dag_folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [path.name for path in files if b"local_aws" in path.read_bytes()] == []


def test_the_daily_run_has_the_whole_day_before_as_its_interval(daily):
    assert isinstance(daily.timetable, CronDataIntervalTimetable)
    interval = daily.timetable.infer_manual_data_interval(run_after=pendulum.datetime(2026, 3, 1, 0, 0, tz="UTC"))
    assert (interval.start, interval.end) == (
        pendulum.datetime(2026, 2, 28, tz="UTC"),
        pendulum.datetime(2026, 3, 1, tz="UTC"),
    )


def references(task: Any) -> set[str]:
    """The tasks whose results the task is handed."""
    if task.is_mapped:
        found = task.expand_input.iter_references()
    else:
        found = (one for field in task.template_fields for one in XComArg.iter_xcom_references(getattr(task, field)))
    return {operator.task_id for operator, _ in found}


def test_the_steps_of_the_daily_run_are_handed_what_they_need(daily):
    assert {task.task_id: references(task) for task in daily.tasks if references(task)} == DATA


def test_the_steps_of_the_daily_run_follow_each_other(daily):
    expected = {task.task_id: DATA.get(task.task_id, set()) | ORDER.get(task.task_id, set()) for task in daily.tasks}
    assert {task.task_id: set(task.upstream_task_ids) for task in daily.tasks} == expected


def test_the_steps_of_all_dags_have_the_names_that_alarms_and_runbook_know(dag_bag):
    made = ["check_ledger", "crawl_events", "check_catalog", "resolve_report_dates", *REPORTS, "publish_dashboard"]
    expected = {
        "clickstream_daily": {"resolve_date", "wait_for_arrival", "wait_for_raw_events", "transform_events", *made},
        "clickstream_replay": {"resolve_date", "transform_events", *made},
        "clickstream_freshness": {"resolve_date", "check_freshness"},
        "clickstream_plan": {"plan_backfill"},
    }
    assert {dag_id: set(dag.task_ids) for dag_id, dag in dag_bag.dags.items()} == expected


def test_a_replay_is_handed_the_date_too(dag_bag):
    script_args = dag_bag.dags["clickstream_replay"].get_task("transform_events").script_args
    assert script_args["--ingest_date"].operator.task_id == "resolve_date"
    assert script_args["--replay_reasons"] == "{{ params.reason }}"


def test_what_a_step_needs_of_another_is_an_argument(dag_bag):
    """Only the callback that tells of a failure asks for the date by itself: nothing can hand it over."""
    code = {path: path.read_text() for path in Path(dag_bag.dag_folder).rglob("*.py")}
    assert [path.name for path, text in code.items() if "xcom_pull" in text] == ["failures.py"]


def test_the_steps_are_the_amazon_providers_own_operators(daily):
    expected = {
        "wait_for_raw_events": S3KeySensor,
        "transform_events": GlueJobOperator,
        "check_ledger": PythonOperator,
        "crawl_events": GlueCrawlerOperator,
        "check_catalog": PythonOperator,
        "resolve_report_dates": PythonOperator,
        "publish_dashboard": PythonOperator,
        **dict.fromkeys(REPORTS, AthenaOperator),
    }
    for task_id, base in expected.items():
        task = daily.get_task(task_id)
        assert issubclass(task.operator_class if task.is_mapped else type(task), base), task_id


def test_glue_and_the_crawler_are_given_names_and_the_date_only(daily):
    glue, crawler = daily.get_task("transform_events"), daily.get_task("crawl_events")
    assert glue.job_name == "the-job"
    assert glue.script_args.keys() == {"--ingest_date"}
    assert (glue.script_location, glue.create_job_kwargs, glue.iam_role_name, glue.update_config) == (
        None,
        None,
        None,
        False,
    )
    assert crawler.config == {"Name": "the-crawler"}


def test_waiting_costs_no_worker(daily):
    assert all(daily.get_task(name).deferrable for name in ("wait_for_raw_events", "transform_events", "crawl_events"))


def test_a_retry_joins_the_glue_run_that_is_going_and_a_kill_stops_it(daily):
    glue = daily.get_task("transform_events")
    assert glue.stop_job_run_on_kill is True
    if hasattr(glue, "resume_glue_job_on_retry"):
        assert glue.resume_glue_job_on_retry is True


def test_airflow_waits_longer_than_the_glue_jobs_own_timeout(daily):
    glue = daily.get_task("transform_events")
    own_limit = timedelta(minutes=load_contract().glue.timeout_minutes)
    assert glue.execution_timeout > own_limit
    assert timedelta(seconds=glue.waiter_delay * glue.waiter_max_attempts) > own_limit
    assert daily.dagrun_timeout > glue.execution_timeout


def test_a_report_that_reads_several_days_is_mapped_over_the_later_dates_too(dag_bag):
    assert WINDOWED
    for dag_id in ("clickstream_daily", "clickstream_replay"):
        for name in REPORTS:
            ((mapped_over, _),) = dag_bag.dags[dag_id].get_task(name).expand_input.iter_references()
            assert mapped_over.task_id == ("resolve_report_dates" if name in WINDOWED else "check_ledger"), name


def test_the_date_is_a_field_that_may_stay_empty(daily):
    schema = daily.params.get_param("date").schema
    assert daily.params["date"] is None
    assert (schema["type"], schema["format"]) == (["null", "string"], "date")


def test_a_day_without_reports_gets_to_the_dashboard_and_one_before_the_first_event_does_not(daily):
    """On the one only the reports are skipped, on the other everything is."""
    publish = daily.get_task("publish_dashboard")
    assert publish.trigger_rule == "none_failed_min_one_success"
    assert "check_ledger" in publish.upstream_task_ids
    others = [task.task_id for task in daily.tasks if task is not publish and task.trigger_rule != "all_success"]
    assert others == []


@pytest.mark.parametrize("dag_id", ["clickstream_daily", "clickstream_freshness"])
def test_unpausing_it_starts_a_run_of_a_day_that_is_over(dag_bag, dag_id):
    """So in a new deployment the first run is of a day before it: it must not fail for that."""
    dag, now = dag_bag.dags[dag_id], datetime.now(UTC)
    restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup)
    first = dag.timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
    assert first.run_after <= now
    assert now - timedelta(days=2) < first.data_interval.start < now - timedelta(days=1) + timedelta(minutes=1)


def test_no_trigger_reads_the_log_of_a_glue_run(dag_bag):
    """The provider's does, where it is told to, and ends in an error where CloudWatch refuses."""
    runs = [dag.get_task("transform_events") for dag in dag_bag.dags.values() if dag.has_task("transform_events")]
    assert len(runs) == 2
    assert not any(run.verbose for run in runs)
