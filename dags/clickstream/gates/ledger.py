"""The rules of the gate behind the Glue job: its ledger is there, this run's own, adds up and keeps the thresholds.

The ledger is trusted, not the job's state: Glue also calls a run finished that somebody stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import Contract, LedgerError, RunLedger, keys, load_contract
from clickstream.contract.rules import wrong_sums
from clickstream.contract.run_ledger import utc_text
from clickstream.errors import GateError

RERUN = "clear transform_events"


def read_ledger(s3: S3Hook, processed_bucket: str, ingest_date: date) -> RunLedger | None:
    """The ledger of one arrival date, or None when there is none.

    :raises GateError: if what lies there is no ledger
    """
    key = keys.ledger_key(ingest_date, load_contract())
    client = s3.get_conn()
    try:
        body = client.get_object(Bucket=processed_bucket, Key=key)["Body"].read()
    except client.exceptions.NoSuchKey:
        return None
    try:
        return RunLedger.from_json(body)
    except LedgerError as error:
        advice = f"the Glue script may not be of this contract: deploy it, then {RERUN}"
        raise GateError(f"the ledger s3://{processed_bucket}/{key} {error}: {advice}") from None


def broken_rules(ledger: RunLedger, arrival_date: date, job_run_id: str | None, contract: Contract) -> list[str]:
    """One sentence a broken rule: the number, the rule, what to do. Empty when the day may be published."""
    if ledger.ingest_date != arrival_date:
        return [f"the ledger is of {ledger.ingest_date}, not of {arrival_date}: {RERUN}"]
    if not job_run_id or ledger.job_run_id != job_run_id:
        found = f"the ledger is of Glue run {ledger.job_run_id}, finished {utc_text(ledger.finished_at)}"
        return [f"{found}; this run's {job_run_id or '(none)'} left none (was it stopped?): {RERUN}"]
    advice = "rows were lost or invented: do not publish; mend the Glue job"
    return [
        *(f"{wrong}: {advice}" for wrong in wrong_sums(ledger)),
        *_broken_limits(ledger, contract),
        *_broken_shares(ledger, contract),
    ]


def _broken_limits(ledger: RunLedger, contract: Contract) -> Iterator[str]:
    least, most = contract.thresholds.min_rows_read, contract.thresholds.max_unreadable_objects
    if ledger.rows_read < least:
        yield f"rows_read {ledger.rows_read:,} is below min_rows_read {least:,}: check the producer, then {RERUN}"
    unreadable = ledger.unreadable_objects
    if len(unreadable) > most:
        yield (
            f"{len(unreadable)} raw objects could not be read to their end, the first is {unreadable[0]}; "
            f"max_unreadable_objects is {most}: repair or remove them, then {RERUN}"
        )


def _broken_shares(ledger: RunLedger, contract: Contract) -> Iterator[str]:
    thresholds, read = contract.thresholds, ledger.rows_read
    if not read or read < thresholds.share_rules_from_rows:
        return  # a few bad events of a handful say nothing about the producer
    by_reason = ledger.rows_quarantined_by_reason
    worst = max(by_reason, key=lambda reason: by_reason[reason], default="none")
    look_at = f"mostly {worst}: look at table quarantine, ingest_date {ledger.ingest_date}"
    shares = (
        ("quarantine", ledger.rows_quarantined, thresholds.max_quarantine_share, look_at),
        ("duplicate", ledger.rows_duplicate, thresholds.max_duplicate_share, "look for a producer that sends twice"),
    )
    for name, count, limit, where in shares:
        if count / read > limit:
            yield (
                f"{name} share {count / read:.2%} ({count:,} of {read:,} rows) is above max_{name}_share {limit:.2%}; "
                f"{where}; mend the data and {RERUN}, or raise the threshold and clear check_ledger"
            )
