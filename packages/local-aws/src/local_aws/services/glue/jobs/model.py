"""Job definitions and job runs, as the API shows them."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime
from typing import Any

from local_aws import clock, settings
from local_aws.persistence import dirty
from local_aws.services.glue.errors import InvalidInputError
from local_aws.services.glue.logs import job_log_group, reported_log_group
from local_aws.services.glue.values import without_nulls

JOBS = "jobs"
DEFAULT_TIMEOUT_MINUTES = 480
MAX_TIMEOUT_MINUTES = 10080
SECONDS_A_MINUTE = 60
DEFAULT_WORKER_COUNT = 10
# Data processing units of one worker.
_WORKER_DPU = {
    "Standard": 1.0,
    "G.025X": 0.25,
    "G.1X": 1.0,
    "G.2X": 2.0,
    "G.4X": 4.0,
    "G.8X": 8.0,
    "G.12X": 12.0,
    "G.16X": 16.0,
    "R.1X": 1.0,
    "R.2X": 2.0,
    "R.4X": 4.0,
    "R.8X": 8.0,
}
STARTING, RUNNING, STOPPING = "STARTING", "RUNNING", "STOPPING"
SUCCEEDED, FAILED, TIMEOUT, STOPPED = "SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"
_TERMINAL_STATES = frozenset({SUCCEEDED, FAILED, TIMEOUT, STOPPED})
# What a run may override of its job.
_RUN_SETTINGS = ("Timeout", "MaxCapacity", "AllocatedCapacity", "WorkerType", "NumberOfWorkers")
_RUN_PROPERTIES = ("SecurityConfiguration", "NotificationProperty", "ExecutionClass")


def with_defaults(definition: dict[str, Any]) -> dict[str, Any]:
    """A job's definition with everything that AWS fills in.

    :raises InvalidInputError: if the definition contradicts itself
    """
    check_limits(definition)
    command = {"PythonVersion": "3"} | definition.get("Command", {})
    defaults: dict[str, Any] = {
        "JobMode": "SCRIPT",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "DefaultArguments": {},
        "MaxRetries": 0,
        "Timeout": DEFAULT_TIMEOUT_MINUTES,
        "GlueVersion": settings.current().glue_version,
        "ExecutionClass": "STANDARD",
    }
    return _with_capacity(defaults | without_nulls(definition) | {"Command": command})


def check_limits(values: dict[str, Any]) -> None:
    """Refuse what neither a job nor a run may ask for.

    :raises InvalidInputError: if they do
    """
    if values.get("MaxCapacity") is not None and (values.get("WorkerType") or values.get("NumberOfWorkers")):
        raise InvalidInputError("Please do not set Max Capacity if using Worker Type and Number of Workers.")
    timeout = values.get("Timeout")
    if timeout is not None and not 1 <= timeout <= MAX_TIMEOUT_MINUTES:
        raise InvalidInputError(f"Timeout must be from 1 to {MAX_TIMEOUT_MINUTES} minutes, not {timeout}")
    worker_type = values.get("WorkerType")
    if worker_type is not None and worker_type not in _WORKER_DPU:
        raise InvalidInputError(f"local_aws knows the worker types {', '.join(_WORKER_DPU)}, not {worker_type}")


def _with_capacity(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("MaxCapacity") is None:
        values.setdefault("WorkerType", "G.1X")
        values.setdefault("NumberOfWorkers", DEFAULT_WORKER_COUNT)
        values["MaxCapacity"] = _WORKER_DPU[values["WorkerType"]] * values["NumberOfWorkers"]
    values["AllocatedCapacity"] = int(values["MaxCapacity"])
    return values


class Job:
    """A job and its runs, the oldest first."""

    def __init__(self, name: str, definition: dict[str, Any], arn: str) -> None:
        self.name = name
        self.arn = arn
        self.definition = with_defaults(definition)
        self.created_on = self.last_modified_on = clock.now()
        self.runs: list[JobRun] = []

    def get_name(self) -> str:
        """The name, as moto's listings ask for it."""
        return self.name

    def update(self, definition: dict[str, Any]) -> None:
        """Replace the whole definition, as UpdateJob does.

        :raises InvalidInputError: if the definition contradicts itself
        """
        self.definition = with_defaults(definition)
        self.last_modified_on = clock.now()

    def as_dict(self) -> dict[str, Any]:
        """The job as GetJob shows it."""
        return {
            **self.definition,
            "Name": self.name,
            "CreatedOn": self.created_on,
            "LastModifiedOn": self.last_modified_on,
        }

    def active_run_count(self) -> int:
        """How many runs have not ended."""
        return sum(not run.has_ended for run in self.runs)

    def run_settings(self, overrides: dict[str, Any]) -> dict[str, Any]:
        """A run's timeout, capacity and the like: the job's, overlaid by the run's own.

        :raises InvalidInputError: if the overrides contradict themselves
        """
        check_limits(overrides)
        own = without_nulls(overrides)
        base = {name: self.definition.get(name) for name in (*_RUN_SETTINGS, *_RUN_PROPERTIES)}
        if "WorkerType" in own or "NumberOfWorkers" in own:
            base["MaxCapacity"] = None
        elif "MaxCapacity" in own:
            base["WorkerType"] = base["NumberOfWorkers"] = None
        merged = base | {name: value for name, value in own.items() if name in base}
        return _with_capacity(without_nulls(merged))

    def run_arguments(self, arguments: dict[str, str] | None) -> dict[str, str]:
        """The job's default arguments, overlaid by the run's, overlaid by those that can't be overridden."""
        fixed = self.definition.get("NonOverridableArguments") or {}
        return {**self.definition["DefaultArguments"], **(arguments or {}), **fixed}


class JobRun:
    """One run of a job: what the API shows of it."""

    def __init__(
        self,
        job: Job,
        arguments: dict[str, str],
        run_settings: dict[str, Any],
        previous: JobRun | None = None,
        previous_run_id: str | None = None,
    ) -> None:
        self.job_name = job.name
        self.role: str = job.definition.get("Role", "")
        self.glue_version: str = job.definition["GlueVersion"]
        self.script_location: str = job.definition["Command"]["ScriptLocation"]
        self.arguments = arguments
        self.settings = run_settings
        self.attempt: int = previous.attempt + 1 if previous else 0
        self.first_run_id: str = previous.first_run_id if previous else f"jr_{secrets.token_hex(32)}"
        self.job_run_id = f"{self.first_run_id}_attempt_{self.attempt}" if previous else self.first_run_id
        self.previous_run_id = previous.job_run_id if previous else previous_run_id
        self.started_on = self.last_modified_on = clock.now()
        self.completed_on: datetime | None = None
        self.error_message: str | None = None
        self._state = STARTING
        self._lock = threading.Lock()
        self._running_since: float | None = None
        self._execution_s = 0

    @property
    def state(self) -> str:
        """One of Glue's states."""
        return self._state

    def log_group(self, region: str) -> str:
        """What the names of its two log groups begin with."""
        return job_log_group(self.arguments, self.role, self.settings.get("SecurityConfiguration"), region)

    @property
    def has_ended(self) -> bool:
        """Whether the state will not change any more."""
        return self._state in _TERMINAL_STATES

    @property
    def timeout_s(self) -> int:
        """How long it may run."""
        return int(self.settings["Timeout"]) * SECONDS_A_MINUTE

    def set_running(self) -> None:
        """The process was started."""
        with self._lock:
            if self._state == STARTING:
                self._change(RUNNING)
            self._running_since = time.monotonic()

    def set_stopping(self) -> bool:
        """A stop was asked for; False if the run has ended."""
        with self._lock:
            if self.has_ended:
                return False
            self._change(STOPPING)
            return True

    def set_ended(self, state: str, error_message: str | None = None) -> None:
        """The run is over and what it wrote is in S3."""
        with self._lock:
            if self._running_since is not None:
                self._execution_s = round(time.monotonic() - self._running_since)
            self.error_message = error_message
            self._change(state)

    def as_dict(self) -> dict[str, Any]:
        """The run as GetJobRun shows it."""
        with self._lock:
            fields = {
                **self.settings,
                "Id": self.job_run_id,
                "Attempt": self.attempt,
                "JobName": self.job_name,
                "JobMode": "SCRIPT",
                "StartedOn": self.started_on,
                "LastModifiedOn": self.last_modified_on,
                "CompletedOn": self.completed_on,
                "JobRunState": self._state,
                "Arguments": self.arguments,
                "ErrorMessage": self.error_message,
                "PredecessorRuns": [],
                "PreviousRunId": self.previous_run_id,
                "ExecutionTime": self._elapsed_s(),
                "LogGroupName": reported_log_group(self.role, self.settings.get("SecurityConfiguration")),
                "GlueVersion": self.glue_version,
            }
        return without_nulls(fields)

    def _elapsed_s(self) -> int:
        if self.has_ended or self._running_since is None:
            return self._execution_s
        return int(time.monotonic() - self._running_since)

    def _change(self, state: str) -> None:
        # The clock can be set back while a run is going on.
        self.last_modified_on = max(clock.now(), self.started_on)
        if state in _TERMINAL_STATES:
            self.completed_on = self.last_modified_on
        self._state = state
        dirty.mark(JOBS)
