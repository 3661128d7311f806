"""The clock that all backends take their time from.

It can be set, so that history can be replayed into past arrival dates; from the set instant on it ticks as usual.
Waiting for real processes uses real time, never this clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

ChangeCallback = Callable[[datetime, datetime], None]

_NO_OFFSET = timedelta(0)
_change_lock = threading.RLock()
_callbacks: list[ChangeCallback] = []
_offset = _NO_OFFSET


class NaiveInstantError(ValueError):
    """An instant without a time zone was given."""


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC) + _offset


def naive_utcnow() -> datetime:
    """The current instant as moto's models keep it: in UTC, without a time zone."""
    return now().replace(tzinfo=None)


def offset() -> timedelta:
    """How far the clock is ahead of real time; negative when it is behind, zero when it was not set."""
    return _offset


def set_now(instant: datetime) -> None:
    """Let the clock show ``instant`` and tick on from there.

    The callbacks of :func:`on_change` run before the jump, while :func:`now` still shows the old time.

    :raises NaiveInstantError: if ``instant`` has no time zone
    """
    if instant.tzinfo is None:
        raise NaiveInstantError(f"{instant.isoformat()} has no time zone: give an instant in UTC")
    _jump(lambda: instant.astimezone(UTC) - datetime.now(UTC))


def reset() -> None:
    """Let the clock show real time again."""
    _jump(lambda: _NO_OFFSET)


def on_change(callback: ChangeCallback) -> None:
    """Call ``callback(old, new)`` before every jump of the clock."""
    with _change_lock:
        _callbacks.append(callback)


def _jump(new_offset: Callable[[], timedelta]) -> None:
    global _offset
    with _change_lock:
        for callback in _callbacks:
            callback(now(), datetime.now(UTC) + new_offset())
        _offset = new_offset()
