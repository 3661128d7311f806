"""Which arrival date a run processes, and until when its events may still come. Pure functions, no Airflow."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

AUTOMATIC_RUN_TYPES = frozenset({"scheduled", "backfill"})


class InvalidDateError(ValueError):
    """A date that can't be run was asked for."""


def resolve_arrival_date(
    *,
    run_type: str,
    requested: str | None,
    data_interval_start: datetime | None,
    run_after: datetime,
    now: datetime,
    allow_today: bool = False,
) -> date:
    """The arrival date (UTC) that a run processes; the same however often the run is cleared.

    - Scheduled and backfill runs take the day of their data interval and ignore ``requested``.
    - Any other run takes ``requested``; without one the day of its data interval, which is the last complete day
      before its logical date; without a logical date the last complete day before ``run_after``.

    :param run_type: Airflow's, such as ``scheduled``, ``backfill`` or ``manual``
    :param requested: the parameter ``date``
    :param run_after: when the run was due; aware
    :param allow_today: whether a manual run may take the current day, whose events are still arriving
    :param now: aware
    :raises InvalidDateError: if ``requested`` is no date, or that day is not over
    """
    if run_type in AUTOMATIC_RUN_TYPES:
        if data_interval_start is None:
            raise InvalidDateError(f"a {run_type} run has no data interval: trigger a manual run with a date instead")
        return data_interval_start.astimezone(UTC).date()
    if requested is not None:
        return _runnable_day(parse_date(requested), now, allow_today)
    if data_interval_start is not None:
        return _runnable_day(data_interval_start.astimezone(UTC).date(), now, allow_today)
    return last_complete_day(run_after)


def parse_date(text: str) -> date:
    """A date written as ``YYYY-MM-DD``, in this spelling only.

    :raises InvalidDateError: if it is anything else
    """
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the spelling is right, but there is no such day
    raise InvalidDateError(f"{text!r} is not a date: give one that exists as YYYY-MM-DD, such as 2026-01-15")


def last_complete_day(moment: datetime) -> date:
    """The last UTC day that was over at that moment."""
    return moment.astimezone(UTC).date() - timedelta(days=1)


def is_over(day: date) -> bool:
    """Whether the UTC day has ended by now."""
    return day < datetime.now(UTC).date()


def settled_at(arrival_date: date, settle_minutes: int) -> datetime:
    """When the date's last events have been delivered: some minutes after the day's end."""
    day_end = datetime.combine(arrival_date + timedelta(days=1), time.min, UTC)
    return day_end + timedelta(minutes=settle_minutes)


def _runnable_day(wanted: date, now: datetime, allow_today: bool) -> date:
    today = now.astimezone(UTC).date()
    if wanted > today:
        raise InvalidDateError(f"{wanted} is in the future: the last complete UTC day is {last_complete_day(now)}")
    if wanted == today and not allow_today:
        raise InvalidDateError(
            f"{wanted} is not over yet: the last complete UTC day is {last_complete_day(now)}; "
            "tick allow_today to process what has arrived so far"
        )
    return wanted
