"""What AWS bills."""

from __future__ import annotations

import pytest

from clickstream.contract import load_contract
from clickstream.costs.prices import query_usd


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
