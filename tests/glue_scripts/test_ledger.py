"""The ledger's counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clickstream.contract import Contract
from clickstream_glue.errors import LostRowsError
from clickstream_glue.ledger import Source, ledger_counts, progress_lines, run_ledger
from tests.glue_scripts.support import INGEST_DATE


@pytest.fixture
def observed(contract: Contract) -> dict[str, int]:
    """Ten rows: six written, one of them late, three quarantined, one duplicate."""
    counts = {f"reason:{reason}": 0 for reason in contract.quarantine_reasons}
    counts |= {f"date:{day}": 0 for day in (f"2026-02-{n}" for n in range(22, 29))}
    counts |= {f"nulled:{name}": 0 for name in ("event_id", "session_id", "product_id", "price", "quantity")}
    counts |= {"read": 10, "duplicate": 1, "reason:too_late": 1, "reason:malformed_json": 2, "nulled:price": 2}
    return counts | {"date:2026-02-22": 1, "date:2026-03-01": 4, "date:2026-03-02": 1}


def test_the_counts_add_up(observed: dict[str, int], contract: Contract) -> None:
    counts = ledger_counts(observed, [date(2026, 2, 24), INGEST_DATE], INGEST_DATE, contract)
    assert counts.rows_read == 10
    assert (counts.rows_written, counts.rows_duplicate, counts.rows_quarantined) == (6, 1, 3)
    assert counts.rows_late == 1
    assert counts.rows_written_by_event_date == {
        date(2026, 2, 22): 1,
        date(2026, 3, 1): 4,
        date(2026, 3, 2): 1,
    }
    assert list(counts.rows_quarantined_by_reason) == list(contract.quarantine_reasons)
    assert counts.values_nulled_by_field["price"] == 2
    assert [day.isoformat() for day in counts.event_dates] == ["2026-02-22", "2026-02-24", "2026-03-01", "2026-03-02"]


def test_a_lost_row_stops_the_run(observed: dict[str, int], contract: Contract) -> None:
    with pytest.raises(LostRowsError, match=r"rows_read 11 is not 10 \(6 written \+ 1 duplicate \+ 3 quarantined\)"):
        ledger_counts({**observed, "read": 11}, [], INGEST_DATE, contract)


def test_no_rows_at_all_are_a_ledger_of_zeros(observed: dict[str, int], contract: Contract) -> None:
    counts = ledger_counts(dict.fromkeys(observed, 0), [], INGEST_DATE, contract)
    assert counts.rows_read == counts.rows_written == 0
    assert counts.rows_written_by_event_date == {}
    assert set(counts.rows_quarantined_by_reason.values()) == {0}


def test_the_ledger_tells_what_was_read_and_written(observed: dict[str, int], contract: Contract) -> None:
    counts = ledger_counts(observed, [], INGEST_DATE, contract)
    started_at = datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    source = Source(3, 4096, ["events/a.gz"], [date(2026, 2, 28)], [date(2026, 2, 27)])
    ledger = run_ledger(counts, INGEST_DATE, "jr_1", started_at, source, [10, 20], {"contract": "1"})
    assert ledger.started_at == started_at
    assert (ledger.input_objects, ledger.input_bytes) == (3, 4096)
    assert ledger.unreadable_objects == ("events/a.gz",)
    assert ledger.lookback_dates == (date(2026, 2, 28),)
    assert ledger.lookback_dates_without_ledger == (date(2026, 2, 27),)
    assert (ledger.output_files, ledger.output_bytes) == (2, 30)
    assert set(ledger.versions) == {"contract", "python", "job"}


def test_the_log_names_every_count_and_the_reasons_seen(observed: dict[str, int], contract: Contract) -> None:
    lines = progress_lines(ledger_counts(observed, [], INGEST_DATE, contract))
    assert [line.split() for line in lines] == [
        ["read", "10"],
        ["written", "6"],
        ["duplicate", "1"],
        ["quarantined", "3"],
        ["late", "1"],
        ["malformed_json", "2"],
        ["too_late", "1"],
        ["price", "2"],
    ]
