"""The tasks of the DAGs, each made by one function. Nothing here does I/O when a DAG file is parsed."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import Param

from clickstream import catalog as events_catalog
from clickstream import dashboard, ledger
from clickstream.contract import load_contract
from clickstream.dates import InvalidDateError, resolve_arrival_date
from clickstream.errors import ArrivalDateError, log_failure
from clickstream.operators import (
    CrawlEventsOperator,
    RawEventsSensor,
    ReportOperator,
    StepOperator,
    TransformEventsOperator,
    WaitForArrivalOperator,
    attempts,
)
from clickstream.settings import load_settings

OWNER = "clickstream"
ARRIVAL_DATE = "{{ ti.xcom_pull(task_ids='resolve_date') }}"
JOB_RUN_ID = "{{ ti.xcom_pull(task_ids='transform_events') or '' }}"

DAGRUN_TIMEOUT = timedelta(hours=8)
TASK_TIMEOUT = timedelta(minutes=10)
CRAWL_TIMEOUT = timedelta(hours=1)
QUERY_TIMEOUT = timedelta(minutes=30)  # Athena's own default limit of a query
# Beyond the Glue job's own timeout, which should strike first and says so.
TRANSFORM_MARGIN = timedelta(minutes=30)

log = logging.getLogger(__name__)


def default_args() -> dict[str, Any]:
    """What every task of every DAG has."""
    settings = load_settings()
    return {
        "owner": OWNER,
        "retries": settings.retries,
        "retry_delay": timedelta(seconds=settings.retry_delay_s),
        "execution_timeout": TASK_TIMEOUT,
        "on_failure_callback": log_failure,
    }


def params() -> dict[str, Param]:
    """What a person may give when triggering a run by hand."""
    return {
        "date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Arrival date (UTC)",
            description="The day whose arrived events are processed. Empty: the last complete UTC day. "
            "Scheduled and backfill runs ignore it.",
        )
    }


def resolve_date() -> StepOperator:
    """Decide the arrival date of the run, once, for all other tasks."""
    return StepOperator(
        task_id="resolve_date",
        python_callable=_resolve_date,
        doc_md="Fails when `date` is no date or that day is not over: trigger again with another date.",
    )


def _resolve_date(**context: Any) -> str:
    run = context["dag_run"]
    run_type = getattr(run.run_type, "value", run.run_type)
    try:
        day = resolve_arrival_date(
            run_type=str(run_type),
            requested=context["params"].get("date"),
            data_interval_start=run.data_interval_start,
            run_after=run.run_after,
            now=datetime.now(UTC),
        )
    except InvalidDateError as error:
        raise ArrivalDateError(str(error)) from None
    log.info("Arrival date %s (%s run)", day, run_type)
    return day.isoformat()


def wait_for_arrival() -> WaitForArrivalOperator:
    """Wait until the arrival date's last events are delivered."""
    return WaitForArrivalOperator(
        task_id="wait_for_arrival",
        arrival_date=ARRIVAL_DATE,
        settle_minutes=load_settings().settle_minutes,
        doc_md="Deferred until `settle_minutes` after the end of the arrival date; past dates do not wait.",
    )


def wait_for_raw_events() -> RawEventsSensor:
    """Wait until the arrival date's folder in the raw zone holds something."""
    settings = load_settings()
    return RawEventsSensor(
        task_id="wait_for_raw_events",
        arrival_date=ARRIVAL_DATE,
        bucket_name=settings.raw_bucket,
        settle_minutes=settings.settle_minutes,
        timeout_minutes=settings.raw_events_timeout_minutes,
        poke_interval=settings.poll_interval_s,
        aws_conn_id=settings.aws_conn_id,
        doc_md="Fails when nothing arrived: check the producer and the delivery stream, then clear this task.",
    )


def transform_events() -> TransformEventsOperator:
    """Run the Glue job for the arrival date."""
    settings = load_settings()
    limit = timedelta(minutes=load_contract().glue["timeout_minutes"]) + TRANSFORM_MARGIN
    return TransformEventsOperator(
        task_id="transform_events",
        job_name=settings.glue_job_name,
        script_args={"--ingest_date": ARRIVAL_DATE},
        deferrable=True,
        verbose=True,
        stop_job_run_on_kill=True,
        waiter_delay=settings.poll_interval_s,
        waiter_max_attempts=attempts(limit, settings.poll_interval_s),
        execution_timeout=limit,
        aws_conn_id=settings.aws_conn_id,
        # The provider of Airflow 3.0 does not know it; there a retry starts a run of its own.
        **_where_known(GlueJobOperator, resume_glue_job_on_retry=True),
        doc_md="The message is Glue's own; the driver's output stands above it. Clearing replaces only this date.",
    )


def check_ledger() -> StepOperator:
    """Let the run go on only if its ledger keeps every rule; gives the event dates touched."""
    settings = load_settings()
    return StepOperator(
        task_id="check_ledger",
        python_callable=ledger.check_ledger,
        op_kwargs={
            "arrival_date": ARRIVAL_DATE,
            "job_run_id": JOB_RUN_ID,
            "processed_bucket": settings.processed_bucket,
            "aws_conn_id": settings.aws_conn_id,
        },
        doc_md="A broken rule is named with its number and what to do. Nothing was published.",
    )


def crawl_events() -> CrawlEventsOperator:
    """Bring the catalog up to date with what was written."""
    settings = load_settings()
    return CrawlEventsOperator(
        task_id="crawl_events",
        config={"Name": settings.crawler_name},
        deferrable=True,
        poll_interval=settings.poll_interval_s,
        max_active_tis_per_dag=1,
        execution_timeout=CRAWL_TIMEOUT,
        aws_conn_id=settings.aws_conn_id,
        doc_md="The message is the crawler's own. Clearing is safe.",
    )


def check_catalog() -> StepOperator:
    """Let the run go on only if the events table is the contract's and has every partition of the run."""
    settings = load_settings()
    return StepOperator(
        task_id="check_catalog",
        python_callable=events_catalog.check_catalog,
        op_kwargs={
            "arrival_date": ARRIVAL_DATE,
            "database": settings.database,
            "crawler_name": settings.crawler_name,
            "processed_bucket": settings.processed_bucket,
            "aws_conn_id": settings.aws_conn_id,
        },
        doc_md="Names the columns, partitions or tables that differ from the contract. Nothing was published.",
    )


def reports(event_dates: Any) -> list[Any]:
    """One task a report of the contract, mapped over the event dates that the run touched.

    :param event_dates: check_ledger's output
    """
    settings = load_settings()
    return [
        ReportOperator.partial(
            task_id=f"report_{report.name}",
            map_index_template="{{ task.event_date }}",
            report_name=report.name,
            reports_bucket=settings.reports_bucket,
            database=settings.database,
            workgroup=settings.workgroup,
            sleep_time=settings.poll_interval_s,
            max_polling_attempts=attempts(QUERY_TIMEOUT, settings.poll_interval_s),
            execution_timeout=QUERY_TIMEOUT,
            aws_conn_id=settings.aws_conn_id,
            doc_md=f"{report.title}. The message is Athena's own. Clearing rebuilds the report of that event date.",
        ).expand(event_date=event_dates)
        for report in load_contract().reports
    ]


def publish_dashboard() -> StepOperator:
    """Write the page of each event date that the run touched."""
    return StepOperator(
        task_id="publish_dashboard",
        python_callable=_publish_dashboard,
        trigger_rule="none_failed",  # on a day without written events there are no reports, and that is no failure
        doc_md="Writes one page an event date from the reports and ledgers as they are. Clearing is safe.",
    )


def _publish_dashboard(ti: Any) -> list[str]:
    return dashboard.publish(ti.xcom_pull(task_ids="check_ledger"), load_settings())


def _where_known(operator: Any, **arguments: Any) -> dict[str, Any]:
    """Those of the arguments that this version of the operator takes."""
    known = inspect.signature(operator.__init__).parameters
    return {name: value for name, value in arguments.items() if name in known}
