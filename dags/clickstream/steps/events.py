"""The steps that turn raw events into the events table: the Glue job, its gate, the crawler, its gate."""

from __future__ import annotations

import inspect
import logging
from datetime import date, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import task

from clickstream.assets import events_asset, note_update
from clickstream.contract import keys, load_contract
from clickstream.errors import GateError
from clickstream.gates import catalog
from clickstream.gates.ledger import RERUN, broken_rules, read_ledger
from clickstream.operators.crawler import CrawlEventsOperator
from clickstream.operators.glue_job import DATE_ARGUMENT, REPLAY_ARGUMENT, TransformEventsOperator
from clickstream.operators.slot import BOTOCORE_CONFIG, attempts
from clickstream.settings import load_settings

CRAWL_TIMEOUT = timedelta(hours=1)
# Beyond the Glue job's own timeout, which should strike first and says so.
TRANSFORM_MARGIN = timedelta(minutes=30)
# How long to wait while others use up the job's concurrent runs, or the crawler.
JOB_SLOT_LIMIT = timedelta(hours=4)
CRAWLER_SLOT_LIMIT = timedelta(hours=1)

log = logging.getLogger(__name__)


def transform_events(arrival_date: Any) -> TransformEventsOperator:
    """Run the Glue job for the arrival date."""
    return _glue_run({DATE_ARGUMENT: arrival_date}, "Clearing replaces only this date.")


def replay_quarantined_events(arrival_date: Any) -> TransformEventsOperator:
    """Let records that were quarantined go through the Glue job again."""
    arguments = {DATE_ARGUMENT: arrival_date, REPLAY_ARGUMENT: "{{ params.reason }}"}
    return _glue_run(arguments, "Clearing replays what is still quarantined; nothing is added twice.")


def _glue_run(script_args: dict[str, Any], doc_md: str) -> TransformEventsOperator:
    settings = load_settings()
    limit = timedelta(minutes=load_contract().glue.timeout_minutes) + TRANSFORM_MARGIN
    return TransformEventsOperator(
        task_id="transform_events",
        job_name=settings.glue_job_name,
        script_args=script_args,
        deferrable=True,
        stop_job_run_on_kill=True,
        slot_limit=JOB_SLOT_LIMIT,
        waiter_delay=settings.poll_interval_s,
        waiter_max_attempts=attempts(limit, settings.poll_interval_s),
        execution_timeout=JOB_SLOT_LIMIT + limit,
        aws_conn_id=settings.aws_conn_id,
        botocore_config=BOTOCORE_CONFIG,
        # The provider of Airflow 3.0 does not know it; the hook joins the date's run there as well.
        **_where_known(GlueJobOperator, resume_glue_job_on_retry=True),
        doc_md=f"The message is Glue's own; the end of the driver's log stands above it. {doc_md}",
    )


@task(doc_md="A broken rule is named with its number and what to do. Nothing was published.")
def check_ledger(arrival_date: str, job_run_id: str | None) -> list[str]:
    """Let the run go on only if its ledger keeps every rule.

    :param job_run_id: of the Glue run that transform_events waited for
    :returns: the event dates that the run touched
    :raises GateError: naming every rule that is broken, with its number and what to do
    """
    settings, contract, day = load_settings(), load_contract(), date.fromisoformat(arrival_date)
    ledger = read_ledger(S3Hook(aws_conn_id=settings.aws_conn_id), settings.processed_bucket, day)
    if ledger is None:
        raise GateError(
            f"no ledger at s3://{settings.processed_bucket}/{keys.ledger_key(day, contract)}: "
            f"Glue run {job_run_id} did not finish its work (was it stopped?): {RERUN}"
        )
    if broken := broken_rules(ledger, day, job_run_id, contract):
        raise GateError("; ".join(broken))
    log.info(
        "%s: %s rows read = %s written + %s duplicate + %s quarantined; event dates touched: %s",
        arrival_date,
        *(f"{n:,}" for n in (ledger.rows_read, ledger.rows_written, ledger.rows_duplicate, ledger.rows_quarantined)),
        ", ".join(map(str, ledger.event_dates)) or "none",
    )
    return [event_date.isoformat() for event_date in ledger.event_dates]


def crawl_events() -> CrawlEventsOperator:
    """Bring the catalog up to date with what was written."""
    settings = load_settings()
    return CrawlEventsOperator(
        task_id="crawl_events",
        config={"Name": settings.crawler_name},
        deferrable=True,
        poll_interval=settings.poll_interval_s,
        slot_limit=CRAWLER_SLOT_LIMIT,
        execution_timeout=CRAWLER_SLOT_LIMIT + CRAWL_TIMEOUT,
        aws_conn_id=settings.aws_conn_id,
        botocore_config=BOTOCORE_CONFIG,
        doc_md="The message is the crawler's own. Clearing is safe.",
    )


@task(
    outlets=[events_asset()],
    doc_md="Names the columns, partitions or tables that differ from the contract. Nothing was published.",
)
def check_catalog(arrival_date: str, event_dates: list[str], outlet_events: Any = None) -> None:
    """Let the run go on only if the events table is exactly the contract's and has every partition of the run.

    :param event_dates: those that the run touched, for who follows the asset
    :raises GateError: naming everything that differs
    """
    settings, day = load_settings(), date.fromisoformat(arrival_date)
    expected = load_contract().crawled_table
    s3 = S3Hook(aws_conn_id=settings.aws_conn_id)
    ledger = read_ledger(s3, settings.processed_bucket, day)
    if ledger is None:
        raise GateError(f"the ledger of {arrival_date} is gone since check_ledger read it: clear transform_events")
    written = sorted(event_date for event_date, rows in ledger.rows_written_by_event_date.items() if rows)
    wanted = [keys.event_partition_values(event_date, day) for event_date in written]
    client, database = GlueCatalogHook(aws_conn_id=settings.aws_conn_id).get_conn(), settings.database
    tables = catalog.read_tables(client, database)
    if expected.name in tables or ledger.event_dates:
        problems = [
            *catalog.table_differences(tables.get(expected.name), expected, database),
            *catalog.foreign_tables(tables, expected.name, settings.crawler_name),
        ]
        if not problems:
            present = catalog.read_partitions(client, database, expected.name, wanted)
            problems = catalog.missing_partitions(wanted, present, expected)
        if problems:
            raise GateError("; ".join(problems))
        name = f"{database}.{expected.name}"
        log.info("Table %s is the contract's and has all %d partitions of the run", name, len(wanted))
    else:
        log.info("No event was written on %s and there is no table %s yet", arrival_date, expected.name)
    note_update(outlet_events, events_asset(), arrival_date=arrival_date, event_dates=event_dates)


def _where_known(operator: Any, **arguments: Any) -> dict[str, Any]:
    """Those of the arguments that this version of the operator takes."""
    known = inspect.signature(operator.__init__).parameters
    return {name: value for name, value in arguments.items() if name in known}
