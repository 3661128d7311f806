"""The DAGs folder as MWAA gets it, and what code in Airflow's environment makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.iac.shared_facts import REPOSITORY
from tests.iac.terraform_values import Module

AIRFLOW_PYTHON = REPOSITORY / ".venv" / "airflow" / "bin" / "python"
PARSE_TIMEOUT_S = 120
EXAMPLES_OFF = {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
# Makes `bag` of the DAGs folder that is the first argument.
PARSE = """
import json, sys
from datetime import date
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.0
    from airflow.models.dagbag import DagBag
sys.path.insert(0, sys.argv[1])
bag = DagBag(sys.argv[1])
from clickstream import reports
from clickstream.contract import load_contract
"""


def parsed_as_deployed(module: Module, folder: Path, code: str) -> Any:
    """Deploy the DAGs of the module into the folder, and parse them with the settings that Terraform gives MWAA.

    :param code: follows the parsing and prints a line of JSON at its end, which is returned
    """
    for key, source in module.local("dag_files").items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / key)
    assert AIRFLOW_PYTHON.is_file(), "Airflow is not there: run `make setup` once"
    options = module.values("aws_mwaa_environment.this")[0]["airflow_configuration_options"]
    variables = {f"AIRFLOW__{key.replace('.', '__').upper()}": value for key, value in options.items()}
    result = subprocess.run(
        [str(AIRFLOW_PYTHON), "-c", PARSE + code, str(folder / "dags")],
        env={"PATH": os.environ["PATH"], "AIRFLOW_HOME": str(folder / "airflow"), **EXAMPLES_OFF, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PARSE_TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.splitlines()[-1])
