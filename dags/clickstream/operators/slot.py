"""Waits, without a worker, for a service that has no room yet."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from botocore.exceptions import ClientError

from clickstream.errors import ServiceRunError

# botocore repeats throttled calls itself, with growing pauses; its default of 5 attempts is over after some seconds.
BOTOCORE_CONFIG = {"retries": {"mode": "standard", "total_max_attempts": 10}}
# A scheduler of Airflow 3.0 to 3.3.1 that hears of a deferral after its trigger has fired takes the task for killed
# (apache/airflow#67287, #72716). A busy one hears of it after more than 5 s (seen): pauses last longer than that, and
# what is over within seconds is not deferred at all.
SHORTEST_PAUSE_S = 15
SHORTEST_DEFERRAL_S = 5
FIRST_LOOK_S = 0.1
# Codes of AWS that say: not now. Glue raises the second where the account's limits are used up.
BUSY_CODES = frozenset(
    {
        "ConcurrentRunsExceededException",
        "ResourceNumberLimitExceededException",
        "CrawlerRunningException",
        "CrawlerStoppingException",
        "OperationTimeoutException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class WaitsForSlot:
    """For operators that start something: while the service is busy they are deferred and then start again.

    A class that uses it has ``slot_limit`` (how long to wait at most), ``slot_poll_s`` (how often to look) and
    ``start(context, waiting_since)``, which starts it or calls :meth:`wait_for_slot`.
    """

    slot_limit: timedelta
    slot_poll_s: int
    start: Callable[[Any, datetime], Any]

    def execute(self, context: Any) -> Any:
        """Start now, or as soon as there is room."""
        return self.start(context, datetime.now(UTC))

    def start_again(self, context: Any, event: Any = None, waiting_since: str = "") -> Any:
        """Look again after a pause."""
        return self.start(context, datetime.fromisoformat(waiting_since))

    def wait_for_slot(self, waiting_since: datetime, reason: str) -> None:
        """Defer until the next look.

        :raises ServiceRunError: if it was waited for long enough
        """
        waited = datetime.now(UTC) - waiting_since
        if waited >= self.slot_limit:
            raise ServiceRunError(f"waited {waited.total_seconds():.0f} s in vain: {reason}")
        self.log.info("Waiting for a slot: %s", reason)  # type: ignore[attr-defined]
        pause = timedelta(seconds=max(self.slot_poll_s, SHORTEST_PAUSE_S))
        self.defer(  # type: ignore[attr-defined]
            trigger=DateTimeTrigger(moment=datetime.now(UTC) + pause),
            method_name="start_again",
            kwargs={"waiting_since": waiting_since.isoformat()},
        )


def is_busy(error: ClientError) -> bool:
    """Whether the service refused only for now."""
    return error.response["Error"]["Code"] in BUSY_CODES


def ends_soon(is_over: Callable[[], bool]) -> bool:
    """Whether it is over before a deferral would be worth while; looks until then, in the worker, ever more rarely."""
    deadline = time.monotonic() + SHORTEST_DEFERRAL_S
    pause_s = FIRST_LOOK_S
    while not is_over():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause_s)
        pause_s *= 2
    return True


def attempts(limit: timedelta, poll_interval_s: int) -> int:
    """How often to poll until the time limit is reached."""
    return math.ceil(limit.total_seconds() / poll_interval_s)
