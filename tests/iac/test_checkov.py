"""checkov finds nothing in ``iac/``, has really read all of it, and every skip says why."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
IAC = REPOSITORY / "iac"
CHECKOV = REPOSITORY / ".venv" / "iac" / "bin" / "checkov"
TIMEOUT_S = 300


def checkov(folder: Path, *options: str) -> dict[str, Any]:
    """What checkov reports of a folder, with the repository's configuration."""
    assert CHECKOV.is_file(), "checkov is not there: run `make lint-iac` or `make test` once, they install it"
    command = [str(CHECKOV), "-d", str(folder), "--config-file", str(IAC / ".checkov.yaml"), "--output", "json"]
    result = subprocess.run([*command, *options], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode in {0, 1}, result.stderr[-3000:]
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return checkov(IAC)


def test_no_check_fails(report):
    failed = [
        f"{check['check_id']} {check['check_name']}: {check['resource']} ({check['file_path']})"
        for check in report["results"]["failed_checks"]
    ]
    assert not failed, "\n".join(failed)


def test_every_file_was_read(report):
    assert report["results"]["parsing_errors"] == []
    declared = sum(len(re.findall(r"^(?:resource|data) ", file.read_text(), re.MULTILINE)) for file in IAC.glob("*.tf"))
    # It leaves out those whose count comes to nothing.
    assert report["summary"]["resource_count"] > 0.8 * declared > 0


def test_every_skip_says_why(report):
    reasons = {
        check["check_id"]: check["check_result"]["suppress_comment"] for check in report["results"]["skipped_checks"]
    }
    short = {check_id: reason for check_id, reason in reasons.items() if len(reason.split()) < 5}
    assert not short
    assert "No comment provided" not in reasons.values()


def test_a_fault_is_found(tmp_path):
    (tmp_path / "open.tf").write_text('resource "aws_sns_topic" "open" {\n  name = "open"\n}\n')
    failed = checkov(tmp_path, "--check", "CKV_AWS_26")["results"]["failed_checks"]
    assert [check["resource"] for check in failed] == ["aws_sns_topic.open"]
