"""Turns one UTC day of raw click events into Parquet, catalogues it and publishes the reports.

- **When it fails**: the last line of the task's log, `CLICKSTREAM TASK FAILED …`, says what broke and what to do.
- **Clearing**: every task rewrites only its own date, so clearing any task, or the whole run, is safe.
- **Running a date by hand**: trigger it with `date`; without one it takes the last complete UTC day.
"""

import pendulum
from airflow.sdk import DAG, chain
from airflow.timetables.interval import CronDataIntervalTimetable

from clickstream import dag_arguments, report_tasks, tasks
from clickstream.notifications import on_dag_failure

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
    check_ledger, report_dates = tasks.check_ledger(), report_tasks.resolve_report_dates()
    chain(
        tasks.resolve_date(),
        tasks.wait_for_arrival(),
        tasks.wait_for_raw_events(),
        tasks.transform_events(),
        check_ledger,
        tasks.crawl_events(),
        tasks.check_catalog(),
        report_dates,
        report_tasks.reports(event_dates=check_ledger.output, window_dates=report_dates.output),
        report_tasks.publish_dashboard(),
    )
