"""What a Glue run and an Athena query cost. Standard library only."""

from __future__ import annotations

import math

from clickstream.contract import Contract

BYTES_PER_MB = 10**6
BYTES_PER_TB = 10**12


def dpu_count(contract: Contract) -> int:
    """The DPUs that a Glue run holds."""
    return int(contract.glue.worker_count * contract.costs.glue_dpu_by_worker_type[contract.glue.worker_type])


def glue_run_usd(duration_s: float, contract: Contract) -> float:
    """The price of one Glue run of that length: billed by the second, at least ``glue_minimum_s`` of them."""
    billed_s = max(duration_s, contract.costs.glue_minimum_s)
    return float(dpu_count(contract) * billed_s / 3600 * contract.costs.glue_dpu_hour_usd)


def query_usd(bytes_scanned: int, contract: Contract) -> float:
    """The price of one query: Athena bills whole megabytes, and some even where hardly anything was read.

    In powers of ten, in which the price is never below AWS's, whatever a megabyte is to its bill.
    """
    billed = max(math.ceil(bytes_scanned / BYTES_PER_MB) * BYTES_PER_MB, contract.costs.athena_minimum_bytes)
    return float(billed / BYTES_PER_TB * contract.costs.athena_tb_usd)
