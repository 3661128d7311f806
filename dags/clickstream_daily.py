"""Turns one UTC day of raw click events into Parquet, catalogues it and publishes the reports.

- **When it fails**: the last line of the task's log, `CLICKSTREAM TASK FAILED …`, says what broke and what to do.
- **Clearing**: every task rewrites only its own date, so clearing any task, or the whole run, is safe.
- **Running a date by hand**: trigger it with `date`; without one it takes the last complete UTC day.
"""

import pendulum
from airflow.sdk import DAG, chain
from airflow.timetables.interval import CronDataIntervalTimetable

from clickstream import dag_arguments
from clickstream.failures import on_dag_failure
from clickstream.steps.arrival import resolve_date, wait_for_arrival, wait_for_raw_events
from clickstream.steps.events import check_catalog, check_ledger, crawl_events, transform_events
from clickstream.steps.reports import build_reports, publish_dashboard, resolve_report_dates

with DAG(
    dag_id="clickstream_daily",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),  # the day before; why midnight: docs/decisions
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,  # of scheduled and manual runs; `backfill create` has a limit of its own
    dagrun_timeout=dag_arguments.DAGRUN_TIMEOUT,
    default_args=dag_arguments.default_args(),
    params=dag_arguments.params(),
    on_failure_callback=on_dag_failure(),
    doc_md=__doc__,
    tags=["clickstream"],
):
    date = resolve_date()
    run = transform_events(date)
    event_dates = check_ledger(date, run.output)
    report_dates = resolve_report_dates(event_dates)
    bytes_scanned = build_reports(event_dates, report_dates)
    publish_dashboard(event_dates, report_dates, bytes_scanned)
    # Where nothing is handed over, only the order counts.
    chain(wait_for_arrival(date), wait_for_raw_events(date), run)
    chain(event_dates, crawl_events(), check_catalog(date, event_dates), report_dates, [*bytes_scanned.values()])
