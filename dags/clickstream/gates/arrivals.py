"""Whether the pipeline had begun by a date: a day before its first event is no day that failed."""

from __future__ import annotations

from datetime import date, timedelta

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import keys, load_contract


def had_begun(s3: S3Hook, raw_bucket: str, arrival_date: date) -> bool:
    """Whether anything had arrived by the end of the date.

    A new deployment has runs of the day before it: unpausing a DAG starts one at once. S3 lists keys in their order,
    which is that of the dates, so the first key tells. iac/freshness_check.asl.json asks the same.
    """
    contract = load_contract()
    first = s3.list_keys(raw_bucket, prefix=keys.raw_prefix(contract), max_items=1)
    return bool(first) and first[0] < keys.raw_folder(arrival_date + timedelta(days=1), contract)
