"""The switch that makes PutRecord and PutRecordBatch reject some records, as a throttled stream does."""

from __future__ import annotations

import random
import threading

_lock = threading.Lock()
_random = random.Random()
_failure_rate = 0.0


def set_faults(failure_rate: float, seed: int | None = None) -> None:
    """Reject that share of the records from now on.

    :param failure_rate: from 0 (none) to 1 (all)
    :param seed: makes the choice of records repeatable
    """
    global _failure_rate, _random
    with _lock:
        _failure_rate = failure_rate
        _random = random.Random(seed)


def choose_rejected(count: int) -> list[bool]:
    """For each of that many records whether it is rejected."""
    if not _failure_rate:
        return [False] * count
    with _lock:
        return [_random.random() < _failure_rate for _ in range(count)]
