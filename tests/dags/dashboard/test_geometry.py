"""Where things lie in a chart."""

from __future__ import annotations

import pytest

from clickstream.dashboard.geometry import (
    MAX_TICKS,
    Scale,
    fit_text,
    round_ticks,
    split_at_gaps,
    text_width,
    value_range,
)


def write_count(value: float) -> str:
    return f"{value:,.0f}"


def write_rate(value: float) -> str:
    return f"{value * 100:,.1f} %"


def test_a_scale_maps_its_ends_and_what_is_between():
    upwards = Scale(0, 10, start=224, end=10)
    assert [upwards.place(value) for value in (0, 5, 10)] == [224, 117, 10]
    assert Scale(-1, 2, start=0, end=1).place(0) == 0.3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([3, 7], (0, 7), id="zero_is_in_it"),
        pytest.param([-3, -7], (-7, 0), id="only_negative"),
        pytest.param([-3, None, 7], (-3, 7), id="both_signs_and_a_gap"),
        pytest.param([0, 0], (0, 1), id="all_zero"),
        pytest.param([None], (0, 1), id="nothing_known"),
        pytest.param([], (0, 1), id="nothing_at_all"),
    ],
)
def test_the_range_of_values_has_zero_in_it_and_is_never_empty(values, expected):
    assert value_range(values) == expected


@pytest.mark.parametrize(
    ("low", "high", "write", "texts"),
    [
        pytest.param(0, 189, write_count, "0 50 100 150 200", id="counts"),
        pytest.param(0, 1, write_count, "0 1", id="no_number_twice"),
        pytest.param(0, 3, write_count, "0 1 2 3", id="whole_numbers"),
        pytest.param(0, 10, write_count, "0 2 4 6 8 10", id="as_many_as_there_may_be"),
        pytest.param(-10, 8, write_count, "-10 -5 0 5 10", id="both_signs"),
        pytest.param(-7, 0, write_count, "-8 -6 -4 -2 0", id="only_negative"),
        pytest.param(0, 0.003, write_rate, "0.0_% 0.1_% 0.2_% 0.3_%", id="small_rates"),
        pytest.param(0, 1e-12, write_count, "0 1", id="less_than_is_ever_written"),
        pytest.param(0, 1_234_567, write_count, "0 500,000 1,000,000 1,500,000", id="millions"),
    ],
)
def test_ticks_are_round_few_and_each_written_differently(low, high, write, texts):
    ticks = round_ticks(low, high, write)
    assert [write(tick).replace(" ", "_") for tick in ticks] == texts.split()
    assert ticks[0] <= low
    assert ticks[-1] >= high


@pytest.mark.parametrize("power", range(-5, 300, 7))
def test_ticks_surround_numbers_of_every_size(power):
    for digits in (1.0, 1.9999, 4.5, 9.99):
        high = digits * 10.0**power
        ticks = round_ticks(0, high, str)
        assert 2 <= len(ticks) <= MAX_TICKS
        assert ticks[0] == 0
        assert high * (1 - 1e-12) <= ticks[-1] <= 2.5 * high


def test_points_are_split_at_gaps():
    one, two, three = (1.0, 1.0), (2.0, 1.0), (3.0, 1.0)
    assert split_at_gaps([None, one, None, None, two, three]) == [[one], [two, three]]
    assert split_at_gaps([one, None]) == [[one]]
    assert split_at_gaps([None, None]) == split_at_gaps([]) == []


def test_a_text_takes_room_by_its_characters():
    assert text_width("") == 0
    assert text_width("iiii") < text_width("nnnn") < text_width("NNNN") < text_width("WWWW") < text_width("日本語、")
    assert text_width("e\u0301") == text_width("e")


def test_a_text_that_does_not_fit_ends_with_an_ellipsis():
    assert fit_text("page_view", 200) == "page_view"
    cut = fit_text("W" * 30, 180)
    assert cut.strip("W") == "…"
    assert 180 - text_width("W") < text_width(cut) <= 180
    assert fit_text("", 0) == ""
    assert fit_text("page_view", 1) == "…"
