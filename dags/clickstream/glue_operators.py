"""The Amazon provider's Glue operators, each with the little that the pipeline needs on top.

They get names only: Terraform owns the job and the crawler, and nothing here creates or changes them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from botocore.exceptions import ClientError

from clickstream.errors import MissingResourceError, ServiceRunError, keeps_error
from clickstream.waiting import WaitsItsTurn, is_busy

OWNED_BY_TERRAFORM = "apply the Terraform of this environment, or mend the setting"
DATE_ARGUMENT = "--ingest_date"
REPLAY_ARGUMENT = "--replay_reasons"
STOPPING = "STOPPING"
UNFINISHED_STATES = frozenset({"STARTING", "RUNNING", "WAITING", STOPPING})
RUNS_PER_PAGE = 100


class DateBusyError(Exception):
    """Another run works on the same date: one that is stopping and may still write, or one with other arguments."""


class JoiningGlueJobHook(GlueJobHook):
    """Never lets two runs of one date go on side by side: they would replace each other's partitions."""

    def initialize_job(
        self, script_arguments: dict[str, Any] | None = None, run_kwargs: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """Join the date's run that is going on with the same arguments, whoever started it; else start one.

        Two that start at the same moment see each other afterwards: the earlier one stays.

        :raises DateBusyError: if another run has to end first
        """
        own_arguments = script_arguments or {}
        day = own_arguments.get(DATE_ARGUMENT, "")
        if runs := self._unfinished_runs(day):
            going_on = next((run for run in runs if run["JobRunState"] != STOPPING), runs[0])
            return {"JobRunId": self._joined(going_on, own_arguments)}
        started: dict[str, str] = super().initialize_job(script_arguments, run_kwargs)
        own = started["JobRunId"]
        first = next((run for run in self._unfinished_runs(day) if run["JobRunState"] != STOPPING), None)
        if first is None or first["Id"] == own:
            return {"JobRunId": own}
        self.log.info("Glue run %s of %s started just before %s: stopping that", first["Id"], day, own)
        self.conn.batch_stop_job_run(JobName=self.job_name, JobRunIds=[own])
        return {"JobRunId": self._joined(first, own_arguments)}

    def _joined(self, run: dict[str, Any], own_arguments: dict[str, Any]) -> str:
        if run["JobRunState"] == STOPPING:
            raise DateBusyError(f"Glue run {run['Id']} of {own_arguments[DATE_ARGUMENT]} is stopping")
        if run["Arguments"].get(REPLAY_ARGUMENT) != own_arguments.get(REPLAY_ARGUMENT):
            raise DateBusyError(f"Glue run {run['Id']} does other work on {own_arguments[DATE_ARGUMENT]}")
        self.log.info("Joining Glue run %s of %s, which is still going on", run["Id"], own_arguments[DATE_ARGUMENT])
        return str(run["Id"])

    def _unfinished_runs(self, ingest_date: str) -> list[dict[str, Any]]:
        """The date's runs that have not ended, the earliest first. AWS lists the newest runs first."""
        runs = []
        request: dict[str, Any] = {"JobName": self.job_name, "MaxResults": RUNS_PER_PAGE}
        while True:
            page = self.conn.get_job_runs(**request)
            unfinished = [run for run in page["JobRuns"] if run["JobRunState"] in UNFINISHED_STATES]
            runs += [run for run in unfinished if run.get("Arguments", {}).get(DATE_ARGUMENT) == ingest_date]
            # A page of ended runs only: those after it are older still.
            if not unfinished or not page.get("NextToken"):
                return sorted(runs, key=lambda run: (run["StartedOn"], run["Id"]))
            request["NextToken"] = page["NextToken"]


@keeps_error
class TransformEventsOperator(WaitsItsTurn, GlueJobOperator):
    """Runs the Glue job for one arrival date and fails with Glue's own error message."""

    aws_hook_class = JoiningGlueJobHook

    def __init__(self, *, turn_limit: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.turn_limit = turn_limit
        self.turn_poll_s = self.waiter_delay

    def start(self, context: Any, waiting_since: datetime) -> Any:
        """Start the run (or join the one that is going on) and defer.

        :raises MissingResourceError: if there is no such job; the provider would try to create one
        """
        if not self.hook.has_job(self.job_name):
            raise MissingResourceError(f"Glue job {self.job_name} does not exist: {OWNED_BY_TERRAFORM}")
        try:
            return GlueJobOperator.execute(self, context)
        except DateBusyError as error:
            return self.wait_for_turn(waiting_since, str(error))
        except ClientError as error:
            if not is_busy(error):
                raise
            return self.wait_for_turn(waiting_since, f"Glue starts no further run of {self.job_name}: {error}")

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The run ended: return its id.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        run_id = (event or {}).get("run_id")
        run = self.hook.get_conn().get_job_run(JobName=self.job_name, RunId=run_id)["JobRun"]
        reason = run.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"Glue run {run_id} of {self.job_name} is {run['JobRunState']}: {reason}")


@keeps_error
class CrawlEventsOperator(WaitsItsTurn, GlueCrawlerOperator):
    """Runs the crawler and fails with its own error message. Given the name only, the provider changes nothing.

    A crawl that is going on may have passed what this run wrote: it is waited for, and followed by one of our own.
    """

    def __init__(self, *, turn_limit: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.turn_limit = turn_limit
        self.turn_poll_s = self.poll_interval

    def start(self, context: Any, waiting_since: datetime) -> Any:
        """Start the crawler and defer.

        :raises MissingResourceError: if there is no such crawler; the provider would try to create one
        """
        name = self.config["Name"]
        if not self.hook.has_crawler(name):
            raise MissingResourceError(f"Glue crawler {name} does not exist: {OWNED_BY_TERRAFORM}")
        try:
            return GlueCrawlerOperator.execute(self, context)
        except ClientError as error:
            if not is_busy(error):
                raise
            return self.wait_for_turn(waiting_since, f"crawler {name} is busy: {error}")

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The crawl ended: return the crawler's name.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        name = self.config["Name"]
        crawler = self.hook.get_crawler(name)
        crawl = crawler.get("LastCrawl", {})
        reason = crawl.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"crawl of {name} is {crawl.get('Status', crawler['State'])}: {reason}")
