"""Runs the Glue job: the Amazon provider's operator with the little that the pipeline needs on top.

It gets the job's name only: Terraform owns the job, and nothing here creates or changes it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from botocore.exceptions import ClientError

from clickstream.contract import load_contract, rules
from clickstream.errors import OWNED_BY_TERRAFORM, MissingResourceError, ServiceRunError
from clickstream.operators import glue_log
from clickstream.operators.slot import WaitsForSlot, is_busy

DATE_ARGUMENT = "--ingest_date"
REPLAY_ARGUMENT = "--replay_reasons"
STOPPING = "STOPPING"
UNFINISHED_STATES = frozenset({"STARTING", "RUNNING", "WAITING", STOPPING})
RUNS_PER_PAGE = 100
ENDED_TASK_STATES = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


class DateBusyError(Exception):
    """Another run has to end first: one of the same date that stops or has other arguments, or one of a date beside."""


class JoiningGlueJobHook(GlueJobHook):
    """Never lets two runs of one date go on side by side: they would replace each other's partitions.

    Nor runs of dates of which one looks back at the other: it would read what is just being replaced.
    """

    def initialize_job(
        self, script_arguments: dict[str, Any] | None = None, run_kwargs: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """Join the date's run that is going on with the same arguments, whoever started it; else start one.

        Two that start at the same moment see each other afterwards: the earlier one stays.

        :raises DateBusyError: if another run has to end first
        """
        own_arguments = script_arguments or {}
        day = own_arguments[DATE_ARGUMENT]
        days = {day, *map(str, rules.lookback_neighbours(date.fromisoformat(day), load_contract()))}
        if runs := self._unfinished_runs(days):
            same_date = [run for run in runs if run["Arguments"][DATE_ARGUMENT] == day]
            going_on = next((run for run in same_date if run["JobRunState"] != STOPPING), runs[0])
            return {"JobRunId": self._join(going_on, own_arguments)}
        started: dict[str, str] = super().initialize_job(script_arguments, run_kwargs)
        own = started["JobRunId"]
        first = next((run for run in self._unfinished_runs(days) if run["JobRunState"] != STOPPING), None)
        if first is None or first["Id"] == own:
            return {"JobRunId": own}
        self.log.info("Glue run %s started just before %s of %s: stopping that", first["Id"], own, day)
        self.conn.batch_stop_job_run(JobName=self.job_name, JobRunIds=[own])
        return {"JobRunId": self._join(first, own_arguments)}

    def _join(self, run: dict[str, Any], own_arguments: dict[str, Any]) -> str:
        if run["Arguments"][DATE_ARGUMENT] != own_arguments[DATE_ARGUMENT]:
            raise DateBusyError(f"Glue run {run['Id']} of {run['Arguments'][DATE_ARGUMENT]} is going on")
        if run["JobRunState"] == STOPPING:
            raise DateBusyError(f"Glue run {run['Id']} of {own_arguments[DATE_ARGUMENT]} is stopping")
        if run["Arguments"].get(REPLAY_ARGUMENT) != own_arguments.get(REPLAY_ARGUMENT):
            raise DateBusyError(f"Glue run {run['Id']} does other work on {own_arguments[DATE_ARGUMENT]}")
        self.log.info("Joining Glue run %s of %s, which is still going on", run["Id"], own_arguments[DATE_ARGUMENT])
        return str(run["Id"])

    def _unfinished_runs(self, ingest_dates: Collection[str]) -> list[dict[str, Any]]:
        """The dates' runs that have not ended, the earliest first. AWS lists the newest runs first."""
        runs = []
        request: dict[str, Any] = {"JobName": self.job_name, "MaxResults": RUNS_PER_PAGE}
        while True:
            page = self.conn.get_job_runs(**request)
            unfinished = [run for run in page["JobRuns"] if run["JobRunState"] in UNFINISHED_STATES]
            runs += [run for run in unfinished if run.get("Arguments", {}).get(DATE_ARGUMENT) in ingest_dates]
            # A page of ended runs only: those after it are older still.
            if not unfinished or not page.get("NextToken"):
                return sorted(runs, key=lambda run: (run["StartedOn"], run["Id"]))
            request["NextToken"] = page["NextToken"]


class TransformEventsOperator(WaitsForSlot, GlueJobOperator):
    """Runs the Glue job for one arrival date and fails with Glue's own error message."""

    aws_hook_class = JoiningGlueJobHook

    def __init__(self, *, slot_limit: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slot_limit = slot_limit
        self.slot_poll_s = self.waiter_delay

    def start(self, context: Any, waiting_since: datetime) -> Any:
        """Start the run (or join the one that is going on) and defer.

        :raises MissingResourceError: if there is no such job; the provider would try to create one
        """
        if not self.hook.has_job(self.job_name):
            raise MissingResourceError(f"Glue job {self.job_name} does not exist: {OWNED_BY_TERRAFORM}")
        if before := self._date_to_wait_for(context["ti"]):
            return self.wait_for_slot(
                waiting_since, f"the run of {before}, whose events this one looks back at, goes on"
            )
        try:
            return GlueJobOperator.execute(self, context)
        except DateBusyError as error:
            return self.wait_for_slot(waiting_since, str(error))
        except ClientError as error:
            if not is_busy(error):
                raise
            return self.wait_for_slot(waiting_since, f"Glue starts no further run of {self.job_name}: {error}")

    def _date_to_wait_for(self, instance: Any) -> date | None:
        """The earliest date looked back at whose run is under way in Airflow and has not transformed its events yet.

        Without this the runs of a backfill that go on side by side would find duplicates or not as luck has it. A run
        that is queued is not waited for: it may be this run's own end that lets it start.
        """
        for before in rules.lookback_dates(date.fromisoformat(self.script_args[DATE_ARGUMENT]), load_contract()):
            runs = {"dag_id": instance.dag_id, "logical_dates": [datetime.combine(before, time.min, UTC)]}
            if not instance.get_dr_count(**runs, states=["running"]):
                continue
            states = instance.get_task_states(**runs, task_ids=[self.task_id])
            if any(run.get(self.task_id) not in ENDED_TASK_STATES for run in states.values()):
                return before
        return None

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The run ended: show the end of its log and return its id.

        :raises ServiceRunError: if it did not succeed
        """
        run_id = str((event or {}).get("run_id"))
        self._show_log(run_id)
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        run = self.hook.get_conn().get_job_run(JobName=self.job_name, RunId=run_id)["JobRun"]
        reason = run.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"Glue run {run_id} of {self.job_name} is {run['JobRunState']}: {reason}")

    def _show_log(self, run_id: str) -> None:
        """A help for whoever looks: that it can't be read is said, and never a reason to fail."""
        try:
            ends = glue_log.read_end(self.hook, self.job_name, run_id)
            for group, lines in ends.items():
                self.log.info("The end of %s of Glue run %s:\n\t%s", group, run_id, "\n\t".join(lines))
            if not ends:
                self.log.info("Glue run %s has no log yet", run_id)
        except Exception as error:  # whatever it is, the run itself has ended
            self.log.warning("The log of Glue run %s can't be shown here: %s", run_id, error)
