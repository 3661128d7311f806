"""What an Athena query costs. Standard library only."""

from __future__ import annotations

import math

from clickstream.contract import Contract

BYTES_PER_MB = 10**6
BYTES_PER_TB = 10**12


def query_cost_usd(bytes_scanned: int, contract: Contract) -> float:
    """The price of one query: Athena bills whole megabytes, and some even where hardly anything was read.

    In powers of ten, in which the price is never below AWS's, whatever a megabyte is to its bill.
    """
    billed = max(math.ceil(bytes_scanned / BYTES_PER_MB) * BYTES_PER_MB, contract.costs["athena_minimum_bytes"])
    return float(billed / BYTES_PER_TB * contract.costs["athena_tb_usd"])
