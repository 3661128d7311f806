"""Airflow's command line, run with Airflow's Python; `dags test` is several times faster than by the bare command.

Airflow 3.2.1 builds its in-process execution API anew for each task that starts, resumes or waits (1.5 s of CPU each);
3.3 keeps one. This keeps one here too. And each AWS client of a new session parses botocore's models anew, which takes
longer than what a report's task asks of it: here they are parsed once.

Airflow's workers tell the callbacks of a failed task what it raised. `dags test` does so from 3.3 on, here always.

It runs in a process of its own and imports nothing of the project.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

import botocore.loaders
from airflow.__main__ import main
from airflow.sdk.execution_time import supervisor, task_runner

if not hasattr(supervisor.in_process_api_server, "cache_info"):
    supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)

botocore.loaders.create_loader = functools.cache(botocore.loaders.create_loader)

finalize = task_runner.finalize


def finalize_with_error(ti: Any, state: Any, context: Any, log: Any, error: BaseException | None = None) -> None:
    """End a task as Airflow's workers do: its callbacks find in their context what the task raised."""
    context["exception"] = error
    finalize(ti, state, context, log, error)


task_runner.finalize = finalize_with_error

sys.argv[0] = "airflow"
main()
