"""docs/reports.md names every report and no other, with what the contract says of it."""

from __future__ import annotations

import re
from pathlib import Path

from clickstream.contract import load_contract
from clickstream.reports.statements import sql_folder

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
CONTRACT = load_contract()


def test_the_table_lists_every_report_in_the_contracts_order():
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == [report.name for report in CONTRACT.reports]


def test_what_a_backfill_rebuilds_has_the_contracts_numbers():
    windowed = {report.name: report.reads_days_before for report in CONTRACT.reports if report.is_windowed}
    assert set(windowed) == {"daily_users", "user_retention"}
    for name, days in windowed.items():
        assert re.search(rf"`{name}`: (up to )?{days}( days)?[,)]", TEXT), name
    assert f"these two for the {max(windowed.values())} dates" in " ".join(TEXT.split())


def test_every_placeholder_that_it_names_is_used_by_a_report():
    files = [*(sql_folder() / "reports").glob("*.sql"), *(sql_folder() / "shared").glob("*.sql")]
    used = "\n".join(path.read_text() for path in files)
    named = set(re.findall(r"\{\{ (\w+)", TEXT))
    assert named == set(re.findall(r"\{\{ (\w+)", used)) | {"days_since_monday"}


def test_the_files_that_it_names_exist():
    for name in re.findall(r"`((?:tests|dags|sql|docs)/[\w./]+\w)`", TEXT):
        assert (ROOT / name).exists(), name
