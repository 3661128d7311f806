"""What the thin operators add to the provider's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.glue_crawler import GlueCrawlerHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator

from clickstream.contract import load_contract
from clickstream.errors import MissingResourceError, NoRawEventsError, ServiceRunError
from clickstream.operators import (
    CrawlEventsOperator,
    RawEventsSensor,
    ReportOperator,
    TransformEventsOperator,
    WaitForArrivalOperator,
    attempts,
)

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.0
    from airflow.exceptions import TaskDeferred

PAST = "2024-02-29"
TODAY = datetime.now(UTC).date().isoformat()
FAILED = {"status": "error", "message": "the provider's own words"}


class TaskInstance:
    """As much of a task instance as an operator's links ask for."""

    dag_id, task_id, run_id, map_index = "clickstream_daily", "a_task", "manual__1", -1

    def xcom_push(self, **keywords: Any) -> None:
        """Forget it."""


def context() -> dict[str, Any]:
    return {"ti": TaskInstance(), "task_instance": TaskInstance()}


def wait_for_arrival(arrival_date: str) -> WaitForArrivalOperator:
    return WaitForArrivalOperator(task_id="a_task", arrival_date=arrival_date, settle_minutes=15)


def test_a_past_date_has_settled():
    wait_for_arrival(PAST).execute(context=context())  # a deferral would be an exception


def test_the_current_date_is_waited_for_without_a_worker():
    with pytest.raises(TaskDeferred) as deferred:
        wait_for_arrival(TODAY).execute(context=context())
    moment = deferred.value.trigger.moment
    midnight = datetime.fromisoformat(TODAY).replace(tzinfo=UTC) + timedelta(days=1)
    assert moment == midnight + timedelta(minutes=15)
    assert deferred.value.method_name == "execute_complete"


def sensor(arrival_date: str, found: bool) -> RawEventsSensor:
    made = RawEventsSensor(
        task_id="a_task", arrival_date=arrival_date, bucket_name="the-raw", settle_minutes=15, timeout_minutes=60
    )
    made.poke = lambda context: found
    return made


def test_raw_events_that_are_there_are_not_waited_for():
    made = sensor(PAST, found=True)
    made.execute(context=context())  # a deferral would be an exception
    assert made.bucket_key == "events/year=2024/month=02/day=29/*"


def test_a_past_date_without_raw_events_fails_at_once_and_names_the_folder():
    with pytest.raises(
        NoRawEventsError, match=r"no objects under s3://the-raw/events/year=2024/month=02/day=29/: nothing arrived"
    ):
        sensor(PAST, found=False).execute(context=context())


def test_raw_events_that_may_still_come_are_waited_for_with_a_limit():
    with pytest.raises(TaskDeferred) as deferred:
        sensor(TODAY, found=False).execute(context=context())
    midnight = datetime.fromisoformat(TODAY).replace(tzinfo=UTC) + timedelta(days=1)
    left = midnight + timedelta(minutes=75) - datetime.now(UTC)
    assert abs(deferred.value.timeout - left) < timedelta(minutes=1)
    assert deferred.value.trigger.bucket_key == f"events/year={TODAY[:4]}/month={TODAY[5:7]}/day={TODAY[8:]}/*"


def test_when_the_wait_is_over_the_folder_is_named():
    made, given = sensor(TODAY, found=False), context()
    with pytest.raises(NoRawEventsError, match="no objects under s3://the-raw/events/year="):
        made.resume_execution("__fail__", {"error": "Trigger timeout"}, given)
    assert isinstance(given["exception"], NoRawEventsError)


def transform() -> TransformEventsOperator:
    return TransformEventsOperator(
        task_id="a_task", job_name="the-job", script_args={"--ingest_date": PAST}, deferrable=True
    )


def test_the_glue_run_gets_the_date_only_and_is_waited_for_without_a_worker(stub):
    glue = stub(GlueJobHook, "glue")
    for _ in range(2):
        glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_response(
        "start_job_run", {"JobRunId": "jr_1"}, {"JobName": "the-job", "Arguments": {"--ingest_date": PAST}}
    )
    with pytest.raises(TaskDeferred) as deferred:
        transform().execute(context=context())
    assert deferred.value.trigger.run_id == "jr_1"


def test_a_missing_glue_job_is_named_and_not_created(stub):
    stub(GlueJobHook, "glue").add_client_error("get_job", "EntityNotFoundException")
    with pytest.raises(MissingResourceError, match="Glue job the-job does not exist"):
        transform().execute(context=context())


def test_a_failed_glue_run_carries_glues_own_message(stub):
    run = {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": "NoRawObjectsError: no objects under s3://x"}
    glue = stub(GlueJobHook, "glue")
    glue.add_response("get_job_run", {"JobRun": run}, {"JobName": "the-job", "RunId": "jr_1"})
    with pytest.raises(ServiceRunError) as raised:
        transform().execute_complete(context=context(), event={**FAILED, "run_id": "jr_1"})
    assert str(raised.value) == ("Glue run jr_1 of the-job is FAILED: NoRawObjectsError: no objects under s3://x")


def test_a_glue_run_without_message_carries_the_providers(stub):
    stub(GlueJobHook, "glue").add_response("get_job_run", {"JobRun": {"JobRunState": "TIMEOUT"}})
    with pytest.raises(ServiceRunError, match=r"is TIMEOUT: the provider's own words"):
        transform().execute_complete(context=context(), event={**FAILED, "run_id": "jr_1"})


def test_a_glue_run_that_succeeded_gives_its_id():
    assert transform().execute_complete(context=context(), event={"status": "success", "run_id": "jr_1"}) == "jr_1"


def crawl() -> CrawlEventsOperator:
    return CrawlEventsOperator(task_id="a_task", config={"Name": "the-crawler"}, deferrable=True)


def test_the_crawler_is_started_and_never_changed(stub):
    glue = stub(GlueCrawlerHook, "glue")  # fails on any call that is not promised, such as update_crawler
    for _ in range(3):
        glue.add_response("get_crawler", {"Crawler": {"Name": "the-crawler", "Role": "r", "DatabaseName": "db"}})
    glue.add_response("start_crawler", {}, {"Name": "the-crawler"})
    with pytest.raises(TaskDeferred):
        crawl().execute(context=context())


def test_a_missing_crawler_is_named_and_not_created(stub):
    stub(GlueCrawlerHook, "glue").add_client_error("get_crawler", "EntityNotFoundException")
    with pytest.raises(MissingResourceError, match="Glue crawler the-crawler does not exist"):
        crawl().execute(context=context())


def test_a_failed_crawl_carries_the_crawlers_own_message(stub):
    last = {"Status": "FAILED", "ErrorMessage": "price has two types"}
    stub(GlueCrawlerHook, "glue").add_response(
        "get_crawler", {"Crawler": {"Name": "the-crawler", "State": "READY", "LastCrawl": last}}
    )
    with pytest.raises(ServiceRunError, match="crawl of the-crawler is FAILED: price has two types"):
        crawl().execute_complete(context=context(), event=FAILED)


def report(event_date: str = "2026-01-31") -> ReportOperator:
    return ReportOperator(
        task_id="a_task",
        report_name="event_counts",
        event_date=event_date,
        reports_bucket="the-reports",
        database="db",
        workgroup="wg",
    )


def test_a_reports_folder_is_cleared_before_it_is_written(monkeypatch):
    calls: list[tuple[str, Any]] = []
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [f"{prefix}old.parquet"])
    monkeypatch.setattr(S3Hook, "delete_objects", lambda self, bucket, keys: calls.append((bucket, keys)))

    def run_query(self: AthenaHook, query: str, *rest: Any) -> str:
        calls.append(("query", query))
        return "q1"

    monkeypatch.setattr(AthenaHook, "run_query", run_query)
    with pytest.raises(TaskDeferred) as deferred:
        report().execute(context=context())
    (bucket, keys), (_, query) = calls
    assert (bucket, keys) == ("the-reports", ["reports/event_counts/report_date=2026-01-31/old.parquet"])
    assert "TO 's3://the-reports/reports/event_counts/report_date=2026-01-31/'" in query
    assert "where year = '2026' and month = '01' and day = '31'" in query
    assert deferred.value.trigger.attempts > 0


def test_an_empty_reports_folder_needs_no_clearing(monkeypatch):
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [])
    monkeypatch.setattr(S3Hook, "delete_objects", lambda *arguments: pytest.fail("nothing to delete"))
    monkeypatch.setattr(AthenaHook, "run_query", lambda *arguments: "q1")
    with pytest.raises(TaskDeferred):
        report().execute(context=context())


def test_a_failed_query_carries_athenas_own_reason(stub):
    status = {"State": "FAILED", "StateChangeReason": "TABLE_NOT_FOUND: line 3:6: events"}
    stub(AthenaHook, "athena").add_response(
        "get_query_execution", {"QueryExecution": {"Status": status}}, {"QueryExecutionId": "q1"}
    )
    with pytest.raises(ServiceRunError) as raised:
        report().execute_complete(context=context(), event={**FAILED, "value": "q1"})
    assert str(raised.value) == (
        "Athena query q1 for event_counts of 2026-01-31 is FAILED: TABLE_NOT_FOUND: line 3:6: events"
    )


def test_polling_lasts_as_long_as_the_limit():
    assert attempts(timedelta(minutes=30), 30) == 60
    assert attempts(timedelta(minutes=30), 7) * 7 >= 30 * 60


@pytest.mark.parametrize("report_name", [entry.name for entry in load_contract().reports])
def test_every_report_of_the_contract_has_its_sql(report_name):
    from datetime import date

    from clickstream.reports import unload_statement

    statement = unload_statement(load_contract().report(report_name), date(2026, 1, 31), "the-reports")
    assert statement.startswith("UNLOAD (\n-- One row per ")
    assert "{{" not in statement


def test_the_operators_stay_the_providers():
    assert issubclass(TransformEventsOperator, GlueJobOperator)
    assert issubclass(CrawlEventsOperator, GlueCrawlerOperator)
    assert issubclass(ReportOperator, AthenaOperator)
