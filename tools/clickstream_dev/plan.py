"""``clickstream plan``: what a backfill would read and cost, without starting anything."""

from __future__ import annotations

from datetime import date

from clickstream.contract import LedgerError, load_contract
from clickstream.costs.backfill import format_plan, plan_dates
from clickstream.dates import InvalidDateError
from clickstream_dev import server
from clickstream_dev.errors import CommandError
from clickstream_dev.resource_names import names


def plan(first: date, last: date) -> int:
    """Print a line for each date from first to last, both included, and the sum."""
    resources = names()
    buckets = (resources.raw_bucket, resources.processed_bucket, resources.reports_bucket)
    with server.running_server() as local:
        try:
            found = plan_dates(local.client("s3"), *buckets, first, last, load_contract())
        except (InvalidDateError, LedgerError) as error:
            raise CommandError(str(error)) from None
    print("\n".join(format_plan(found)))
    return 0
