"""The rules of the gate behind the Glue job: its ledger is there, this run's own, adds up and keeps the thresholds.

The ledger is trusted, not the job's state: Glue also calls a run finished that somebody stopped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import Contract, load_contract
from clickstream.errors import GateError

RERUN = "clear transform_events"


def read_ledger(s3: S3Hook, processed_bucket: str, ingest_date: date) -> dict[str, Any] | None:
    """The ledger of one arrival date, or None when there is none.

    :raises GateError: if what lies there is no ledger
    """
    key = load_contract().ledger_key(ingest_date)
    client = s3.get_conn()
    try:
        body = client.get_object(Bucket=processed_bucket, Key=key)["Body"].read()
    except client.exceptions.NoSuchKey:
        return None
    try:
        document = json.loads(body)
    except ValueError as error:
        raise GateError(f"s3://{processed_bucket}/{key} is not JSON ({error}): {RERUN}") from None
    if not isinstance(document, dict):
        raise GateError(f"s3://{processed_bucket}/{key} is not a JSON object: {RERUN}")
    return document


def broken_rules(ledger: Mapping[str, Any], arrival_date: str, job_run_id: str | None, contract: Contract) -> list[str]:
    """One sentence a broken rule: the number, the rule, what to do. Empty when the day may be published."""
    if missing := [c.name for c in contract.tables["run_ledger"].columns if c.name not in ledger]:
        return [
            f"the ledger lacks {', '.join(missing)}: the Glue script is not of this contract: deploy it, then {RERUN}"
        ]
    if foreign := _foreign(ledger, arrival_date, job_run_id):
        return foreign
    return [*_lost_rows(ledger), *_thresholds(ledger, arrival_date, contract)]


def _foreign(ledger: Mapping[str, Any], arrival_date: str, job_run_id: str | None) -> list[str]:
    if ledger.get("ingest_date") != arrival_date:
        return [f"the ledger is of {ledger.get('ingest_date')}, not of {arrival_date}: {RERUN}"]
    if not job_run_id or ledger["job_run_id"] != job_run_id:
        found = f"the ledger is of Glue run {ledger['job_run_id']}, finished {ledger['finished_at']}"
        return [f"{found}; this run's {job_run_id or '(none)'} left none (was it stopped?): {RERUN}"]
    return []


def _lost_rows(ledger: Mapping[str, Any]) -> list[str]:
    read, written, duplicate, quarantined = (
        ledger[name] for name in ("rows_read", "rows_written", "rows_duplicate", "rows_quarantined")
    )
    advice = "rows were lost or invented: do not publish; mend the Glue job"
    sums = (
        (
            "rows_read",
            read,
            written + duplicate + quarantined,
            f"{written:,} written + {duplicate:,} duplicate + {quarantined:,} quarantined",
        ),
        ("rows_quarantined", quarantined, sum(ledger["rows_quarantined_by_reason"].values()), "the sum by reason"),
        ("rows_written", written, sum(ledger["rows_written_by_event_date"].values()), "the sum by event date"),
    )
    return [
        f"{name} {stated:,} is not {total:,} ({meaning}): {advice}"
        for name, stated, total, meaning in sums
        if stated != total
    ]


def _thresholds(ledger: Mapping[str, Any], arrival_date: str, contract: Contract) -> list[str]:
    rules = contract.thresholds
    read, broken = ledger["rows_read"], []
    if read < rules["min_rows_read"]:
        broken.append(
            f"rows_read {read:,} is below min_rows_read {rules['min_rows_read']:,}: check the producer, then {RERUN}"
        )
    unreadable, limit = ledger["unreadable_objects"], rules["max_unreadable_objects"]
    if len(unreadable) > limit:
        broken.append(
            f"{len(unreadable)} raw objects could not be read to their end, the first is {unreadable[0]}; "
            f"max_unreadable_objects is {limit}: repair or remove them, then {RERUN}"
        )
    if read < rules["share_rules_from_rows"]:
        return broken  # a few bad events of a handful say nothing about the producer
    by_reason: Mapping[str, int] = ledger["rows_quarantined_by_reason"]
    worst = max(by_reason, key=lambda reason: by_reason[reason], default="none")
    shares = (
        (
            "quarantine",
            ledger["rows_quarantined"],
            f"mostly {worst}: look at table quarantine, ingest_date {arrival_date}",
        ),
        ("duplicate", ledger["rows_duplicate"], "look for a producer that sends twice"),
    )
    for name, count, where in shares:
        limit = rules[f"max_{name}_share"]
        if count / read > limit:
            broken.append(
                f"{name} share {count / read:.2%} ({count:,} of {read:,} rows) is above max_{name}_share {limit:.2%}; "
                f"{where}; mend the data and {RERUN}, or raise the threshold and clear check_ledger"
            )
    return broken
