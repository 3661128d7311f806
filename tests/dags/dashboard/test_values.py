"""How values are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clickstream.contract import Column
from clickstream.dashboard.values import (
    MAX_CELL_CHARACTERS,
    Change,
    as_number,
    change,
    cut,
    escape_invisible,
    format_duration,
    format_value,
)

COUNT, RATE = Column("event_count", "bigint"), Column("conversion_rate", "double")


@pytest.mark.parametrize(
    ("value", "name", "type_", "expected"),
    [
        pytest.param("1234567", "event_count", "bigint", "1,234,567", id="a_count_has_separators"),
        pytest.param("0.0647", "conversion_rate", "double", "6.5 %", id="a_rate_is_a_percentage"),
        pytest.param("0.31", "share", "double", "31.0 %", id="a_share_is_a_percentage"),
        pytest.param("1234.5", "revenue", "decimal(18,2)", "1,234.50", id="money_has_two_decimals"),
        pytest.param("1.2345E3", "average_order_value", "double", "1,234.50", id="athena_may_write_exponents"),
        pytest.param("754.3", "average_length_s", "double", "12 min 34 s", id="seconds_are_a_length_of_time"),
        pytest.param("7300", "longest_length_s", "bigint", "2 h 1 min", id="whole_seconds_too"),
        pytest.param(None, "step_rate", "double", "–", id="null_is_a_dash"),
        pytest.param("NaN", "step_rate", "double", "–", id="not_a_number_is_a_dash"),
        pytest.param("007", "product_id", "string", "007", id="a_text_of_digits_stays_as_it_is"),
    ],
)
def test_a_value_is_shown_by_its_column(value, name, type_, expected):
    assert format_value(value, Column(name, type_)) == expected


def test_a_long_text_is_cut_and_its_length_named():
    assert cut("x" * MAX_CELL_CHARACTERS) == "x" * MAX_CELL_CHARACTERS
    assert cut("x" * 2**20) == "x" * MAX_CELL_CHARACTERS + "… (1,048,576 characters)"
    assert cut("the beginning", limit=20, full_length=2**20) == "the beginning… (1,048,576 characters)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\u202eb", "a\\u202eb", id="a_turn_of_direction"),
        pytest.param("a\u2066b\u2069", "a\\u2066b\\u2069", id="an_isolate"),
        pytest.param("a\x00b\x1b[31m", "a\\u0000b\\u001b[31m", id="control_characters"),
        pytest.param("a\u200bb\ufeff", "a\\u200bb\\ufeff", id="no_width"),
        pytest.param("\ud83d", "\\ud83d", id="half_a_surrogate_pair"),
        pytest.param("شراء 👍🏽 été", "شراء 👍🏽 été", id="letters_of_any_script_stay"),
    ],
)
def test_characters_that_act_are_written_out(text, expected):
    assert escape_invisible(text) == expected


@pytest.mark.parametrize(
    ("now", "before", "column", "expected"),
    [
        pytest.param("110", "100", COUNT, Change("+10.0 %", "up"), id="more"),
        pytest.param("75", "100", COUNT, Change("−25.0 %", "down"), id="less"),
        pytest.param("100", "100", COUNT, Change("±0", "same"), id="the_same"),
        pytest.param("100001", "100000", COUNT, Change("±0", "same"), id="what_rounds_to_nothing"),
        pytest.param("5", "0", COUNT, None, id="nothing_before_has_no_percentage"),
        pytest.param("0", "0", COUNT, Change("±0", "same"), id="still_nothing"),
        pytest.param("0.065", "0.05", RATE, Change("+1.5 pp", "up"), id="a_rate_in_points"),
        pytest.param("0.05", "0", RATE, Change("+5.0 pp", "up"), id="a_rate_from_zero"),
        pytest.param(None, "100", COUNT, None, id="no_number_now"),
        pytest.param("100", None, COUNT, None, id="no_number_before"),
    ],
)
def test_a_change_is_in_percent_or_points(now, before, column, expected):
    assert change(as_number(now), as_number(before), column) == expected


def test_a_duration_has_its_two_largest_units():
    assert [format_duration(s) for s in (0, 59.4, 60, 3599, 3600, Decimal("90061"))] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 0 min",
        "25 h 1 min",
    ]
