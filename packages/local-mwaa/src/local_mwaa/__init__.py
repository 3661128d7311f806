"""Runs a folder of DAGs in a real Airflow on this machine, with the folders and the path that MWAA gives it."""

from __future__ import annotations

from local_mwaa.api import AirflowApi
from local_mwaa.environment import LocalMwaa
from local_mwaa.errors import AirflowError
from local_mwaa.runs import RunResult, run_dag
from local_mwaa.standalone import running_airflow
from local_mwaa.tasks import TaskLine

__all__ = ["AirflowApi", "AirflowError", "LocalMwaa", "RunResult", "TaskLine", "run_dag", "running_airflow"]
