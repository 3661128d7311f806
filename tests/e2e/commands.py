"""The commands, run as a user runs them, in a state folder and on a port of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from clickstream.contract import keys, load_contract

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_TIMEOUT_S = 600
# Run by the environment's own Python, because the settings come from the code that `make run` uses.
_AIRFLOW_SETTINGS = """
import json
from clickstream_dev.airflow import airflow
from local_aws.client import LocalAws
found = airflow(LocalAws({port}))
found.migrate()
print(json.dumps(found.variables()))
"""


@dataclass
class Commands:
    """Runs ``clickstream …`` with its own LOCAL_AWS_STATE and port."""

    state: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._python("-m", "clickstream_dev", *arguments, **environment)

    def airflow_settings(self, **environment: str) -> dict[str, str]:
        """The environment variables that `make run` gives to Airflow, whose database is there then."""
        found = self._python("-c", _AIRFLOW_SETTINGS.format(port=self.port), **environment)
        assert found.returncode == 0, found.stderr
        settings: dict[str, str] = json.loads(found.stdout.splitlines()[-1])
        return settings

    def variables(self, **environment: str) -> dict[str, str]:
        """The environment variables with which a command finds this state and port."""
        own = {"LOCAL_AWS_STATE": str(self.state), "LOCAL_AWS_PORT": str(self.port)}
        return {**os.environ, **own, **self.environment, **environment}

    def _python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            env=self.variables(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    def query(self, sql: str) -> list[list[str]]:
        """The rows that `make query` prints, as text cells."""
        result = self("query", sql)
        assert result.returncode == 0, result.stdout + result.stderr
        lines = result.stdout.splitlines()
        rule = next(number for number, line in enumerate(lines) if re.fullmatch(r"\s*─+\s*", line))
        rows = [line for line in lines[rule + 1 : -1] if line.strip()]
        return [re.split(r"\s{2,}", row.strip()) for row in rows]

    def bucket(self, thing: str) -> Path:
        return self.state / "aws" / "s3" / f"clickstream-local-{thing}"

    def raw_folder(self, day: date) -> Path:
        return self.bucket("raw") / keys.raw_folder(day, load_contract())

    def ledger(self, day: date) -> dict[str, Any]:
        """The ledger that the Glue job wrote for the arrival date."""
        path = self.bucket("processed") / "ledger" / f"ingest_date={day}" / "ledger.json"
        document: dict[str, Any] = json.loads(path.read_text())
        return document

    @property
    def calls_file(self) -> Path:
        """Where a local_aws that was stopped left the calls that it recorded."""
        return self.state / "aws" / "calls.jsonl"

    def client(self, service: str) -> Any:
        from local_aws.client import LocalAws

        return LocalAws(self.port).client(service)
