"""Which reports a run makes out of date. No Airflow: the S3 client is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from clickstream.contract import Contract, Report, keys


def outdated_dates(event_dates: list[str], s3: Any, reports_bucket: str, contract: Contract) -> list[str]:
    """The event dates touched, and the later ones whose windowed reports have read one of them.

    A report that is just being built counts as well: its query may have started before these events were there. So of
    two runs side by side one always rebuilds what the other read too early. Leases are listed first, because a report
    that gives its lease back meanwhile has a folder by then.

    :param event_dates: ``YYYY-MM-DD``, those that the run touched
    :param s3: a boto3 client
    :returns: ``YYYY-MM-DD``, sorted; none where no date was touched
    """
    touched = {date.fromisoformat(text) for text in event_dates}
    windowed = [report for report in contract.reports if report.is_windowed]
    if not touched or not windowed:
        return sorted(event_dates)
    days_after = max(report.reads_days_before for report in windowed)
    later = {day + timedelta(days=n) for day in touched for n in range(1, days_after + 1)}
    present: set[date] = set()
    for report in windowed:
        present |= set(_being_built(s3, reports_bucket, report, contract))
    for report in windowed:
        present |= set(_built(s3, reports_bucket, report, min(touched), contract))
    return sorted(day.isoformat() for day in touched | (later & present))


def _being_built(s3: Any, bucket: str, report: Report, contract: Contract) -> Iterator[date]:
    folder = keys.lease_folder(report, contract)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        for entry in page.get("Contents", []):
            yield keys.leased_date(entry["Key"])


def _built(s3: Any, bucket: str, report: Report, first: date, contract: Contract) -> Iterator[date]:
    start = keys.report_folders_prefix(report, contract)
    after = keys.report_folder(report, first, contract)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start, Delimiter="/", StartAfter=after)
    for page in pages:
        for entry in page.get("CommonPrefixes", []):
            yield keys.folder_date(entry["Prefix"])
