"""Airflow as MWAA would run it: with Terraform's settings, and nothing of the repository on its path."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clickstream_dev import iac
from clickstream_dev.paths import REPOSITORY
from local_terraform import Module

AIRFLOW_PYTHON = REPOSITORY / ".venv" / "airflow" / "bin" / "python"
TIMEOUT_S = 120


def local_module(repository: Path = REPOSITORY) -> Module:
    """``iac/`` as the local AWS gets it, with placeholders for what is known after apply only."""
    return iac.local_module(repository, has_placeholders=True)


def run_in_airflow(
    code: str,
    folder: Path,
    *arguments: str,
    module: Module | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run Python code in Airflow's environment; returns the line of JSON that it prints last.

    :param folder: the current folder, in which Airflow gets its home too
    :param module: whose settings Airflow gets; the repository's if none is given
    """
    assert AIRFLOW_PYTHON.is_file(), "Airflow is not there: run `make setup` once"
    options = (module or local_module()).values("aws_mwaa_environment.this")[0]["airflow_configuration_options"]
    result = subprocess.run(
        [str(AIRFLOW_PYTHON), "-c", code, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            **{f"AIRFLOW__{key.replace('.', '__').upper()}": value for key, value in options.items()},
            **(environment or {}),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    printed: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return printed
