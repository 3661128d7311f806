"""The step of the DAG that says what a backfill would cost."""

from __future__ import annotations

import logging
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import task

from clickstream.contract import load_contract
from clickstream.costs.backfill import format_plan, plan_dates
from clickstream.dates import InvalidDateError, parse_date
from clickstream.errors import ArrivalDateError
from clickstream.settings import load_settings

log = logging.getLogger(__name__)


@task(doc_md="The plan is in the log, a line a date.")
def plan_backfill(params: Any = None) -> None:
    """Log what a backfill from ``from_date`` to ``to_date`` would read and cost."""
    settings = load_settings()
    try:
        first, last = (parse_date(params[name]) for name in ("from_date", "to_date"))
        plan = plan_dates(
            S3Hook(aws_conn_id=settings.aws_conn_id).get_conn(),
            settings.raw_bucket,
            settings.processed_bucket,
            settings.reports_bucket,
            first,
            last,
            load_contract(),
        )
    except InvalidDateError as error:
        raise ArrivalDateError(str(error)) from None
    for line in format_plan(plan):
        log.info("%s", line)
