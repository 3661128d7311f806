"""Checks, at a set hour UTC, that the reports of the day before are there, whoever or whatever was to make them.

**When it fails**: the line `CLICKSTREAM TASK FAILED check_freshness` names what is missing. Look at the run of
`clickstream_daily` for that date: it failed, still waits, or was never started (is the DAG paused?).
**Clearing**: it only looks, so clearing it, or triggering it with a `date`, is safe.

The hour is `reports_due_hour` in contract.json.
"""

import pendulum
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from clickstream import dag_arguments
from clickstream.contract import load_contract
from clickstream.failures import on_dag_failure
from clickstream.steps.arrival import resolve_date
from clickstream.steps.freshness import check_freshness

with DAG(
    dag_id="clickstream_freshness",
    schedule=CronDataIntervalTimetable(f"0 {load_contract().thresholds.reports_due_hour} * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=dag_arguments.LOOK_TIMEOUT,
    default_args=dag_arguments.default_args(),
    params=dag_arguments.params(),
    on_failure_callback=on_dag_failure(),
    doc_md=__doc__,
    tags=["clickstream"],
):
    check_freshness(resolve_date())
