"""sample_data/clickstream.json: what its notes say is what it holds."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from clickstream.contract import keys, load_contract
from firehose_producer.records import RecordFile
from sample_data.sessions import NEXT_STEPS
from tests.e2e.independent import Independent

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "clickstream.json"
ARRIVAL_DATE = date(2026, 1, 15)


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    return list(RecordFile(SAMPLE))


def test_every_line_is_accounted_for_and_each_reason_occurs(records, tmp_path):
    folder = tmp_path / keys.raw_folder(ARRIVAL_DATE, load_contract())
    folder.mkdir(parents=True)
    (folder / "sample.gz").write_bytes(gzip.compress(b"\n".join(records)))
    assert Independent(tmp_path).ledger(ARRIVAL_DATE) == {
        "rows_read": 48,
        "rows_written": 35,
        "rows_duplicate": 3,
        "rows_quarantined": 10,
        "rows_late": 3,
        "rows_quarantined_by_reason": {
            "malformed_json": 2,
            "missing_user_id": 2,
            "missing_event_type": 1,
            "invalid_event_type": 1,
            "invalid_timestamp": 2,
            "timestamp_in_future": 1,
            "too_late": 1,
        },
        "rows_written_by_event_date": {"2026-01-13": 2, "2026-01-14": 1, "2026-01-15": 31, "2026-01-16": 1},
    }


def test_what_must_be_quarantined_says_so(records):
    assert sum(b"to be quarantined" in record for record in records) == 10


def test_every_event_type_of_the_generator_occurs_and_one_that_it_does_not_know(records):
    events = [json.loads(record) for record in records if b"to be quarantined" not in record]
    types = {event["event_type"] for event in events}
    assert types - set(NEXT_STEPS) == {"wishlist_add"}
    assert types >= set(NEXT_STEPS)


def test_the_awkward_cases_are_there(records):
    events = [json.loads(record) for record in records if b"to be quarantined" not in record]
    known = {field.name for field in load_contract().event.fields}
    assert any(set(event) - known - {"note"} for event in events)
    assert any(isinstance(event.get("price"), str) for event in events)
    assert any(isinstance(event.get("quantity"), str) for event in events)
    assert any("product_id" not in event for event in events)
    assert any(event.get("product_id", "") is None for event in events)
    assert any(not event["user_id"].isascii() for event in events)
    assert {int, str} == {type(event["timestamp"]) for event in events}
    assert any(set(event) == {"user_id", "event_type", "product_id", "timestamp"} for event in events)
    copies = Counter(event.get("event_id") for event in events)
    assert copies["e-0007"] == copies["e-0016"] == 2
