"""The operators that wait for a date and its raw events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import BaseOperator

try:  # Airflow 3.0 has it only in the old place, from 3.1 on that place warns
    from airflow.sdk.exceptions import AirflowSensorTimeout
except ImportError:
    from airflow.exceptions import AirflowSensorTimeout  # type: ignore[no-redef] # one or the other

from clickstream.contract import keys, load_contract
from clickstream.dates import is_over, settled_at
from clickstream.errors import AirflowException, AirflowSkipException, NoRawEventsError
from clickstream.gates.first_event import had_begun


class WaitForArrivalOperator(BaseOperator):
    """Waits, deferred, until the last events of the arrival date are delivered; ends at once for past dates.

    The current day is only ever asked for by hand, with ``allow_today``: then what has arrived so far is wanted.

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
        day = date.fromisoformat(self.arrival_date)
        moment = settled_at(day, self.settle_minutes)
        if is_over(day) and moment > datetime.now(UTC):
            self.log.info("Events of %s may arrive until %s", self.arrival_date, moment)
            self.defer(trigger=DateTimeTrigger(moment=moment), method_name="execute_complete")

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """The moment has come."""


class RawEventsSensor(S3KeySensor):
    """Waits, deferred, until something lies in the raw folder of the arrival date.

    Once the time for it is over it looks once and fails: a date of the past gets no more events by waiting. So it does
    for the current day, which is only ever asked for by hand. A scheduled run of a date before the first event of all
    is skipped instead: a new deployment has one as soon as its DAG is unpaused, and nothing is wrong.

    :param arrival_date: ``YYYY-MM-DD`` (templated)
    :param processed_bucket: whose ledgers tell whether there was an event ever, where raw ones have expired
    :param settle_minutes: how long after the day's end events are still delivered
    :param timeout_minutes: how long to wait after that
    """

    template_fields: Sequence[str] = (*S3KeySensor.template_fields, "arrival_date")

    def __init__(
        self, *, arrival_date: str, processed_bucket: str, settle_minutes: int, timeout_minutes: int, **kwargs: Any
    ) -> None:
        prefix = keys.raw_prefix(load_contract())
        super().__init__(bucket_key=f"{prefix}*", wildcard_match=True, deferrable=True, **kwargs)
        self.arrival_date = arrival_date
        self.processed_bucket = processed_bucket
        self.settle_minutes = settle_minutes
        self.timeout_minutes = timeout_minutes

    def execute(self, context: Any) -> None:
        """Look once; then defer for what is left of the waiting time, or fail."""
        self.bucket_key = f"{self._folder}*"
        if self.poke(context):
            return
        day = date.fromisoformat(self.arrival_date)
        settled = settled_at(day, self.settle_minutes)
        left_s = (settled + timedelta(minutes=self.timeout_minutes) - datetime.now(UTC)).total_seconds()
        if left_s <= 0 or not is_over(day):
            raise self._nothing_arrived(context)
        self.timeout = left_s
        self._defer()

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """After the wait: done, or the time is over."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout:
            raise self._nothing_arrived(context) from None

    @property
    def _folder(self) -> str:
        return keys.raw_folder(date.fromisoformat(self.arrival_date), load_contract())

    def _nothing_arrived(self, context: Any) -> AirflowException:
        run_type = context["dag_run"].run_type
        is_scheduled = str(getattr(run_type, "value", run_type)) == "scheduled"
        day = date.fromisoformat(self.arrival_date)
        if is_scheduled and not had_begun(self.hook, str(self.bucket_name), self.processed_bucket, day):
            return AirflowSkipException(
                f"nothing had ever arrived in s3://{self.bucket_name} by the end of {self.arrival_date}: skipped"
            )
        return NoRawEventsError(
            f"no objects under s3://{self.bucket_name}/{self._folder}: nothing arrived on {self.arrival_date}; "
            "check the producer and the delivery stream, send the events and clear this task"
        )
