"""The Amazon provider's operators, each with the little that the pipeline needs on top.

They get names only: Terraform owns the job, the crawler and the workgroup, and nothing here creates or changes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import BaseOperator

try:  # Airflow 3.0 has it only in the old place, from 3.1 on that place warns
    from airflow.sdk.exceptions import AirflowSensorTimeout
except ImportError:
    from airflow.exceptions import AirflowSensorTimeout

from clickstream.contract import load_contract
from clickstream.dates import settled_at
from clickstream.errors import MissingResourceError, NoRawEventsError, ServiceRunError, keeps_error
from clickstream.reports import unload_statement

OWNED_BY_TERRAFORM = "apply the Terraform of this environment, or mend the setting"


@keeps_error
class StepOperator(PythonOperator):
    """A step of our own: calls a function."""


@keeps_error
class WaitForArrivalOperator(BaseOperator):
    """Waits, deferred, until the last events of the arrival date are delivered; ends at once for past dates.

    :param arrival_date: ``YYYY-MM-DD`` (templated)
    :param settle_minutes: how long after the day's end events are still delivered
    """

    template_fields: Sequence[str] = ("arrival_date",)

    def __init__(self, *, arrival_date: str, settle_minutes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.arrival_date = arrival_date
        self.settle_minutes = settle_minutes

    def execute(self, context: Any) -> None:
        """Defer until the moment has come."""
        moment = settled_at(date.fromisoformat(self.arrival_date), self.settle_minutes)
        if moment > datetime.now(UTC):
            self.log.info("Events of %s may arrive until %s", self.arrival_date, moment)
            self.defer(trigger=DateTimeTrigger(moment=moment), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """The moment has come."""


@keeps_error
class RawEventsSensor(S3KeySensor):
    """Waits, deferred, until something lies in the raw folder of the arrival date.

    Once the time for it is over it looks once and fails: a date of the past gets no more events by waiting.

    :param arrival_date: ``YYYY-MM-DD`` (templated)
    :param settle_minutes: how long after the day's end events are still delivered
    :param timeout_minutes: how long to wait after that
    """

    template_fields: Sequence[str] = (*S3KeySensor.template_fields, "arrival_date")

    def __init__(self, *, arrival_date: str, settle_minutes: int, timeout_minutes: int, **kwargs: Any) -> None:
        prefix = load_contract().raw_prefix
        super().__init__(bucket_key=f"{prefix}*", wildcard_match=True, deferrable=True, **kwargs)
        self.arrival_date = arrival_date
        self.settle_minutes = settle_minutes
        self.timeout_minutes = timeout_minutes

    def execute(self, context: Any) -> None:
        """Look once; then defer for what is left of the waiting time, or fail."""
        self.bucket_key = f"{self._folder}*"
        if self.poke(context):
            return
        settled = settled_at(date.fromisoformat(self.arrival_date), self.settle_minutes)
        left_s = (settled + timedelta(minutes=self.timeout_minutes) - datetime.now(UTC)).total_seconds()
        if left_s <= 0:
            raise self._nothing_arrived()
        self.timeout = left_s
        self._defer()

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """After the wait: done, or the time is over."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout:
            raise self._nothing_arrived() from None

    @property
    def _folder(self) -> str:
        return load_contract().raw_folder(date.fromisoformat(self.arrival_date))

    def _nothing_arrived(self) -> NoRawEventsError:
        return NoRawEventsError(
            f"no objects under s3://{self.bucket_name}/{self._folder}: nothing arrived on {self.arrival_date}; "
            "check the producer and the delivery stream, send the events and clear this task"
        )


@keeps_error
class TransformEventsOperator(GlueJobOperator):
    """Runs the Glue job for one arrival date and fails with Glue's own error message."""

    def execute(self, context: Any) -> Any:
        """Start the run (or join the one that a former try left going) and defer.

        :raises MissingResourceError: if there is no such job; the provider would try to create one
        """
        if not self.hook.has_job(self.job_name):
            raise MissingResourceError(f"Glue job {self.job_name} does not exist: {OWNED_BY_TERRAFORM}")
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The run ended: return its id.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        run_id = (event or {}).get("run_id")
        run = self.hook.get_conn().get_job_run(JobName=self.job_name, RunId=run_id)["JobRun"]
        reason = run.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"Glue run {run_id} of {self.job_name} is {run['JobRunState']}: {reason}")


@keeps_error
class CrawlEventsOperator(GlueCrawlerOperator):
    """Runs the crawler and fails with its own error message. Given the name only, the provider changes nothing."""

    def execute(self, context: Any) -> str:
        """Start the crawler and defer.

        :raises MissingResourceError: if there is no such crawler; the provider would try to create one
        """
        name = self.config["Name"]
        if not self.hook.has_crawler(name):
            raise MissingResourceError(f"Glue crawler {name} does not exist: {OWNED_BY_TERRAFORM}")
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The crawl ended: return the crawler's name.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        name = self.config["Name"]
        crawler = self.hook.get_crawler(name)
        crawl = crawler.get("LastCrawl", {})
        reason = crawl.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"crawl of {name} is {crawl.get('Status', crawler['State'])}: {reason}")


@keeps_error
class ReportOperator(AthenaOperator):
    """Materialises one report for one event date: clears its folder, then UNLOADs the report's query into it.

    :param report_name: as in contract.json
    :param event_date: ``YYYY-MM-DD`` (templated)
    :param reports_bucket: where the folder lies
    """

    template_fields: Sequence[str] = (*AthenaOperator.template_fields, "event_date")

    def __init__(self, *, report_name: str, event_date: str, reports_bucket: str, **kwargs: Any) -> None:
        super().__init__(query=f"reports/{report_name}.sql, read when the task runs", deferrable=True, **kwargs)
        self.report_name = report_name
        self.event_date = event_date
        self.reports_bucket = reports_bucket

    def execute(self, context: Any) -> Any:
        """Clear the folder, start the query and defer."""
        report, day = load_contract().report(self.report_name), date.fromisoformat(self.event_date)
        self.query = unload_statement(report, day, self.reports_bucket)
        s3 = S3Hook(aws_conn_id=self.aws_conn_id)
        if keys := s3.list_keys(self.reports_bucket, prefix=report.folder(day)):
            s3.delete_objects(self.reports_bucket, keys)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The query ended: return its id.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        query_id = (event or {}).get("value")
        status = self.hook.get_query_info(query_id)["QueryExecution"]["Status"]
        reason = status.get("StateChangeReason") or (event or {}).get("message") or "Athena gives no reason"
        raise ServiceRunError(
            f"Athena query {query_id} for {self.report_name} of {self.event_date} is {status['State']}: {reason}"
        )


def attempts(limit: timedelta, poll_interval_s: int) -> int:
    """How often to poll until the time limit is reached."""
    return math.ceil(limit.total_seconds() / poll_interval_s)
