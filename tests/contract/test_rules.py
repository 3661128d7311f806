"""The rules that two parts keep: which dates belong together, and which sums must agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickstream.contract import Contract, load_contract, rules
from clickstream.contract.rules import accepted_timestamps, possible_arrival_dates, possible_event_dates

DAY = date(2026, 2, 27)
SKEWS = st.integers(0, 3000) | st.sampled_from([0, 1, 1439, 1440, 1441, 2880])
LATENESS = st.integers(0, 40)
MICROSECOND = timedelta(microseconds=1)


def contract_with(skew: int, lateness: int = 7, lookback: int = 1) -> Contract:
    contract = load_contract()
    thresholds = replace(
        contract.thresholds, max_clock_skew_minutes=skew, max_lateness_days=lateness, dedupe_lookback_days=lookback
    )
    return replace(contract, thresholds=thresholds)


def test_the_contracts_own_dates():
    contract = contract_with(skew=60)
    days = possible_event_dates(DAY, contract)
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 20), date(2026, 2, 28), 9)
    days = possible_arrival_dates(DAY, contract)
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 26), date(2026, 3, 6), 9)


@pytest.mark.parametrize("skew", [0, 1440, 2880])
def test_an_event_at_exactly_midnight_is_looked_for_on_the_day_that_brought_it(skew):
    contract = contract_with(skew)
    _, last = accepted_timestamps(DAY, contract)
    assert last.time() == datetime.min.time()  # the first instant of a date of its own
    assert possible_event_dates(DAY, contract)[-1] == last.date()
    assert possible_arrival_dates(last.date(), contract)[0] == DAY


@given(skew=SKEWS, lateness=LATENESS, distance=st.integers(-45, 45))
def test_the_arrival_dates_of_an_event_date_are_the_inverse_of_the_event_dates_of_an_arrival_date(
    skew, lateness, distance
):
    contract, other = contract_with(skew, lateness), DAY + timedelta(days=distance)
    assert (other in possible_event_dates(DAY, contract)) == (DAY in possible_arrival_dates(other, contract))


@given(skew=SKEWS, lateness=LATENESS)
def test_the_possible_event_dates_are_those_of_the_accepted_instants_to_the_microsecond(skew, lateness):
    contract = contract_with(skew, lateness)
    first, last = accepted_timestamps(DAY, contract)
    days = possible_event_dates(DAY, contract)
    assert (days[0], days[-1]) == (first.date(), last.date())
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert (first - MICROSECOND).date() not in days
    assert first == datetime(first.year, first.month, first.day, tzinfo=UTC)
    assert last - datetime(2026, 2, 28, tzinfo=UTC) == timedelta(minutes=skew)


@given(lookback=st.integers(0, 40), distance=st.integers(-45, 45))
def test_runs_that_look_back_at_each_other_are_neighbours(lookback, distance):
    contract, other = contract_with(60, lookback=lookback), DAY + timedelta(days=distance)
    looks = other in rules.lookback_dates(DAY, contract) or DAY in rules.lookback_dates(other, contract)
    assert looks == (other in rules.lookback_neighbours(DAY, contract))
    assert rules.lookback_dates(DAY, contract) == [DAY - timedelta(days=n) for n in range(lookback, 0, -1)]
