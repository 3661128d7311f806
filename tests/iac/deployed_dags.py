"""The DAGs folder as MWAA gets it, and what code in Airflow's environment makes of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from local_terraform.language.module import Module
from tests.iac.mwaa_airflow import run_in_airflow

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
from clickstream.reports import statements as reports
from clickstream.contract import load_contract
"""


def parse_deployed(module: Module, folder: Path, code: str) -> Any:
    """Deploy the DAGs of the module into the folder, and parse them with the settings that Terraform gives MWAA.

    :param code: follows the parsing and prints a line of JSON at its end, which is returned
    """
    for key, source in module.local("dag_files").items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / key)
    return run_in_airflow(PARSE + code, folder, str(folder / "dags"), module=module)
