"""The steps that rebuild reports and what is made of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import XComArg, task

from clickstream.assets import report_asset
from clickstream.contract import load_contract
from clickstream.dashboard.publish import publish_pages
from clickstream.operators.report_query import BYTES_SCANNED_KEY, ReportOperator
from clickstream.operators.slot import BOTOCORE_CONFIG, attempts
from clickstream.reports.outdated import outdated_dates
from clickstream.settings import load_settings

QUERY_TIMEOUT = timedelta(minutes=30)  # Athena's own default limit of a query
# While other runs rebuild the same report of the same event date, a query each.
REPORT_SLOT_LIMIT = timedelta(hours=2)

log = logging.getLogger(__name__)


@task(doc_md="The dates touched, and later ones whose reports read them. Clearing is safe.")
def resolve_report_dates(event_dates: list[str]) -> list[str]:
    """Decide for which dates the reports that read several days are rebuilt, and the dashboard with them.

    :param event_dates: check_ledger's, those that the run touched
    """
    settings = load_settings()
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id).get_conn()
    dates = outdated_dates(event_dates, s3, settings.reports_bucket, load_contract())
    later = sorted(set(dates) - set(event_dates))
    touched, reading = (", ".join(days) or "none" for days in (event_dates, later))
    log.info("Event dates touched: %s; later dates whose reports read them: %s", touched, reading)
    return dates


def build_reports(event_dates: Any, report_dates: Any) -> dict[str, XComArg]:
    """One task a report of the contract, ``report_<name>``, mapped over the dates for which it is out of date.

    :param event_dates: check_ledger's, those that the run touched
    :param report_dates: resolve_report_dates', for the reports that read several days
    :returns: by report name, how many bytes its queries scanned, date by date
    """
    settings = load_settings()
    mapped = {
        report.name: ReportOperator.partial(
            task_id=f"report_{report.name}",
            map_index_template="{{ task.event_date }}",
            report_name=report.name,
            reports_bucket=settings.reports_bucket,
            database=settings.database,
            workgroup=settings.workgroup,
            sleep_time=settings.poll_interval_s,
            max_polling_attempts=attempts(QUERY_TIMEOUT, settings.poll_interval_s),
            query_limit=QUERY_TIMEOUT,
            slot_limit=REPORT_SLOT_LIMIT,
            execution_timeout=REPORT_SLOT_LIMIT + QUERY_TIMEOUT,
            aws_conn_id=settings.aws_conn_id,
            botocore_config=BOTOCORE_CONFIG,
            outlets=[report_asset(report)],
            doc_md=f"{report.title}. The message is Athena's own. Clearing rebuilds the report of that event date.",
        ).expand(event_date=report_dates if report.is_windowed else event_dates)
        for report in load_contract().reports
    }
    return {name: XComArg(step, key=BYTES_SCANNED_KEY) for name, step in mapped.items()}


@task(
    # On a day without written events there are no reports, and that is no failure; before the first event of all there
    # is nothing to publish.
    trigger_rule="none_failed_min_one_success",
    doc_md="Writes one page an event date from the reports and ledgers as they are. Clearing is safe.",
)
def publish_dashboard(
    event_dates: list[str], report_dates: list[str], bytes_scanned: Mapping[str, Sequence[int]]
) -> list[str]:
    """Write the page of each date that has a new report.

    :param bytes_scanned: build_reports'
    :returns: where the pages lie, as S3 URIs
    """
    scanned: dict[tuple[str, date], int] = {}
    for report in load_contract().reports:
        dates = report_dates if report.is_windowed else event_dates
        # The slice asks Airflow once for all dates: one request a date takes minutes where many are rebuilt.
        counts = bytes_scanned[report.name][:]
        if len(counts) == len(dates):  # else some did not tell, and which is unknown
            scanned |= {(report.name, date.fromisoformat(day)): count for day, count in zip(dates, counts, strict=True)}
    return publish_pages(report_dates, scanned, load_settings())
