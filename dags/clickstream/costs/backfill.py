"""What a backfill would read and cost: looks only, changes nothing. No Airflow, so that `make plan` can use it too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clickstream.contract import Contract, LedgerError, RunLedger, keys
from clickstream.costs.glue_time import GlueTime, fit_glue_time
from clickstream.costs.prices import BYTES_PER_GIB, crawl_usd, glue_run_dpu_hours
from clickstream.dates import InvalidDateError

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
    measured_runs: int
    contract: Contract

    @property
    def to_run(self) -> tuple[DatePlan, ...]:
        """The dates that have raw events."""
        return tuple(day for day in self.dates if day.raw_objects)

    @property
    def raw_gib(self) -> float:
        """What the runs would read."""
        return sum(day.raw_bytes for day in self.to_run) / BYTES_PER_GIB

    @property
    def dpu_hours(self) -> float:
        """What the Glue runs would be billed as."""
        return sum(glue_run_dpu_hours(day.expected_s, self.contract) for day in self.to_run)

    @property
    def glue_usd(self) -> float:
        """The price of the Glue runs."""
        return self.dpu_hours * self.contract.costs.glue_dpu_hour_usd

    @property
    def crawler_usd(self) -> float:
        """The price of the crawls, one a run; of small days it is the larger part."""
        return len(self.to_run) * crawl_usd(self.contract)


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
    glue_time = _measured_glue_time(s3, processed_bucket, contract)
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
                expected_s=glue_time.expected_s(sum(sizes)) if sizes else 0,
            )
        )
    return BackfillPlan(tuple(dates), glue_time.measured_runs, contract)


def format_plan(plan: BackfillPlan) -> list[str]:
    """The plan as a table and some sentences, for a screen or a log."""
    costs, report_count = plan.contract.costs, len(plan.contract.reports)
    lines = [f"{'arrival date':<14}{'raw objects':>12}{'raw MiB':>10}  {'ledger':<8}{'reports':<9}"]
    for day in plan.dates:
        reports = f"{len(day.reports)} of {report_count}" if day.has_ledger or day.reports else "-"
        lines.append(
            f"{day.arrival_date!s:<14}{day.raw_objects:>12,}{day.raw_bytes / 1024**2:>10,.1f}  "
            f"{'yes' if day.has_ledger else '-':<8}{reports:<9}"
        )
    basis = f"{plan.measured_runs} earlier runs" if plan.measured_runs else "the contract's assumption: no run yet"
    lines.append(
        f"{len(plan.to_run)} of {len(plan.dates)} dates have raw events: {plan.raw_gib:,.3f} GiB to read. "
        "Nothing was started."
    )
    lines.append(
        f"About {plan.glue_usd + plan.crawler_usd:,.2f} USD: {plan.glue_usd:,.2f} of the Glue job "
        f"({plan.dpu_hours:,.2f} DPU-hours, from {basis}) and {plan.crawler_usd:,.2f} of the crawler, whose every "
        f"crawl is billed as {costs.crawler_minimum_s / 60:g} minutes at least. Athena's queries come on top "
        f"({costs.athena_tb_usd:g} USD a TB, {costs.athena_minimum_bytes / 10**6:g} MB each at least)."
    )
    return lines


def _measured_glue_time(s3: Any, processed_bucket: str, contract: Contract) -> GlueTime:
    """How long the job takes, as the newest ledgers have it."""
    prefix = contract.tables.run_ledger.prefix
    newest = sorted(entry["Key"] for entry in _objects(s3, processed_bucket, prefix))[-LEDGERS_CONSIDERED:]
    ledgers = [_ledger(s3, processed_bucket, key) for key in newest]
    return fit_glue_time([(ledger.input_bytes, ledger.duration_s) for ledger in ledgers], contract)


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
