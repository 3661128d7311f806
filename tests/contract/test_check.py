"""A typo in contract.json is one line, in the check of ``make lint`` and in every command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LINE = "contract.json: thresholds.max_lateness_dayz: unknown key, did you mean thresholds.max_lateness_days?"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """A copy of the DAGs folder, of which tests change the contract."""
    return Path(shutil.copytree(REPOSITORY / "dags", tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__")))


def misspell(dags: Path) -> None:
    file = dags / "clickstream" / "contract" / "contract.json"
    file.write_text(
        file.read_text(encoding="utf-8").replace("max_lateness_days", "max_lateness_dayz"), encoding="utf-8"
    )


def run(dags: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [str(dags), str(REPOSITORY / "tools"), str(REPOSITORY / "packages" / "local-aws" / "src")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_contract_that_is_well_is_silent(dags):
    found = run(dags, "clickstream.contract")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_a_typo_fails_the_check_in_one_line(dags):
    misspell(dags)
    found = run(dags, "clickstream.contract")
    assert (found.returncode, found.stdout, found.stderr) == (1, "", f"{LINE}\n")


def test_a_schema_of_another_model_fails_the_check_until_it_is_written_anew(dags):
    file = dags / "clickstream" / "contract" / "contract.schema.json"
    file.write_text("{}", encoding="utf-8")
    found = run(dags, "clickstream.contract")
    assert found.returncode == 1
    assert found.stderr.startswith("contract.schema.json is not the schema of the model")
    assert run(dags, "clickstream.contract", "--write").returncode == 0
    assert run(dags, "clickstream.contract").returncode == 0


@pytest.mark.parametrize(
    "command", [("run", "2026-01-15"), ("plan", "2026-01-15", "2026-01-16"), ("package",)], ids=" ".join
)
def test_a_typo_ends_a_command_in_one_line(dags, command):
    misspell(dags)
    found = run(dags, "clickstream_dev", *command)
    assert found.returncode != 0
    assert found.stderr.splitlines()[-1].endswith(LINE)
    assert "Traceback" not in found.stderr
