"""Whether the pipeline had begun by a date: a day before its first event is no day that failed."""

from __future__ import annotations

from datetime import date, timedelta

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import keys, load_contract


def had_begun(s3: S3Hook, raw_bucket: str, processed_bucket: str, arrival_date: date) -> bool:
    """Whether anything had arrived, or been processed, by the end of the date.

    A new deployment has runs of the day before it: unpausing a DAG starts one at once. S3 lists keys in their order,
    which is that of the dates, so the first key tells. Raw events may expire, ledgers stay: both are looked at, or a
    producer that has been silent for long would look like one that has not begun. iac/freshness_check.asl.json asks the
    same.
    """
    contract, next_day = load_contract(), arrival_date + timedelta(days=1)
    first_event = s3.list_keys(raw_bucket, prefix=keys.raw_prefix(contract), max_items=1)
    if first_event and first_event[0] < keys.raw_folder(next_day, contract):
        return True
    first_ledger = s3.list_keys(processed_bucket, prefix=contract.tables.run_ledger.prefix, max_items=1)
    return bool(first_ledger) and first_ledger[0] < keys.ledger_folder(next_day, contract)
