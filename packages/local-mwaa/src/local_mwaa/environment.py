"""An Airflow with MWAA's folders on this machine: what it is told, and its database."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_mwaa.errors import AirflowError
from local_mwaa.tasks import NO_FAILURE_LINE

MIGRATE_TIMEOUT_S = 300


@dataclass(frozen=True)
class LocalMwaa:
    """One environment.

    :param programs: folder of ``airflow`` and ``python``, in an environment with MWAA's packages
    :param version: Airflow's, whose schema the database is brought to
    :param home: keeps the database
    :param dags: folder of the DAG files, which Airflow imports from, as on MWAA
    :param plugins: folder of the plugins
    :param logs: folder for what the runs and Airflow itself write
    :param settings: environment variables: where AWS is and with which credentials, ``AIRFLOW__<SECTION>__<KEY>``
    :param failure_line: finds in a task's log the line that says why it failed: the task's name and the reason
    """

    programs: Path
    version: str
    home: Path
    dags: Path
    plugins: Path
    logs: Path
    settings: Mapping[str, str]
    failure_line: re.Pattern[str] = NO_FAILURE_LINE

    @property
    def folder(self) -> Path:
        """The current folder of Airflow's processes."""
        return self.dags.parent

    @property
    def database(self) -> Path:
        """Airflow's SQLite database."""
        return self.home / "airflow.db"

    def variables(self) -> dict[str, str]:
        """The environment variables of Airflow's processes: this process's own but for those about Airflow and AWS."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
        return {
            **own,
            # `airflow standalone` starts its children by the bare name `airflow`.
            "PATH": f"{self.programs}{os.pathsep}{os.environ.get('PATH', '')}",
            # As on MWAA; `airflow dags test` of Airflow 3.0 would not find a package beside the DAGs by itself.
            "PYTHONPATH": str(self.dags),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.plugins),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.database}",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            **self.settings,
        }

    def migrate(self) -> None:
        """Bring the database to this Airflow's schema; at once when it is there already.

        :raises AirflowError: if Airflow refuses
        """
        stamp = self.home / f".migrated-{self.version}"
        if stamp.exists() and self.database.exists():
            return
        self.home.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / "airflow_db_migrate.log"
        with log.open("wb") as output:
            result = subprocess.run(
                [str(self.programs / "airflow"), "db", "migrate"],
                env=self.variables(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=MIGRATE_TIMEOUT_S,
                check=False,
            )
        if result.returncode != 0:
            raise AirflowError(f"airflow db migrate failed; see {log}")
        stamp.touch()
