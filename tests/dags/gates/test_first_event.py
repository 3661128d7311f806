"""Whether the pipeline had begun, by the first keys of both buckets."""

from __future__ import annotations

from datetime import date

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from clickstream.contract import keys, load_contract
from clickstream.gates.first_event import had_begun

DAY, NEXT_DAY = date(2025, 12, 31), date(2026, 1, 1)


@pytest.mark.parametrize(
    ("first_event", "first_ledger", "begun"),
    [
        pytest.param(None, None, False, id="nothing_ever"),
        pytest.param(DAY, None, True, id="events_of_the_day"),
        pytest.param(date(2025, 2, 28), None, True, id="earlier_events"),
        pytest.param(NEXT_DAY, None, False, id="events_of_the_next_day_only"),
        pytest.param(NEXT_DAY, date(2025, 2, 28), True, id="a_ledger_whose_events_have_expired"),
        pytest.param(None, DAY, True, id="a_ledger_of_the_day_alone"),
        pytest.param(NEXT_DAY, NEXT_DAY, False, id="a_ledger_of_the_next_day_only"),
    ],
)
def test_it_had_begun_with_an_event_or_a_ledger_by_the_end_of_the_date(
    monkeypatch: pytest.MonkeyPatch, first_event: date | None, first_ledger: date | None, begun: bool
) -> None:
    contract = load_contract()
    found = {
        "the-raw": [f"{keys.raw_folder(first_event, contract)}a.gz"] if first_event else [],
        "the-processed": [keys.ledger_key(first_ledger, contract)] if first_ledger else [],
    }
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix, max_items: found[bucket])
    assert had_begun(S3Hook(), "the-raw", "the-processed", DAY) is begun
