"""What a Glue run, a crawl, records and an Athena query cost, minimums included. Standard library only."""

from __future__ import annotations

import math

from clickstream.contract import Contract

BYTES_PER_MB = 10**6
BYTES_PER_TB = 10**12
BYTES_PER_GIB = 1024**3


def dpu_count(contract: Contract) -> int:
    """The DPUs that a Glue run holds."""
    return int(contract.glue.worker_count * contract.costs.glue_dpu_by_worker_type[contract.glue.worker_type])


def glue_run_dpu_hours(duration_s: float, contract: Contract) -> float:
    """What is billed of one Glue run of that length: by the second, at least ``glue_minimum_s`` of them."""
    return dpu_count(contract) * max(duration_s, contract.costs.glue_minimum_s) / 3600


def glue_run_usd(duration_s: float, contract: Contract) -> float:
    """The price of one Glue run of that length."""
    return glue_run_dpu_hours(duration_s, contract) * contract.costs.glue_dpu_hour_usd


def crawl_usd(contract: Contract, duration_s: float = 0) -> float:
    """The price of one crawl: billed by the second, at least ``crawler_minimum_s`` of them.

    https://aws.amazon.com/glue/pricing/ has ten minutes; the crawls of this pipeline are over long before.
    """
    billed_s = max(duration_s, contract.costs.crawler_minimum_s)
    return contract.costs.assumed_crawler_dpu_count * billed_s / 3600 * contract.costs.glue_dpu_hour_usd


def records_usd(count: float, record_bytes: float, contract: Contract) -> float:
    """The price of putting that many records of that size into the delivery stream.

    Each is billed as a multiple of ``firehose_step_bytes``, however many are put in one call:
    https://aws.amazon.com/firehose/pricing/.
    """
    steps = math.ceil(record_bytes / contract.costs.firehose_step_bytes)
    return count * steps * contract.costs.firehose_step_bytes / BYTES_PER_GIB * contract.costs.firehose_gb_usd


def query_usd(bytes_scanned: int, contract: Contract) -> float:
    """The price of one query: Athena bills whole megabytes, and some even where hardly anything was read.

    In powers of ten, in which the price is never below AWS's, whatever a megabyte is to its bill.
    """
    billed = max(math.ceil(bytes_scanned / BYTES_PER_MB) * BYTES_PER_MB, contract.costs.athena_minimum_bytes)
    return float(billed / BYTES_PER_TB * contract.costs.athena_tb_usd)
