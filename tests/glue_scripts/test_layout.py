"""The keys of one run."""

from __future__ import annotations

from datetime import date

from clickstream.contract import Contract, keys
from clickstream_glue.layout import Layout

DAY = date(2026, 1, 9)


def test_a_run_has_one_partition_of_each_event_date_that_no_other_run_shares(contract: Contract) -> None:
    assert (
        Layout(contract, DAY).partition(date(2025, 12, 31)) == "events/year=2025/month=12/day=31/ingest_date=2026-01-09"
    )


def test_all_that_is_unfinished_lies_under_the_runs_own_staging(contract: Contract) -> None:
    layout = Layout(contract, DAY)
    unfinished = [layout.replaced_dates, layout.staged_rows, layout.staged_quarantine, layout.staged_ledger]
    unfinished += [layout.staged_partition(DAY), layout.staged_quarantined_rows]
    assert all(key.startswith("staging/ingest_date=2026-01-09/") for key in unfinished)


def test_the_ledger_and_the_quarantine_lie_where_the_tables_are(contract: Contract) -> None:
    layout = Layout(contract, DAY)
    assert layout.ledger == keys.ledger_key(DAY, contract) == f"{layout.ledger_folder}/ledger.json"
    assert layout.quarantine == "quarantine/ingest_date=2026-01-09"
