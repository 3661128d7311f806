"""What AWS bills."""

from __future__ import annotations

import pytest

from clickstream.contract import load_contract
from clickstream.costs.prices import crawl_usd, glue_run_usd, query_usd, records_usd


@pytest.mark.parametrize(
    ("bytes_scanned", "cents"),
    [
        pytest.param(0, 0.005, id="nothing_costs_as_much_as_10_MB"),
        pytest.param(10_000_000, 0.005, id="10_MB"),
        pytest.param(10_000_001, 0.0055, id="whole_megabytes_are_billed"),
        pytest.param(10**12, 500, id="a_terabyte"),
    ],
)
def test_a_query_costs_what_athena_bills(bytes_scanned, cents):
    assert 100 * query_usd(bytes_scanned, load_contract()) == pytest.approx(cents)


@pytest.mark.parametrize(
    ("duration_s", "dpu_minutes"),
    [
        pytest.param(5, 20, id="ten_minutes_are_the_least"),
        pytest.param(1200, 40, id="by_the_second_beyond"),
    ],
)
def test_a_crawl_costs_ten_minutes_at_least(duration_s, dpu_minutes):
    assert crawl_usd(load_contract(), duration_s) == pytest.approx(dpu_minutes / 60 * 0.44)


def test_a_glue_run_costs_a_minute_at_least():
    contract = load_contract()
    assert glue_run_usd(5, contract) == glue_run_usd(60, contract) == pytest.approx(2 / 60 * 0.44)


@pytest.mark.parametrize(
    ("record_bytes", "steps"),
    [
        pytest.param(200, 1, id="a_small_record_costs_5_KB"),
        pytest.param(5120, 1, id="5_KB"),
        pytest.param(5121, 2, id="a_byte_more_is_another_5_KB"),
    ],
)
def test_a_record_is_billed_in_steps_of_five_kilobytes(record_bytes, steps):
    assert records_usd(1024 * 1024, record_bytes, load_contract()) == pytest.approx(5 * steps * 0.029)
