"""Where things lie, and what the keys tell again."""

from __future__ import annotations

from datetime import date

import pytest

from clickstream.contract import keys, load_contract

CONTRACT = load_contract()
DAY, ARRIVAL = date(2025, 12, 9), date(2026, 1, 2)
REPORT = CONTRACT.report("event_counts")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (keys.raw_prefix(CONTRACT), "events/"),
        (keys.raw_folder(DAY, CONTRACT), "events/year=2025/month=12/day=09/"),
        (keys.event_folder(DAY, ARRIVAL, CONTRACT), "events/year=2025/month=12/day=09/ingest_date=2026-01-02/"),
        (keys.quarantine_folder(ARRIVAL, CONTRACT), "quarantine/ingest_date=2026-01-02/"),
        (keys.ledger_key(ARRIVAL, CONTRACT), "ledger/ingest_date=2026-01-02/ledger.json"),
        (keys.staging_folder(ARRIVAL, CONTRACT), "staging/ingest_date=2026-01-02/"),
        (keys.report_folder(REPORT, DAY, CONTRACT), "reports/event_counts/report_date=2025-12-09/"),
        (keys.lease_key(REPORT, DAY, CONTRACT), "leases/event_counts/2025-12-09.json"),
        (keys.dashboard_key(DAY, CONTRACT), "dashboard/report_date=2025-12-09/index.html"),
        (keys.dashboard_index_key(CONTRACT), "dashboard/index.html"),
    ],
)
def test_a_key_is_made_of_the_contracts_prefix_and_the_date(found, expected):
    assert found == expected


def test_keys_tell_their_date_again():
    assert keys.leased_date(keys.lease_key(REPORT, DAY, CONTRACT)) == DAY
    assert keys.folder_date(keys.report_folder(REPORT, DAY, CONTRACT)) == DAY
    assert keys.folder_date(keys.dashboard_folder(DAY, CONTRACT)) == DAY
    with pytest.raises(ValueError, match="old"):
        keys.folder_date("dashboard/report_date=old/")


def test_folders_lie_in_the_prefixes_that_other_rules_speak_of():
    assert keys.raw_folder(DAY, CONTRACT).startswith(keys.raw_prefix(CONTRACT))
    assert keys.report_folder(REPORT, DAY, CONTRACT).startswith(keys.report_folders_prefix(REPORT, CONTRACT))
    assert keys.lease_key(REPORT, DAY, CONTRACT).startswith(keys.lease_folder(REPORT, CONTRACT))
    assert keys.ledger_key(DAY, CONTRACT).startswith(keys.ledger_folder(DAY, CONTRACT))


def test_a_partition_needs_a_value_for_each_key():
    with pytest.raises(ValueError, match="shorter"):
        keys.partition_folder(CONTRACT.tables.events, ["2025", "12", "09"])
