"""Which reports a run makes out of date (dags/clickstream/reports/outdated.py), on the S3 of a real local_aws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from clickstream.contract import Contract, Report, keys, load_contract
from clickstream.reports.outdated import outdated_dates

CONTRACT = load_contract()
WINDOW_DAYS = max(report.reads_days_before for report in CONTRACT.reports)
WINDOWED = next(report for report in CONTRACT.reports if report.is_windowed)
DAILY = next(report for report in CONTRACT.reports if not report.is_windowed)
DAY = date(2025, 12, 31)


class Bucket:
    """A reports bucket of the test's own."""

    def __init__(self, s3):
        self.s3, self.name = s3, f"report-dates-{uuid4().hex[:8]}"
        s3.create_bucket(Bucket=self.name)

    def put(self, *names: str) -> None:
        for key in names:
            self.s3.put_object(Bucket=self.name, Key=key, Body=b"x")

    def resolve(self, *days: date, contract: Contract = CONTRACT) -> list[str]:
        return outdated_dates([day.isoformat() for day in days], self.s3, self.name, contract)


@pytest.fixture
def bucket(local_aws):
    return Bucket(local_aws.client("s3"))


def texts(*days: date) -> list[str]:
    return [day.isoformat() for day in days]


def folder(report: Report, day: date) -> str:
    return keys.report_folder(report, day, CONTRACT)


def later(days: int) -> date:
    return DAY + timedelta(days=days)


def test_without_other_reports_it_is_the_dates_touched(bucket):
    assert bucket.resolve(DAY, later(-2)) == texts(later(-2), DAY)


def test_a_run_that_touched_nothing_rebuilds_nothing(bucket):
    bucket.put(f"{folder(WINDOWED, DAY)}rows.parquet")
    assert bucket.resolve() == []


def test_later_reports_that_read_the_date_are_rebuilt_and_no_earlier_ones(bucket):
    for days in (-1, 0, 1, WINDOW_DAYS, WINDOW_DAYS + 1):
        bucket.put(f"{folder(WINDOWED, later(days))}rows.parquet", f"{folder(WINDOWED, later(days))}more.parquet")
    assert bucket.resolve(DAY) == texts(DAY, later(1), later(WINDOW_DAYS))


def test_each_date_touched_has_its_own_window(bucket):
    for days in (1, 5, WINDOW_DAYS + 3, WINDOW_DAYS + 5, WINDOW_DAYS + 6):
        bucket.put(f"{folder(WINDOWED, later(days))}rows.parquet")
    expected = texts(DAY, later(1), later(5), later(WINDOW_DAYS + 3), later(WINDOW_DAYS + 5))
    assert bucket.resolve(later(5), DAY) == expected


def test_a_report_that_is_just_being_built_counts(bucket):
    bucket.put(keys.lease_key(WINDOWED, later(3), CONTRACT))
    assert bucket.resolve(DAY) == texts(DAY, later(3))


def test_reports_of_one_day_and_other_objects_do_not_count(bucket):
    bucket.put(f"{folder(DAILY, later(1))}rows.parquet", keys.lease_key(DAILY, later(2), CONTRACT))
    bucket.put(keys.dashboard_key(later(3), CONTRACT), f"{keys.report_prefix(WINDOWED, CONTRACT)}readme.txt")
    assert bucket.resolve(DAY) == texts(DAY)


@pytest.fixture
def listing(bucket, monkeypatch):
    """Puts a function between the code and each listing: it gets the prefix and may add arguments."""
    paginator = bucket.s3.get_paginator("list_objects_v2")

    def watch(before) -> None:
        class Watched:
            def paginate(self, **arguments):
                return paginator.paginate(**arguments, **(before(arguments["Prefix"]) or {}))

        monkeypatch.setattr(bucket.s3, "get_paginator", lambda name: Watched(), raising=False)

    return watch


def test_a_report_that_is_finished_between_the_two_looks_is_seen(bucket, listing):
    """Leases are looked at first: the other way round it would be in neither."""
    lease = keys.lease_key(WINDOWED, later(1), CONTRACT)
    bucket.put(lease)
    looks: list[str] = []

    def finish_before_the_second_look(prefix: str) -> None:
        looks.append(prefix.partition("/")[0])
        if len(set(looks)) == 2:
            bucket.put(f"{folder(WINDOWED, later(1))}rows.parquet")
            bucket.s3.delete_object(Bucket=bucket.name, Key=lease)

    listing(finish_before_the_second_look)
    assert bucket.resolve(DAY) == texts(DAY, later(1))
    assert len(set(looks)) == 2


def test_more_reports_than_a_page_of_the_listing_holds(bucket, listing):
    days = [later(number) for number in (1, 2, 3, 4, 5)]
    bucket.put(*(f"{folder(WINDOWED, day)}rows.parquet" for day in days))
    listing(lambda prefix: {"PaginationConfig": {"PageSize": 2}})
    assert bucket.resolve(DAY) == texts(DAY, *days)


def test_a_contract_without_windowed_reports_needs_no_look():
    contract = replace(CONTRACT, reports=tuple(replace(report, reads_days_before=0) for report in CONTRACT.reports))
    assert outdated_dates(["2026-01-31"], None, "no-bucket", contract) == ["2026-01-31"]
