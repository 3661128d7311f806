"""The gate behind the Glue job: every rule green and red."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from botocore.response import StreamingBody

from clickstream.contract import load_contract
from clickstream.errors import GateError
from clickstream.gates.ledger import broken_rules, check_ledger

DATE, RUN = "2026-01-31", "jr_1"


def ledger(**changes: Any) -> dict[str, Any]:
    """A sound ledger of 2,000 rows, with changes."""
    reasons = dict.fromkeys(load_contract().quarantine_reasons, 0)
    return {
        "ingest_date": DATE,
        "ledger_version": 1,
        "job_run_id": RUN,
        "started_at": "2026-02-01T00:15:00.000Z",
        "finished_at": "2026-02-01T00:18:00.000Z",
        "duration_s": 180.0,
        "rows_read": 2000,
        "rows_written": 1900,
        "rows_duplicate": 60,
        "rows_quarantined": 40,
        "rows_late": 100,
        "rows_quarantined_by_reason": {**reasons, "malformed_json": 25, "too_late": 15},
        "rows_written_by_event_date": {"2026-01-30": 100, DATE: 1800},
        "values_nulled_by_field": {"price": 0},
        "event_dates": ["2026-01-30", DATE],
        "input_objects": 3,
        "input_bytes": 1000,
        "unreadable_objects": [],
        "output_files": 2,
        "output_bytes": 900,
        "lookback_dates": [],
        "lookback_dates_without_ledger": [],
        "versions": {"contract": "1"},
        **changes,
    }


def quarantined(count: int, read: int = 2000) -> dict[str, Any]:
    return ledger(
        rows_read=read,
        rows_written=read - count,
        rows_duplicate=0,
        rows_quarantined=count,
        rows_quarantined_by_reason={"malformed_json": 0, "too_late": count},
        rows_written_by_event_date={DATE: read - count},
    )


def duplicates(count: int, read: int = 2000) -> dict[str, Any]:
    return ledger(
        rows_read=read,
        rows_written=read - count,
        rows_duplicate=count,
        rows_quarantined=0,
        rows_quarantined_by_reason={},
        rows_written_by_event_date={DATE: read - count},
    )


def rules(document: dict[str, Any], job_run_id: str | None = RUN) -> list[str]:
    return broken_rules(document, DATE, job_run_id, load_contract())


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(ledger(), id="a sound day"),
        pytest.param(quarantined(100), id="a quarantine share of exactly the threshold"),
        pytest.param(duplicates(400), id="a duplicate share of exactly the threshold"),
        pytest.param(quarantined(999, read=999), id="all quarantined, but too few rows to judge shares"),
        pytest.param(duplicates(1, read=1), id="the least number of rows"),
    ],
)
def test_a_day_that_keeps_the_rules_passes(document):
    assert rules(document) == []


@pytest.mark.parametrize(
    ("document", "expected"),
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
def test_a_broken_rule_is_one_sentence_with_its_number_and_what_to_do(document, expected):
    [sentence] = rules(document)
    assert sentence.startswith(expected)
    assert "clear " in sentence or "mend the Glue job" in sentence
    assert "\n" not in sentence


def test_a_run_without_id_passes_nothing():
    assert rules(ledger(job_run_id=""), job_run_id="") != []
    assert rules(ledger(job_run_id=None), job_run_id=None) != []


def test_all_broken_rules_are_named():
    document = quarantined(2000)
    assert len(rules({**document, "unreadable_objects": ["a"], "rows_duplicate": 5})) == 3


def test_a_ledger_of_another_contract_says_what_it_lacks():
    document = ledger()
    del document["rows_late"], document["versions"]
    [sentence] = rules(document)
    assert sentence.startswith("the ledger lacks rows_late, versions: the Glue script is not of this contract")


def answer(stub, body: bytes) -> None:
    request = {"Bucket": "the-processed", "Key": f"ledger/ingest_date={DATE}/ledger.json"}
    stub(S3Hook, "s3").add_response("get_object", {"Body": StreamingBody(io.BytesIO(body), len(body))}, request)


def check() -> list[str]:
    return check_ledger(DATE, RUN, "the-processed", "aws_default")


def test_the_gate_gives_the_event_dates_touched(stub):
    answer(stub, json.dumps(ledger()).encode())
    assert check() == ["2026-01-30", DATE]


def test_the_gate_fails_with_every_sentence_in_one_line(stub):
    answer(stub, json.dumps({**quarantined(2000), "unreadable_objects": ["a"]}).encode())
    with pytest.raises(GateError, match=r"1 raw objects could not be read.*; quarantine share 100.00%"):
        check()


def test_no_ledger_means_the_run_did_not_finish(stub):
    stub(S3Hook, "s3").add_client_error("get_object", "NoSuchKey", http_status_code=404)
    with pytest.raises(GateError, match=r"no ledger at s3://the-processed/ledger/ingest_date=2026-01-31/ledger.json: "):
        check()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_ledger_that_is_none_is_named(stub, body):
    answer(stub, body)
    with pytest.raises(GateError, match="is not"):
        check()
