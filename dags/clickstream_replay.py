"""Lets the quarantined records of an arrival date go through the Glue job again after a fix, and rebuilds the reports.

What is good now is added to the date's events, once, however often this runs; the rest stays in the quarantine.
The fix comes first: a threshold in contract.json, or the job's code, deployed.

**When it fails**: the last line of the task's log, `CLICKSTREAM TASK FAILED …`, says what broke and what to do.
**Clearing** any task is safe. Where a replay was interrupted the date has no ledger; the next run then does all of it.
"""

import pendulum
from airflow.sdk import DAG, chain

from clickstream import dag_arguments, report_tasks, tasks
from clickstream.notifications import on_dag_failure

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
    check_ledger, report_dates = tasks.check_ledger(), report_tasks.resolve_report_dates()
    chain(
        tasks.resolve_date(),
        tasks.replay_quarantined_events(),
        check_ledger,
        tasks.crawl_events(),
        tasks.check_catalog(),
        report_dates,
        report_tasks.reports(event_dates=check_ledger.output, window_dates=report_dates.output),
        report_tasks.publish_dashboard(),
    )
