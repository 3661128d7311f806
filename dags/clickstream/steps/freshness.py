"""The step of the DAG that checks whether a day's reports are there by a set hour."""

from __future__ import annotations

import logging
from datetime import date

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import task

from clickstream.contract import keys, load_contract
from clickstream.errors import GateError
from clickstream.gates.first_event import had_begun
from clickstream.gates.ledger import read_ledger
from clickstream.settings import load_settings

log = logging.getLogger(__name__)


@task(doc_md="Names what is missing. Look at the daily run of that date.")
def check_freshness(arrival_date: str) -> None:
    """Let the run go on only if the arrival date was processed and its reports and its page were published.

    A day on which no event was written has neither reports nor a page; a report without rows has no file. Before the
    first event of all there is nothing to be there.

    :raises GateError: naming what is missing
    """
    contract, settings, day = load_contract(), load_settings(), date.fromisoformat(arrival_date)
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id)
    advice = f"look at the run of {contract.project}_daily for that date"
    ledger = read_ledger(s3, settings.processed_bucket, day)
    if ledger is None and not had_begun(s3, settings.raw_bucket, settings.processed_bucket, day):
        log.info("Nothing had ever arrived in s3://%s by the end of %s", settings.raw_bucket, arrival_date)
        return
    if ledger is None:
        raise GateError(f"no ledger of {arrival_date}: the day was not processed; {advice}")
    always_there = [report for report in contract.reports if not report.may_be_empty]
    published = {f"report {report.name}": keys.report_folder(report, day, contract) for report in always_there}
    published["the dashboard page"] = keys.dashboard_key(day, contract)
    if not ledger.rows_written_by_event_date.get(day):
        log.info("No event of %s was written on that day: nothing to publish", arrival_date)
        return
    missing = [
        name
        for name, prefix in published.items()
        if not s3.list_keys(settings.reports_bucket, prefix=prefix, max_items=1)
    ]
    if missing:
        raise GateError(f"{', '.join(missing)} of {arrival_date} not published: {advice}")
    log.info("The ledger, %d reports and the page of %s are there", len(always_there), arrival_date)
