"""The operators that wait for a date and its raw events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.errors import AirflowSkipException, NoRawEventsError
from clickstream.operators.arrival import RawEventsSensor, WaitForArrivalOperator
from tests.dags.support import PAST, TaskDeferred, context

TODAY = datetime.now(UTC).date()
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
# Longer than any day: yesterday has not settled yet, whenever the test runs.
LONG_SETTLE_MINUTES = 2 * 24 * 60


def wait_for_arrival(arrival_date: str, settle_minutes: int = LONG_SETTLE_MINUTES) -> WaitForArrivalOperator:
    return WaitForArrivalOperator(task_id="a_task", arrival_date=arrival_date, settle_minutes=settle_minutes)


def test_a_past_date_has_settled():
    wait_for_arrival(PAST).execute(context=context())  # a deferral would be an exception


def test_the_last_events_of_yesterday_are_waited_for_without_a_worker():
    with pytest.raises(TaskDeferred) as deferred:
        wait_for_arrival(YESTERDAY).execute(context=context())
    assert deferred.value.trigger.moment == MIDNIGHT + timedelta(minutes=LONG_SETTLE_MINUTES)
    assert deferred.value.method_name == "execute_complete"


def test_the_current_day_which_was_allowed_by_hand_is_not_waited_for():
    wait_for_arrival(TODAY.isoformat()).execute(context=context())  # a deferral would be an exception


def sensor(arrival_date: str, found: bool) -> RawEventsSensor:
    made = RawEventsSensor(
        task_id="a_task",
        arrival_date=arrival_date,
        bucket_name="the-raw",
        processed_bucket="the-processed",
        settle_minutes=LONG_SETTLE_MINUTES,
        timeout_minutes=60,
    )
    made.poke = lambda context: found  # type: ignore[method-assign] # stands in for S3
    return made


def test_raw_events_that_are_there_are_not_waited_for():
    made = sensor(PAST, found=True)
    made.execute(context=context())  # a deferral would be an exception
    assert made.bucket_key == "events/year=2024/month=02/day=29/*"


@pytest.mark.parametrize("arrival_date", [PAST, TODAY.isoformat()], ids=["past", "current_day_allowed_by_hand"])
def test_where_waiting_helps_nothing_the_folder_is_named_at_once(arrival_date):
    folder = f"s3://the-raw/events/year={arrival_date[:4]}/month={arrival_date[5:7]}/day={arrival_date[8:]}/"
    with pytest.raises(NoRawEventsError, match=f"no objects under {folder}: nothing arrived"):
        sensor(arrival_date, found=False).execute(context=context())


def test_raw_events_that_may_still_come_are_waited_for_with_a_limit():
    with pytest.raises(TaskDeferred) as deferred:
        sensor(YESTERDAY, found=False).execute(context=context())
    left = MIDNIGHT + timedelta(minutes=LONG_SETTLE_MINUTES + 60) - datetime.now(UTC)
    assert abs(deferred.value.timeout - left) < timedelta(minutes=1)
    folder = f"events/year={YESTERDAY[:4]}/month={YESTERDAY[5:7]}/day={YESTERDAY[8:]}/*"
    assert deferred.value.trigger.bucket_key == folder


def test_when_the_wait_is_over_the_folder_is_named():
    with pytest.raises(NoRawEventsError, match="no objects under s3://the-raw/events/year="):
        sensor(YESTERDAY, found=False).resume_execution("__fail__", {"error": "Trigger timeout"}, context())


def with_first_arrival(monkeypatch, first: str | None, first_ledger: str | None = None) -> None:
    """S3 lists keys in their order."""
    found = {
        "the-raw": [f"events/{first}/a.gz"] if first else [],
        "the-processed": [f"ledger/ingest_date={first_ledger}/ledger.json"] if first_ledger else [],
    }
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix, max_items: found[bucket])


BEFORE_ALL_EVENTS = pytest.mark.parametrize(
    "first", [None, "year=2024/month=03/day=01"], ids=["nothing_ever", "only_on_the_next_day"]
)


@BEFORE_ALL_EVENTS
def test_a_scheduled_run_of_a_date_before_the_first_event_of_all_is_skipped(monkeypatch, first):
    """As a DAG's first run is, once it is unpaused in a new deployment."""
    with_first_arrival(monkeypatch, first)
    with pytest.raises(AirflowSkipException, match="nothing had ever arrived in s3://the-raw by the end of 2024-02-29"):
        sensor(PAST, found=False).execute(context=context("scheduled"))
    with pytest.raises(AirflowSkipException):
        sensor(PAST, found=False).resume_execution("__fail__", {"error": "Trigger timeout"}, context("scheduled"))


@BEFORE_ALL_EVENTS
@pytest.mark.parametrize("run_type", ["manual", "backfill"])
def test_whoever_asks_for_such_a_date_is_told(monkeypatch, first, run_type):
    with_first_arrival(monkeypatch, first)
    with pytest.raises(NoRawEventsError):
        sensor(PAST, found=False).execute(context=context(run_type))


@pytest.mark.parametrize(
    ("first", "first_ledger"),
    [
        pytest.param("year=2024/month=02/day=28", None, id="events_the_day_before"),
        pytest.param("year=2023/month=12/day=31", None, id="events_the_year_before"),
        pytest.param(None, "2024-02-28", id="events_that_have_expired"),
    ],
)
def test_a_scheduled_run_of_a_day_that_stayed_empty_fails(monkeypatch, first, first_ledger):
    with_first_arrival(monkeypatch, first, first_ledger)
    with pytest.raises(NoRawEventsError):
        sensor(PAST, found=False).execute(context=context("scheduled"))
