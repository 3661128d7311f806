"""The package as others install it: what it imports is what it says that it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from package_facts import Package, circle_in

PACKAGE = Package(Path(__file__).resolve().parents[1])


def test_every_distribution_that_is_imported_is_declared() -> None:
    assert PACKAGE.undeclared() == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert PACKAGE.imports()["firehose_producer.command"]
    assert circle_in(PACKAGE.imports()) == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE.sources / "firehose_producer" / "py.typed").is_file()


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firehose_producer", "--stream", "s", str(tmp_path / "missing.jsonl")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("producer: ")
    assert "does not exist: give the path of a JSON-lines file" in ended.stderr
