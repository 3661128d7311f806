"""The tasks of the DAGs that only look: is everything there, and what would a backfill cost."""

from __future__ import annotations

import logging
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import load_contract
from clickstream.dates import InvalidDateError, parse_date
from clickstream.errors import ArrivalDateError
from clickstream.gates import freshness
from clickstream.operators.arrival import StepOperator
from clickstream.plan import plan_backfill as plan_dates
from clickstream.plan import plan_lines
from clickstream.settings import load_settings
from clickstream.tasks import ARRIVAL_DATE

log = logging.getLogger(__name__)


def check_freshness() -> StepOperator:
    """Fail when the date's reports are not there."""
    settings = load_settings()
    return StepOperator(
        task_id="check_freshness",
        python_callable=freshness.check_freshness,
        op_kwargs={
            "arrival_date": ARRIVAL_DATE,
            "processed_bucket": settings.processed_bucket,
            "reports_bucket": settings.reports_bucket,
            "aws_conn_id": settings.aws_conn_id,
        },
        doc_md="Names what is missing. Look at the daily run of that date.",
    )


def plan_backfill() -> StepOperator:
    """Log what a backfill of a range would read and cost."""
    return StepOperator(
        task_id="plan_backfill",
        python_callable=_plan_backfill,
        doc_md="The plan is in the log, a line a date.",
    )


def _plan_backfill(**context: Any) -> None:
    settings = load_settings()
    try:
        first, last = (parse_date(context["params"][name]) for name in ("from_date", "to_date"))
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
    for line in plan_lines(plan):
        log.info("%s", line)
