"""Waiting for something that happens in another thread, in another process or on another machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
DEFAULT_INTERVAL_S = 0.05


def wait_until(check: Callable[[], Answer], timeout_s: float, *, interval_s: float = DEFAULT_INTERVAL_S) -> Answer:
    """Ask again and again until the answer is true, or the time is over; in real time, whatever the clock is set to.

    :param check: asked at least once; what it raises ends the waiting
    :param timeout_s: seconds after which no new question is asked
    :param interval_s: seconds between an answer and the next question
    :returns: the last answer: a true one, unless the time was over
    """
    deadline = time.monotonic() + timeout_s
    while True:
        answer = check()
        remaining_s = deadline - time.monotonic()
        if answer or remaining_s <= 0:
            return answer
        time.sleep(min(interval_s, remaining_s))
