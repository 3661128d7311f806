"""Lets the quarantined records of an arrival date go through the Glue job again after a fix, and rebuilds the reports.

What is good now is added to the date's events, once, however often this runs; the rest stays in the quarantine.
The fix comes first: a threshold in contract.json, or the job's code, deployed.

**When it fails**: the last line of the task's log, `CLICKSTREAM TASK FAILED …`, says what broke and what to do.
**Clearing** any task is safe. Where a replay was interrupted the date has no ledger; the next run then does all of it.
"""

import pendulum
from airflow.sdk import DAG, chain

from clickstream import dag_arguments
from clickstream.failures import on_dag_failure
from clickstream.steps.arrival import resolve_date
from clickstream.steps.events import check_catalog, check_ledger, crawl_events, replay_quarantined_events
from clickstream.steps.reports import build_reports, publish_dashboard, resolve_report_dates

with DAG(
    dag_id="clickstream_replay",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=dag_arguments.DAGRUN_TIMEOUT,
    default_args=dag_arguments.default_args(),
    params=dag_arguments.replay_params(),
    on_failure_callback=on_dag_failure(),
    doc_md=__doc__,
    tags=["clickstream"],
):
    date = resolve_date()
    run = replay_quarantined_events(date)
    event_dates = check_ledger(date, run.output)
    report_dates = resolve_report_dates(event_dates)
    bytes_scanned = build_reports(event_dates, report_dates)
    publish_dashboard(event_dates, report_dates, bytes_scanned)
    # Where nothing is handed over, only the order counts.
    chain(event_dates, crawl_events(), check_catalog(date, event_dates), report_dates, [*bytes_scanned.values()])
