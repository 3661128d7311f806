"""The steps before the Glue job: which date a run is of, and whether its events have arrived."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import task

from clickstream.dates import InvalidDateError, resolve_arrival_date
from clickstream.errors import ArrivalDateError
from clickstream.operators.arrival import RawEventsSensor, WaitForArrivalOperator
from clickstream.settings import load_settings

log = logging.getLogger(__name__)


@task(doc_md="Fails when `date` is no date or that day is not over: trigger again with another date.")
def resolve_date(dag_run: Any = None, params: Any = None) -> str:
    """Decide the arrival date of the run, once, for all other steps; gives it as ``YYYY-MM-DD``."""
    run_type = getattr(dag_run.run_type, "value", dag_run.run_type)
    try:
        day = resolve_arrival_date(
            run_type=str(run_type),
            requested=params.get("date"),
            data_interval_start=dag_run.data_interval_start,
            run_after=dag_run.run_after,
            now=datetime.now(UTC),
            allow_today=bool(params.get("allow_today")),
        )
    except InvalidDateError as error:
        raise ArrivalDateError(str(error)) from None
    log.info("Arrival date %s (%s run)", day, run_type)
    return day.isoformat()


def wait_for_arrival(arrival_date: Any) -> WaitForArrivalOperator:
    """Wait until the arrival date's last events are delivered."""
    return WaitForArrivalOperator(
        task_id="wait_for_arrival",
        arrival_date=arrival_date,
        settle_minutes=load_settings().settle_minutes,
        doc_md="Deferred until `settle_minutes` after the end of the arrival date; past dates do not wait.",
    )


def wait_for_raw_events(arrival_date: Any) -> RawEventsSensor:
    """Wait until the arrival date's folder in the raw zone holds something."""
    settings = load_settings()
    return RawEventsSensor(
        task_id="wait_for_raw_events",
        arrival_date=arrival_date,
        bucket_name=settings.raw_bucket,
        processed_bucket=settings.processed_bucket,
        settle_minutes=settings.settle_minutes,
        timeout_minutes=settings.raw_events_timeout_minutes,
        poke_interval=settings.poll_interval_s,
        aws_conn_id=settings.aws_conn_id,
        doc_md="Fails when nothing arrived: check the producer and the delivery stream, then clear this task.",
    )
