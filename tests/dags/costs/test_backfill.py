"""What a backfill would cost, against a bucket of the tests' own."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest

from clickstream.contract import keys, load_contract
from clickstream.costs.backfill import format_plan, plan_dates
from clickstream.costs.prices import crawl_usd, glue_run_usd
from tests.dags.gates.documents import ledger

CONTRACT = load_contract()
FIRST = date(2026, 1, 1)
MIB, GIB = 1024**2, 1024**3
BUCKETS = ("raw", "processed", "reports")


class Objects:
    """What the plan asks of S3: listings and ledgers."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], Any] = {}

    def raw(self, day: date, size: int) -> None:
        self.bodies["raw", f"{keys.raw_folder(day, CONTRACT)}a.gz"] = size

    def run(self, day: date, input_bytes: int, duration_s: float) -> None:
        document = ledger(ingest_date=day.isoformat(), input_bytes=input_bytes, duration_s=duration_s)
        self.bodies["processed", keys.ledger_key(day, CONTRACT)] = document.to_json().encode()

    def get_paginator(self, _operation: str) -> Objects:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's spelling
        found = {
            key: body for (bucket, key), body in self.bodies.items() if bucket == Bucket and key.startswith(Prefix)
        }
        return [{"Contents": [{"Key": key, "Size": size} for key, size in found.items()]}]

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, int]:  # noqa: N803 - boto3's spelling
        return {"KeyCount": min(MaxKeys, len(self.paginate(Bucket, Prefix)[0]["Contents"]))}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        return {"Body": io.BytesIO(self.bodies[Bucket, Key])}


@pytest.fixture
def s3() -> Objects:
    return Objects()


def plan(s3: Objects, days: int = 1) -> Any:
    return plan_dates(s3, *BUCKETS, FIRST, FIRST + timedelta(days=days - 1), CONTRACT)


def test_small_runs_do_not_make_a_large_date_expensive(s3):
    """Scaled through the origin, these ledgers would ask 14 hours for the date and 12 USD."""
    for n in range(1, 6):
        s3.run(FIRST - timedelta(days=n), 2 * MIB, 20.0)
    s3.raw(FIRST, 5 * GIB)
    found = plan(s3)
    assert found.measured_runs == 5
    assert found.glue_usd == pytest.approx(
        glue_run_usd(20 + 5 * CONTRACT.costs.assumed_glue_s_per_gib, CONTRACT), rel=0.1
    )


def test_each_date_with_raw_events_pays_a_crawl_of_ten_minutes_and_the_others_nothing(s3):
    s3.raw(FIRST, MIB)
    s3.raw(FIRST + timedelta(days=2), MIB)
    found = plan(s3, days=3)
    assert [day.expected_s > 0 for day in found.dates] == [True, False, True]
    assert found.crawler_usd == pytest.approx(2 * crawl_usd(CONTRACT)) == pytest.approx(2 * 2 / 6 * 0.44)
    assert found.crawler_usd > 9 * found.glue_usd  # of small days it is the larger part by far


def test_the_sum_names_its_parts_and_what_it_rests_on(s3):
    s3.raw(FIRST, MIB)
    *_, counted, priced = format_plan(plan(s3, days=2))
    assert counted.startswith("1 of 2 dates have raw events: 0.001 GiB")
    assert priced.startswith("About 0.16 USD: 0.01 of the Glue job (0.03 DPU-hours, from the contract's assumption")
    assert "0.15 of the crawler, whose every crawl is billed as 10 minutes at least" in priced


def test_no_raw_event_costs_nothing(s3):
    found = plan(s3, days=3)
    assert (found.glue_usd, found.crawler_usd) == (0, 0)
