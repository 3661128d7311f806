"""Which arrival date a run processes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from clickstream.dates import InvalidDateError, last_complete_day, parse_date, resolve_arrival_date, settled_at

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def resolve(run_type: str, requested: str | None, interval: str | None, run_after: datetime = NOW, now: datetime = NOW):
    return resolve_arrival_date(
        run_type=run_type,
        requested=requested,
        data_interval_start=at(interval) if interval else None,
        run_after=run_after,
        now=now,
    )


@pytest.mark.parametrize(
    ("run_type", "requested", "interval", "expected"),
    [
        pytest.param("scheduled", None, "2026-02-28", "2026-02-28", id="scheduled: its interval"),
        pytest.param("scheduled", "2026-01-01", "2026-02-28", "2026-02-28", id="scheduled: the parameter is ignored"),
        pytest.param("scheduled", "rubbish", "2026-02-28", "2026-02-28", id="scheduled: a wrong one as well"),
        pytest.param("backfill", None, "2024-02-29", "2024-02-29", id="backfill: its interval, a leap day"),
        pytest.param("backfill", "2026-01-01", "2025-12-31", "2025-12-31", id="backfill: the parameter is ignored"),
        pytest.param("manual", "2026-01-15", "2026-02-28", "2026-01-15", id="manual: the parameter"),
        pytest.param("manual", "2026-01-15", None, "2026-01-15", id="manual: the parameter, no logical date"),
        pytest.param("manual", "2026-02-28", None, "2026-02-28", id="manual: yesterday is complete"),
        pytest.param("manual", None, "2026-02-11", "2026-02-11", id="manual: the interval before its logical date"),
        pytest.param("manual", None, None, "2026-02-28", id="manual: no logical date, the last complete day"),
        pytest.param("asset_triggered", None, None, "2026-02-28", id="asset: the last complete day"),
    ],
)
def test_the_run_decides_the_date(run_type, requested, interval, expected):
    assert resolve(run_type, requested, interval) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        pytest.param("2026-03-01", "2026-03-01 is not over yet: the last complete UTC day is 2026-02-28", id="today"),
        pytest.param("2026-03-02", "2026-03-02 is in the future: the last complete UTC day is 2026-02-28", id="future"),
        pytest.param("2026-02-29", "'2026-02-29' is not a date: give one that exists as YYYY-MM-DD", id="no such day"),
        pytest.param("20260115", "'20260115' is not a date", id="basic spelling"),
        pytest.param("2026-W03-4", "'2026-W03-4' is not a date", id="week spelling"),
        pytest.param("2026-1-5", "'2026-1-5' is not a date", id="not padded"),
        pytest.param("15.01.2026", "'15.01.2026' is not a date", id="other order"),
        pytest.param("2026-01-15T00:00:00Z", "'2026-01-15T00:00:00Z' is not a date", id="instant"),
        pytest.param(" 2026-01-15", "' 2026-01-15' is not a date", id="space"),
        pytest.param("٢٠٢٦-٠١-١٥", "is not a date", id="other digits"),
        pytest.param("", "'' is not a date", id="empty"),
        pytest.param("yesterday", "'yesterday' is not a date", id="word"),
    ],
)
def test_a_date_that_cannot_be_run_is_refused_in_one_line(requested, message):
    with pytest.raises(InvalidDateError) as raised:
        resolve("manual", requested, None)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_logical_date_in_the_future_is_refused():
    with pytest.raises(InvalidDateError, match="2026-03-05 is in the future"):
        resolve("manual", None, "2026-03-05")


def test_a_scheduled_run_without_interval_is_refused():
    with pytest.raises(InvalidDateError, match="has no data interval"):
        resolve("scheduled", None, None)


def test_a_run_that_is_cleared_days_later_keeps_its_date():
    later = NOW + timedelta(days=9)
    assert resolve("manual", None, None, run_after=NOW, now=later) == date(2026, 2, 28)


def test_the_day_is_the_utc_day():
    in_tokyo = datetime(2026, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=9)))  # 23:00 the day before in UTC
    assert last_complete_day(in_tokyo) == date(2026, 2, 27)
    assert resolve("manual", None, None, run_after=in_tokyo) == date(2026, 2, 27)


def test_one_second_before_midnight_the_day_is_not_over():
    with pytest.raises(InvalidDateError, match="not over yet"):
        resolve("manual", "2026-02-28", None, now=at("2026-02-28T23:59:59"))
    assert resolve("manual", "2026-02-28", None, now=at("2026-03-01T00:00:00")) == date(2026, 2, 28)


def test_events_settle_some_minutes_after_the_end_of_the_day():
    assert settled_at(date(2025, 12, 31), 15) == at("2026-01-01T00:15:00")
    assert settled_at(date(2024, 2, 28), 0) == at("2024-02-29T00:00:00")


def test_a_well_formed_date_is_parsed():
    assert parse_date("2024-02-29") == date(2024, 2, 29)
