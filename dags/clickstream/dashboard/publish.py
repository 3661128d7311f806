"""Writes the pages to the reports bucket."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import Contract, keys, load_contract
from clickstream.dashboard.days import fetch_days
from clickstream.dashboard.render import render_index, render_page
from clickstream.settings import Settings

INDEX_ATTEMPTS = 5

log = logging.getLogger(__name__)


def publish_pages(
    report_dates: Sequence[str], bytes_scanned: Mapping[tuple[str, date], int], settings: Settings
) -> list[str]:
    """Write the page of each report date, then the one that lists all dates.

    :param bytes_scanned: by report name and report date, of the reports that this run built
    :returns: where the pages lie, as S3 URIs
    """
    if not report_dates:
        log.info("The run touched no event date: no page to write")
        return []
    contract, made_at = load_contract(), datetime.now(UTC)
    dates = [date.fromisoformat(text) for text in report_dates]
    days = fetch_days(dates, settings, contract)
    client = S3Hook(aws_conn_id=settings.aws_conn_id).get_conn()
    pages = []
    for day in dates:
        page = render_page(days[day], days, bytes_scanned, made_at, contract)
        pages.append(_write(client, settings.reports_bucket, keys.dashboard_key(day, contract), page))
    _write_index(client, settings.reports_bucket, contract, made_at)
    return pages


def published_dates(client: Any, bucket: str, contract: Contract) -> list[date]:
    """Every date that has a page."""
    return sorted(_dates(client, bucket, contract))


def _dates(client: Any, bucket: str, contract: Contract) -> Iterator[date]:
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=contract.dashboard_prefix, Delimiter="/"
    )
    for page in pages:
        for folder in page.get("CommonPrefixes", []):
            try:
                day = keys.folder_date(folder["Prefix"])
            except ValueError:
                continue  # not ours
            if folder["Prefix"] == keys.dashboard_folder(day, contract):
                yield day


def _write_index(client: Any, bucket: str, contract: Contract, made_at: datetime) -> None:
    """Write the list, and again if a run beside this one has published a date meanwhile: its own list may be older."""
    listed = published_dates(client, bucket, contract)
    for _ in range(INDEX_ATTEMPTS):
        _write(client, bucket, keys.dashboard_index_key(contract), render_index(listed, made_at, contract))
        found = published_dates(client, bucket, contract)
        if found == listed:
            return
        listed = found


def _write(client: Any, bucket: str, key: str, page: str) -> str:
    client.put_object(Bucket=bucket, Key=key, Body=page.encode(), ContentType="text/html; charset=utf-8")
    log.info("Published s3://%s/%s", bucket, key)
    return f"s3://{bucket}/{key}"
