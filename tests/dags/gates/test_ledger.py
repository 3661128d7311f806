"""The rules of the gate behind the Glue job, each green and red."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from clickstream.contract import RunLedger, load_contract
from clickstream.gates.ledger import broken_rules
from tests.dags.gates.documents import DATE, RUN, ledger, quarantined


def duplicates(count: int, read: int = 2000) -> RunLedger:
    return ledger(
        rows_read=read,
        rows_written=read - count,
        rows_duplicate=count,
        rows_quarantined=0,
        rows_quarantined_by_reason={},
        rows_written_by_event_date={DATE: read - count},
    )


def rules(found: RunLedger, job_run_id: str | None = RUN) -> list[str]:
    return broken_rules(found, date.fromisoformat(DATE), job_run_id, load_contract())


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(ledger(), id="a valid day"),
        pytest.param(quarantined(100), id="a quarantine share of exactly the threshold"),
        pytest.param(duplicates(400), id="a duplicate share of exactly the threshold"),
        pytest.param(quarantined(999, read=999), id="all quarantined, but too few rows to judge shares"),
        pytest.param(duplicates(1, read=1), id="the least number of rows"),
    ],
)
def test_a_day_that_keeps_the_rules_passes(found):
    assert rules(found) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            ledger(rows_read=2001),
            "rows_read 2,001 is not 2,000 (1,900 written + 60 duplicate + 40 quarantined)",
            id="rows lost",
        ),
        pytest.param(
            ledger(rows_quarantined_by_reason={"too_late": 39}),
            "rows_quarantined 40 is not 39 (the sum by reason)",
            id="reasons that do not add up",
        ),
        pytest.param(
            ledger(rows_written_by_event_date={DATE: 1}),
            "rows_written 1,900 is not 1 (the sum by event date)",
            id="event dates that do not add up",
        ),
        pytest.param(
            duplicates(0, read=0), "rows_read 0 is below min_rows_read 1: check the producer", id="nothing read"
        ),
        pytest.param(
            quarantined(101),
            "quarantine share 5.05% (101 of 2,000 rows) is above max_quarantine_share 5.00%; mostly too_late",
            id="too many quarantined",
        ),
        pytest.param(
            quarantined(51, read=1000),
            "quarantine share 5.10% (51 of 1,000 rows)",
            id="shares are judged from the first row of the threshold on",
        ),
        pytest.param(
            duplicates(401),
            "duplicate share 20.05% (401 of 2,000 rows) is above max_duplicate_share 20.00%",
            id="too many duplicates",
        ),
        pytest.param(
            ledger(unreadable_objects=["events/year=2026/a.gz", "b"]),
            "2 raw objects could not be read to their end, the first is events/year=2026/a.gz; max_unread",
            id="unreadable objects",
        ),
        pytest.param(
            ledger(ingest_date="2026-01-30"), "the ledger is of 2026-01-30, not of 2026-01-31", id="another date's"
        ),
        pytest.param(
            ledger(job_run_id="jr_0"),
            "the ledger is of Glue run jr_0, finished 2026-02-01T00:18:00.000Z; this run's jr_1 left none",
            id="an earlier run's, because this one was stopped",
        ),
    ],
)
def test_a_broken_rule_is_one_sentence_with_its_number_and_what_to_do(found, expected):
    [sentence] = rules(found)
    assert sentence.startswith(expected)
    assert "clear " in sentence or "mend the Glue job" in sentence
    assert "\n" not in sentence


def test_a_run_without_id_passes_nothing():
    assert rules(ledger(job_run_id=""), job_run_id="") != []
    assert rules(ledger(), job_run_id=None) != []


def test_all_broken_rules_are_named():
    assert len(rules(replace(quarantined(2000), unreadable_objects=("a",), rows_duplicate=5))) == 3
