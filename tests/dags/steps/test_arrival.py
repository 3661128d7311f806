"""The date of a run, as Airflow describes the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from clickstream.errors import ArrivalDateError
from clickstream.steps.arrival import resolve_date

NOW = datetime.now(UTC)
YESTERDAY = (NOW.date() - timedelta(days=1)).isoformat()


def resolve(run_type: str, requested: str | None, interval: datetime | None = None, **params: Any) -> str:
    run = SimpleNamespace(run_type=run_type, data_interval_start=interval, run_after=NOW)
    return resolve_date.function(dag_run=run, params={"date": requested, **params})


def test_a_manual_run_without_logical_date_takes_the_last_complete_day():
    assert resolve("manual", None) == YESTERDAY


def test_a_manual_run_takes_its_parameter():
    assert resolve("manual", "2026-01-15") == "2026-01-15"


def test_a_run_type_may_be_an_enumeration():
    interval = datetime(2026, 1, 31, tzinfo=UTC)
    assert resolve(SimpleNamespace(value="backfill"), "2026-01-15", interval) == "2026-01-31"  # type: ignore[arg-type]


@pytest.mark.parametrize("requested", [NOW.date().isoformat(), "2999-01-01", "15.01.2026"])
def test_a_date_that_cannot_be_run_fails_without_a_retry(requested):
    with pytest.raises(ArrivalDateError):
        resolve("manual", requested)


def test_the_current_day_can_be_forced():
    today = NOW.date().isoformat()
    assert resolve("manual", today, allow_today=True) == today
    with pytest.raises(ArrivalDateError, match="tick allow_today"):
        resolve("manual", today, allow_today=False)
