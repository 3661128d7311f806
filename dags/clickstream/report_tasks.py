"""The tasks of the DAGs that rebuild reports and what is made of them, each made by one function."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.assets import report_asset
from clickstream.contract import load_contract
from clickstream.dashboard import publish
from clickstream.operators.arrival import StepOperator
from clickstream.operators.report import BYTES_SCANNED_KEY, ReportOperator
from clickstream.operators.waiting import BOTOCORE_CONFIG, attempts
from clickstream.reports import dates as report_dates
from clickstream.settings import load_settings

QUERY_TIMEOUT = timedelta(minutes=30)  # Athena's own default limit of a query
# While other runs rebuild the same report of the same event date, a query each.
REPORT_TURN_LIMIT = timedelta(hours=2)

log = logging.getLogger(__name__)


def resolve_report_dates() -> StepOperator:
    """Decide for which dates the reports that read several days are rebuilt, and the dashboard with them."""
    return StepOperator(
        task_id="resolve_report_dates",
        python_callable=_resolve_report_dates,
        doc_md="The dates touched, and later ones whose reports read them. Clearing is safe.",
    )


def _resolve_report_dates(ti: Any) -> list[str]:
    settings = load_settings()
    event_dates = ti.xcom_pull(task_ids="check_ledger")
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id).get_conn()
    dates = report_dates.resolve_report_dates(event_dates, s3, settings.reports_bucket, load_contract())
    later = sorted(set(dates) - set(event_dates))
    log.info("Event dates touched: %s; later dates whose reports read them: %s", *map(_listed, (event_dates, later)))
    return dates


def _listed(dates: list[str]) -> str:
    return ", ".join(dates) or "none"


def reports(event_dates: Any, window_dates: Any) -> list[Any]:
    """One task a report of the contract, mapped over the dates for which it is out of date.

    :param event_dates: check_ledger's output, the event dates that the run touched
    :param window_dates: resolve_report_dates' output, for the reports that read several days
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
            query_limit=QUERY_TIMEOUT,
            turn_limit=REPORT_TURN_LIMIT,
            execution_timeout=REPORT_TURN_LIMIT + QUERY_TIMEOUT,
            aws_conn_id=settings.aws_conn_id,
            botocore_config=BOTOCORE_CONFIG,
            outlets=[report_asset(report)],
            doc_md=f"{report.title}. The message is Athena's own. Clearing rebuilds the report of that event date.",
        ).expand(event_date=window_dates if report.is_windowed else event_dates)
        for report in load_contract().reports
    ]


def publish_dashboard() -> StepOperator:
    """Write the page of each date that has a new report."""
    return StepOperator(
        task_id="publish_dashboard",
        python_callable=_publish_dashboard,
        trigger_rule="none_failed",  # on a day without written events there are no reports, and that is no failure
        doc_md="Writes one page an event date from the reports and ledgers as they are. Clearing is safe.",
    )


def _publish_dashboard(ti: Any) -> list[str]:
    dates = ti.xcom_pull(task_ids="resolve_report_dates")
    return publish.publish(dates, _bytes_scanned(ti, dates), load_settings())


def _bytes_scanned(ti: Any, window_dates: list[str]) -> dict[tuple[str, date], int]:
    """What each report's query scanned, by report name and date; without those that did not tell of every date."""
    event_dates = ti.xcom_pull(task_ids="check_ledger")
    scanned: dict[tuple[str, date], int] = {}
    for report in load_contract().reports:
        dates = window_dates if report.is_windowed else event_dates
        # Of all map indexes, in their order. One pull a report: one a date takes minutes where many are rebuilt.
        found = ti.xcom_pull(task_ids=[f"report_{report.name}"], key=BYTES_SCANNED_KEY)
        if len(found) == len(dates) and None not in found:
            scanned |= {(report.name, date.fromisoformat(day)): count for day, count in zip(dates, found, strict=True)}
    return scanned
