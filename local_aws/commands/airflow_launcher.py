"""Airflow's command line, run with Airflow's Python; `dags test` is several times faster than by the bare command.

Airflow 3.2.1 builds its in-process execution API anew for each task that starts, resumes or waits (1.5 s of CPU each);
3.3 keeps one. This keeps one here too. It runs in a process of its own and imports nothing of the project.
"""

from __future__ import annotations

import functools
import sys

from airflow.__main__ import main
from airflow.sdk.execution_time import supervisor

if not hasattr(supervisor.in_process_api_server, "cache_info"):
    supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)

sys.argv[0] = "airflow"
main()
