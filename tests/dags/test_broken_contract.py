"""A mistake in contract.json is one line wherever a DAG file is parsed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_a_typo_in_a_threshold_is_the_last_line_of_every_dags_import_error(tmp_path: Path):
    dags = tmp_path / "dags"
    shutil.copytree(DAGS_FOLDER, dags, ignore=shutil.ignore_patterns("__pycache__", "sql"))
    file = dags / "clickstream" / "contract" / "contract.json"
    file.write_text(file.read_text().replace('"max_lateness_days"', '"max_lateness_dayz"'))
    result = subprocess.run(
        [sys.executable, "-c", PARSE, str(dags)],
        env={**os.environ, "PYTHONPATH": str(dags), "AIRFLOW__CORE__DAGS_FOLDER": str(dags)},
        capture_output=True,
        text=True,
        timeout=PARSE_TIMEOUT_S,
        check=True,
    )
    found = json.loads(result.stdout.splitlines()[-1])

    assert found["dags"] == []
    assert sorted(Path(name).stem for name in found["errors"]) == sorted(path.stem for path in dags.glob("*.py"))
    for error in found["errors"].values():
        last = error.strip().splitlines()[-1]
        assert last.endswith(
            "contract.json: thresholds.max_lateness_dayz: unknown key, did you mean thresholds.max_lateness_days?"
        )
