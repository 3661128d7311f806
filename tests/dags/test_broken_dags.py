"""What is wrong with the files that ship is one line wherever a DAG file is parsed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DAGS_FOLDER = Path(__file__).resolve().parents[2] / "dags"
PARSE = """
import json, sys
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.0
    from airflow.models.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({"dags": sorted(bag.dags), "errors": bag.import_errors}))
"""
PARSE_TIMEOUT_S = 120


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """A copy of dags/."""
    folder = tmp_path / "dags"
    shutil.copytree(DAGS_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "sql"))
    return folder


def parse(dags: Path) -> dict[str, Any]:
    """The ids of the DAGs that Airflow finds there, and the last line of what it says of the other files, by DAG id."""
    result = subprocess.run(
        [sys.executable, "-c", PARSE, str(dags)],
        env={**os.environ, "PYTHONPATH": str(dags), "AIRFLOW__CORE__DAGS_FOLDER": str(dags)},
        capture_output=True,
        text=True,
        timeout=PARSE_TIMEOUT_S,
        check=True,
    )
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    found["errors"] = {Path(name).stem: error.strip().splitlines()[-1] for name, error in found["errors"].items()}
    return found


def test_a_typo_in_a_threshold_is_the_last_line_of_every_dags_import_error(dags: Path):
    file = dags / "clickstream" / "contract" / "contract.json"
    file.write_text(file.read_text().replace('"max_lateness_days"', '"max_lateness_dayz"'))
    found = parse(dags)
    assert found["dags"] == []
    assert sorted(found["errors"]) == sorted(path.stem for path in dags.glob("*.py"))
    for error in found["errors"].values():
        assert error.endswith(
            "contract.json: thresholds.max_lateness_dayz: unknown key, did you mean thresholds.max_lateness_days?"
        )


def test_a_package_that_only_the_dashboard_needs_is_missed_before_anything_runs(dags: Path):
    file = dags / "clickstream" / "dashboard" / "render.py"
    file.write_text(file.read_text().replace("import jinja2", "import a_missing_package as jinja2"))
    found = parse(dags)
    missed = "ModuleNotFoundError: No module named 'a_missing_package'"
    assert found["errors"] == {"clickstream_daily": missed, "clickstream_replay": missed}
