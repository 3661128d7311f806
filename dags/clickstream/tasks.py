"""The tasks of the DAGs that process a date, each made by one function. Parsing a DAG file does no I/O here."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator

from clickstream.assets import events_asset, note_update
from clickstream.contract import load_contract
from clickstream.dates import InvalidDateError, resolve_arrival_date
from clickstream.errors import ArrivalDateError
from clickstream.gates import catalog as events_catalog
from clickstream.gates import ledger
from clickstream.operators.arrival import RawEventsSensor, StepOperator, WaitForArrivalOperator
from clickstream.operators.glue import DATE_ARGUMENT, REPLAY_ARGUMENT, CrawlEventsOperator, TransformEventsOperator
from clickstream.operators.waiting import BOTOCORE_CONFIG, attempts
from clickstream.settings import load_settings

ARRIVAL_DATE = "{{ ti.xcom_pull(task_ids='resolve_date') }}"
JOB_RUN_ID = "{{ ti.xcom_pull(task_ids='transform_events') or '' }}"

CRAWL_TIMEOUT = timedelta(hours=1)
# Beyond the Glue job's own timeout, which should strike first and says so.
TRANSFORM_MARGIN = timedelta(minutes=30)
# How long to wait while others use up the job's concurrent runs, or the crawler.
TRANSFORM_TURN_LIMIT = timedelta(hours=4)
CRAWL_TURN_LIMIT = timedelta(hours=1)

log = logging.getLogger(__name__)


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
            allow_today=bool(context["params"].get("allow_today")),
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
    return _glue_run({DATE_ARGUMENT: ARRIVAL_DATE}, "Clearing replaces only this date.")


def replay_quarantined_events() -> TransformEventsOperator:
    """Let records that were quarantined go through the Glue job again."""
    arguments = {DATE_ARGUMENT: ARRIVAL_DATE, REPLAY_ARGUMENT: "{{ params.reason }}"}
    return _glue_run(arguments, "Clearing replays what is still quarantined; nothing is added twice.")


def _glue_run(script_args: dict[str, str], doc_md: str) -> TransformEventsOperator:
    settings = load_settings()
    limit = timedelta(minutes=load_contract().glue["timeout_minutes"]) + TRANSFORM_MARGIN
    return TransformEventsOperator(
        task_id="transform_events",
        job_name=settings.glue_job_name,
        script_args=script_args,
        deferrable=True,
        verbose=True,
        stop_job_run_on_kill=True,
        turn_limit=TRANSFORM_TURN_LIMIT,
        waiter_delay=settings.poll_interval_s,
        waiter_max_attempts=attempts(limit, settings.poll_interval_s),
        execution_timeout=TRANSFORM_TURN_LIMIT + limit,
        aws_conn_id=settings.aws_conn_id,
        botocore_config=BOTOCORE_CONFIG,
        # The provider of Airflow 3.0 does not know it; the hook joins the date's run there as well.
        **_where_known(GlueJobOperator, resume_glue_job_on_retry=True),
        doc_md=f"The message is Glue's own; the driver's output stands above it. {doc_md}",
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
        turn_limit=CRAWL_TURN_LIMIT,
        execution_timeout=CRAWL_TURN_LIMIT + CRAWL_TIMEOUT,
        aws_conn_id=settings.aws_conn_id,
        botocore_config=BOTOCORE_CONFIG,
        doc_md="The message is the crawler's own. Clearing is safe.",
    )


def check_catalog() -> StepOperator:
    """Let the run go on only if the events table is the contract's and has every partition of the run."""
    settings = load_settings()
    return StepOperator(
        task_id="check_catalog",
        python_callable=_check_catalog,
        outlets=[events_asset()],
        op_kwargs={
            "arrival_date": ARRIVAL_DATE,
            "database": settings.database,
            "crawler_name": settings.crawler_name,
            "processed_bucket": settings.processed_bucket,
            "aws_conn_id": settings.aws_conn_id,
        },
        doc_md="Names the columns, partitions or tables that differ from the contract. Nothing was published.",
    )


def _check_catalog(
    *,
    arrival_date: str,
    database: str,
    crawler_name: str,
    processed_bucket: str,
    aws_conn_id: str | None,
    ti: Any,
    outlet_events: Any,
) -> None:
    events_catalog.check_catalog(arrival_date, database, crawler_name, processed_bucket, aws_conn_id)
    event_dates = ti.xcom_pull(task_ids="check_ledger")
    context = {"outlet_events": outlet_events}
    note_update(context, events_asset(), arrival_date=arrival_date, event_dates=event_dates)


def _where_known(operator: Any, **arguments: Any) -> dict[str, Any]:
    """Those of the arguments that this version of the operator takes."""
    known = inspect.signature(operator.__init__).parameters
    return {name: value for name, value in arguments.items() if name in known}
