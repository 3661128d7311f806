"""How long the Glue job takes, from few and from many ledgers."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from clickstream.contract import load_contract
from clickstream.costs.glue_time import assumed_glue_time, fit_glue_time

CONTRACT = load_contract()
MIB, GIB = 1024**2, 1024**3
FIGURES = json.loads((Path(__file__).parents[3] / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def assumed_s(raw_bytes: float) -> float:
    return assumed_glue_time(CONTRACT).expected_s(raw_bytes)


def test_without_a_run_the_contract_is_believed():
    found = fit_glue_time([], CONTRACT)
    assert (found.start_s, found.s_per_gib, found.measured_runs) == (
        pytest.approx(CONTRACT.costs.assumed_glue_start_s),
        pytest.approx(CONTRACT.costs.assumed_glue_s_per_gib),
        0,
    )


@pytest.mark.parametrize("count", [1, 2, 30])
def test_small_runs_say_nothing_about_large_ones(count):
    """Scaled through the origin, 12 seconds for a MiB would make 3.4 hours of a GiB."""
    found = fit_glue_time([(MIB, 12.0)] * count, CONTRACT)
    assert found.measured_runs == count
    assert found.expected_s(MIB) == pytest.approx(12, rel=0.2)
    assert found.expected_s(10 * GIB) == pytest.approx(assumed_s(10 * GIB), rel=0.1)


@pytest.mark.parametrize("count", [1, 30])
def test_large_runs_show_the_slope_and_leave_the_start(count):
    found = fit_glue_time([(10 * GIB, 3600.0)] * count, CONTRACT)
    assert found.expected_s(10 * GIB) == pytest.approx(3600, rel=0.05)
    assert found.expected_s(MIB) == pytest.approx(assumed_s(MIB), rel=0.3)


def test_runs_of_many_sizes_show_both_parts():
    noise = random.Random(7)
    runs = [
        (gib * GIB, (25 + 90 * gib) * noise.uniform(0.95, 1.05)) for gib in (0.01, 0.05, 0.2, 1, 3, 8) for _ in "12345"
    ]
    found = fit_glue_time(runs, CONTRACT)
    assert found.start_s == pytest.approx(25, rel=0.1)
    assert found.s_per_gib == pytest.approx(90, rel=0.1)


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param([(GIB, 500.0), (10 * GIB, 20.0)], id="more_bytes_in_less_time"),
        pytest.param([(MIB, 0.1), (10 * GIB, 36000.0)], id="no_start_at_all"),
        pytest.param([(0, 20.0)], id="nothing_read"),
        pytest.param([(GIB, 0.0)], id="no_time_taken"),
    ],
)
def test_no_ledger_makes_a_time_negative(runs):
    found = fit_glue_time(runs, CONTRACT)
    assert found.start_s >= 0
    assert found.s_per_gib >= 0


def test_the_assumption_is_not_far_from_what_was_measured():
    """One day of each size, on two cores (docs/performance.md); a worker has four."""
    runs = [(day["day"]["gzip_bytes"], day["job"]["wall_s"]) for day in FIGURES["days"].values()]
    measured = fit_glue_time(runs, CONTRACT)
    assert measured.s_per_gib < CONTRACT.costs.assumed_glue_s_per_gib < 2 * measured.s_per_gib
    assert measured.start_s < CONTRACT.costs.assumed_glue_start_s
