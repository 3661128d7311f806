"""What a backfill would read and cost: looks only, changes nothing. No Airflow, so that `make plan` can use it too."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clickstream.contract import Contract, LedgerError, RunLedger, keys
from clickstream.costs.prices import dpu_count
from clickstream.dates import InvalidDateError

GIB = 1024**3
LEDGERS_CONSIDERED = 30


@dataclass(frozen=True)
class DatePlan:
    """One arrival date: its raw objects and bytes, whether it was run, and which of its reports are there.

    ``expected_s`` is how long its Glue run is expected to take, 0 where nothing arrived.
    """

    arrival_date: date
    raw_objects: int
    raw_bytes: int
    has_ledger: bool
    reports: tuple[str, ...]
    expected_s: float


@dataclass(frozen=True)
class BackfillPlan:
    """All dates of a range and what running them is expected to cost.

    :param measured_runs: how many ledgers the expectation rests on; 0 means the contract's assumption
    """

    dates: tuple[DatePlan, ...]
    report_count: int
    dpu_count: int
    dpu_hour_usd: float
    minimum_s: int
    measured_runs: int

    @property
    def to_run(self) -> tuple[DatePlan, ...]:
        """The dates that have raw events."""
        return tuple(day for day in self.dates if day.raw_objects)

    @property
    def raw_gib(self) -> float:
        """What the runs would read."""
        return sum(day.raw_bytes for day in self.to_run) / GIB

    @property
    def dpu_hours(self) -> float:
        """Glue bills each run by the second, at least ``minimum_s`` of them."""
        return sum(self.dpu_count * max(day.expected_s, self.minimum_s) / 3600 for day in self.to_run)

    @property
    def usd(self) -> float:
        """The price of the Glue runs; Athena and the crawler come on top and are small beside it."""
        return self.dpu_hours * self.dpu_hour_usd


def plan_dates(
    s3: Any, raw_bucket: str, processed_bucket: str, reports_bucket: str, first: date, last: date, contract: Contract
) -> BackfillPlan:
    """Look at every arrival date from first to last, both included.

    :param s3: a boto3 client
    :raises InvalidDateError: if last is before first
    :raises LedgerError: if what lies in a ledger's place is none
    """
    if last < first:
        raise InvalidDateError(f"{last} is before {first}: give the earlier date first")
    seconds_per_gib, measured_runs = _glue_s_per_gib(s3, processed_bucket, contract)
    dates = []
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        sizes = [entry["Size"] for entry in _objects(s3, raw_bucket, keys.raw_folder(day, contract))]
        dates.append(
            DatePlan(
                arrival_date=day,
                raw_objects=len(sizes),
                raw_bytes=sum(sizes),
                has_ledger=_any(s3, processed_bucket, keys.ledger_key(day, contract)),
                reports=tuple(
                    r.name for r in contract.reports if _any(s3, reports_bucket, keys.report_folder(r, day, contract))
                ),
                expected_s=sum(sizes) / GIB * seconds_per_gib,
            )
        )
    return BackfillPlan(
        dates=tuple(dates),
        report_count=len(contract.reports),
        dpu_count=dpu_count(contract),
        dpu_hour_usd=contract.costs.glue_dpu_hour_usd,
        minimum_s=contract.costs.glue_minimum_s,
        measured_runs=measured_runs,
    )


def format_plan(plan: BackfillPlan) -> list[str]:
    """The plan as a table and a sentence, for a screen or a log."""
    lines = [f"{'arrival date':<14}{'raw objects':>12}{'raw MiB':>10}  {'ledger':<8}{'reports':<9}"]
    for day in plan.dates:
        reports = f"{len(day.reports)} of {plan.report_count}" if day.has_ledger or day.reports else "-"
        lines.append(
            f"{day.arrival_date!s:<14}{day.raw_objects:>12,}{day.raw_bytes / 1024**2:>10,.1f}  "
            f"{'yes' if day.has_ledger else '-':<8}{reports:<9}"
        )
    basis = f"{plan.measured_runs} earlier runs" if plan.measured_runs else "the contract's assumption: no run yet"
    lines.append(
        f"{len(plan.to_run)} of {len(plan.dates)} dates have raw events: {plan.raw_gib:,.3f} GiB to read, about "
        f"{plan.dpu_hours:,.2f} DPU-hours of Glue, {plan.usd:,.2f} USD (from {basis}). Nothing was started."
    )
    return lines


def _glue_s_per_gib(s3: Any, processed_bucket: str, contract: Contract) -> tuple[float, int]:
    """The median of the newest ledgers, and how many there are."""
    prefix = contract.tables.run_ledger.prefix
    newest = sorted(entry["Key"] for entry in _objects(s3, processed_bucket, prefix))[-LEDGERS_CONSIDERED:]
    ledgers = [_ledger(s3, processed_bucket, key) for key in newest]
    rates = [ledger.duration_s / (ledger.input_bytes / GIB) for ledger in ledgers if ledger.input_bytes]
    return (statistics.median(rates), len(rates)) if rates else (contract.costs.assumed_glue_s_per_gib, 0)


def _ledger(s3: Any, bucket: str, key: str) -> RunLedger:
    try:
        return RunLedger.from_json(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except LedgerError as error:
        raise LedgerError(f"the ledger s3://{bucket}/{key} {error}") from None


def _objects(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def _any(s3: Any, bucket: str, prefix: str) -> bool:
    return bool(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["KeyCount"])
