"""The DAGs on every Airflow version that is supported, each with exactly what MWAA installs for it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import REPOSITORY, Commands

pytestmark = pytest.mark.matrix

# Airflow version -> the environment that holds MWAA's pins for it
VERSIONS = {"3.0.6": "airflow-3.0.6", "3.2.1": "airflow", "3.3.1": "airflow-3.3.1"}
ARRIVAL = "2026-01-15"
TESTS_TIMEOUT_S = 600
# What a scheduler does once a minute. Airflow 3.0 refuses to publish an asset before, also in `airflow dags test`.
ACTIVATE_ASSETS = """
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
SchedulerJobRunner(Job())._update_asset_orphanage()
"""
TIMES = {"started_at", "finished_at", "duration_s", "job_run_id", "output_bytes"}


def interpreter(version: str) -> Path:
    return REPOSITORY / ".venv" / VERSIONS[version] / "bin" / "python"


def activate_assets(commands: Commands, version: str) -> None:
    settings = commands.airflow_settings(LOCAL_AWS_AIRFLOW=VERSIONS[version])
    for arguments in (["-m", "airflow", "dags", "reserialize"], ["-c", ACTIVATE_ASSETS]):
        subprocess.run([interpreter(version), *arguments], cwd=REPOSITORY, env=settings, timeout=120, check=True)


@pytest.fixture(scope="module", autouse=True)
def sample(commands: Commands) -> None:
    assert commands("up").returncode == 0
    loaded = commands("load", "sample_data/clickstream.json", "--arrival", ARRIVAL)
    assert loaded.returncode == 0, loaded.stderr


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    """What the runs left, by version."""
    return {}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_environment_is_of_that_version(version: str) -> None:
    found = subprocess.run(
        [interpreter(version), "-c", "from importlib import metadata; print(metadata.version('apache-airflow'))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout.strip() == version


@pytest.mark.parametrize("version", VERSIONS)
def test_pip_finds_all_of_requirements_txt_among_mwaas_pins(version: str) -> None:
    """Without an index pip can only take what is installed: it would fail on anything that is missing or too old."""
    pip = [str(REPOSITORY / ".venv" / "uv" / "bin" / "python"), "-m", "pip", "--python", str(interpreter(version))]
    found = subprocess.run(
        [*pip, "install", "--dry-run", "--no-index", "--requirement", str(REPOSITORY / "requirements.txt")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "Would install" not in found.stdout
    assert "apache-airflow-providers-amazon" in found.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_the_dags_import_render_and_resolve_dates(version: str) -> None:
    ran = subprocess.run(
        [interpreter(version), "-m", "pytest", "tests/dags", "-q"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / ".venv" / "airflow-pytest")},
        capture_output=True,
        text=True,
        timeout=TESTS_TIMEOUT_S,
        check=False,
    )
    print(ran.stdout[-300:])
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_of_the_dag_publishes_the_samples_reports(
    commands: Commands, results: dict[str, dict[str, Any]], version: str
) -> None:
    if version == "3.0.6":
        activate_assets(commands, version)
    ran = commands("run", ARRIVAL, LOCAL_AWS_AIRFLOW=VERSIONS[version])
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    assert "48 rows read = 35 written + 3 duplicate + 10 quarantined" in ran.stdout
    path = commands.bucket("processed") / "ledger" / f"ingest_date={ARRIVAL}" / "ledger.json"
    ledger = {name: value for name, value in json.loads(path.read_text()).items() if name not in TIMES}
    rows = commands.query("select event_type, event_count, user_count from event_counts order by report_date, 1")
    results[version] = {"ledger": ledger, "rows": rows}


def test_every_version_left_the_same(results: dict[str, dict[str, Any]]) -> None:
    assert set(results) == set(VERSIONS)
    assert all(result == results["3.2.1"] for result in results.values())
    assert results["3.2.1"]["rows"]
