"""The DAGs on every Airflow version that is default, each with exactly what MWAA installs for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local_aws.process import free_port
from tests.e2e.commands import REPOSITORY, Commands

pytestmark = pytest.mark.matrix

# Airflow version -> the environment that holds MWAA's pins for it
VERSIONS = {"3.0.6": "airflow-3.0.6", "3.2.1": "airflow", "3.3.1": "airflow-3.3.1"}
DEFAULT = "3.2.1"  # what the others are compared with
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


@dataclass(frozen=True)
class Result:
    """What a run of the DAG printed and left."""

    printed: str
    ledger: dict[str, Any]
    rows: list[list[str]]


@pytest.fixture(scope="session")
def result_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Result]]:
    """Runs the DAG on the sample with a version of Airflow, once for each that is asked for."""
    commands = Commands(tmp_path_factory.mktemp("state"), free_port())
    assert commands("up").returncode == 0
    loaded = commands("load", "sample_data/clickstream.json", "--arrival", ARRIVAL)
    assert loaded.returncode == 0, loaded.stderr

    @cache
    def run(version: str) -> Result:
        if version == "3.0.6":
            activate_assets(commands, version)
        ran = commands("run", ARRIVAL, LOCAL_AWS_AIRFLOW=VERSIONS[version])
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
        ledger = {
            name: value for name, value in commands.ledger(date.fromisoformat(ARRIVAL)).items() if name not in TIMES
        }
        rows = commands.query("select event_type, event_count, user_count from event_counts order by report_date, 1")
        return Result(ran.stdout, ledger, rows)

    yield run
    commands("down")


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
    # What another version deprecates is no error: make test has the warnings of the default one.
    ran = subprocess.run(
        [interpreter(version), "-m", "pytest", "tests/dags", "-q", "-W", "default"],
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
def test_a_run_of_the_dag_publishes_the_samples_reports(result_of: Callable[[str], Result], version: str) -> None:
    result = result_of(version)
    assert "48 rows read = 35 written + 3 duplicate + 10 quarantined" in result.printed
    assert result.rows
    default = result_of(DEFAULT)
    assert (result.ledger, result.rows) == (default.ledger, default.rows)
