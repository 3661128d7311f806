"""The README's commands, files and tables are true."""

from __future__ import annotations

import re
from pathlib import Path

from clickstream.contract import load_contract

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_every_make_command_named_is_a_target_with_a_help_line():
    named = set(re.findall(r"(?:^|^\$ |`)make ([a-z-]+)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert {"demo", "test"} <= named
    assert named <= targets


def test_every_variable_given_to_a_command_is_read_by_the_makefile():
    for variable in set(re.findall(r"make [a-z]+ ([A-Z]+)=", README)):
        assert f"$({variable})" in MAKEFILE or f"$$GIVEN_{variable}" in MAKEFILE, variable


def test_every_file_and_folder_named_exists():
    named = re.findall(r"`((?:dags|sql|docs|iac|packages|sample_data|tests|tools)/[\w./-]*|[A-Z]+\.md)`", README)
    named += re.findall(r"FILE=(\S+)", README)
    assert named
    for name in named:
        if "=" not in name:
            assert (ROOT / name).exists(), name


def test_the_table_of_dags_lists_every_dag_and_no_other():
    listed = set(re.findall(r"^\| `(clickstream_\w+)`", README, re.MULTILINE))
    assert listed == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_every_report_and_prefix_of_the_contract_is_named():
    contract = load_contract()
    for report in contract.reports:
        assert f"`{report.name}`" in README
    for table in contract.tables:
        assert f"`{table.prefix}" in README


def test_it_can_be_read_in_one_go():
    assert len(README.splitlines()) <= 120
