"""moto's Glue backend with jobs that run and crawlers that crawl; the catalog is moto's own."""

from __future__ import annotations

import time
from typing import Any

from moto.glue.exceptions import (
    CrawlerAlreadyExistsException,
    JobNotFoundException,
    JobRunNotFoundException,
)

from local_aws import settings
from local_aws.services.glue.catalog.backend import CatalogBackend
from local_aws.services.glue.crawlers.crawl import run_crawl
from local_aws.services.glue.crawlers.model import Crawl, Crawler
from local_aws.services.glue.errors import (
    ConcurrentRunsExceededError,
    CrawlerRunningError,
    IdempotentParameterMismatchError,
    InvalidInputError,
)
from local_aws.services.glue.jobs.model import FAILED, Job, JobRun, with_defaults
from local_aws.services.glue.jobs.run_arguments import UnsupportedArgumentError, special_arguments
from local_aws.services.glue.jobs.runner import RunExecution
from local_aws.services.glue.jobs.spark_releases import UnsupportedGlueVersionError, spark_release

SHUTDOWN_TIMEOUT_S = 20
_SPARK_COMMAND = "glueetl"


class LocalGlueBackend(CatalogBackend):
    """One region's Glue."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.executions: dict[str, RunExecution] = {}
        self._shutting_down = False

    def reset(self) -> None:
        """End everything that is going on and forget everything."""
        self.shutdown()
        super().reset()

    def shutdown(self) -> None:
        """End all runs and crawls, and wait until none of their processes is left."""
        with self.lock:
            self._shutting_down = True
            executions = list(self.executions.values())
            crawlers: list[Crawler] = list(self.crawlers.values())
        for execution in executions:
            execution.run.set_stopping()
            execution.interrupt("local_aws was stopped while the run was going on")
        for crawler in crawlers:
            crawler.cancel()
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT_S
        for execution in executions:
            execution.join(max(0.0, deadline - time.monotonic()))
        for crawler in crawlers:
            crawler.join(max(0.0, deadline - time.monotonic()))

    def define_job(self, name: str, definition: dict[str, Any], tags: dict[str, str] | None) -> None:
        """CreateJob.

        :raises IdempotentParameterMismatchError: if a job of that name has another definition
        :raises InvalidInputError: if the definition contradicts itself
        """
        existing = self.jobs.get(name)
        if existing is not None:
            if existing.definition != with_defaults(definition):
                raise IdempotentParameterMismatchError(name)
            return
        job = Job(name, definition, self._arn("job", name))
        self.jobs[name] = job
        self.tag_resource(job.arn, tags)

    def redefine_job(self, name: str, definition: dict[str, Any]) -> None:
        """UpdateJob.

        :raises JobNotFoundException: if there is no such job
        :raises InvalidInputError: if the definition contradicts itself
        """
        self.job(name).update(definition)

    def job(self, name: str) -> Job:
        """The job of that name.

        :raises JobNotFoundException: if there is none
        """
        job: Job | None = self.jobs.get(name)
        if job is None:
            raise JobNotFoundException(name)
        return job

    def begin_job_run(
        self,
        name: str,
        arguments: dict[str, str] | None,
        overrides: dict[str, Any],
        previous_run_id: str | None = None,
    ) -> JobRun:
        """StartJobRun.

        :raises JobNotFoundException: if there is no such job
        :raises ConcurrentRunsExceededError: if as many runs as it allows are going on
        :raises InvalidInputError: if the run asks for something that can't be done here
        """
        job = self.job(name)
        run_arguments = job.run_arguments(arguments)
        _check_runnable(job, run_arguments)
        with self.lock:
            if job.active_run_count() >= job.definition["ExecutionProperty"].get("MaxConcurrentRuns", 1):
                raise ConcurrentRunsExceededError(name)
            run = JobRun(job, run_arguments, job.run_settings(overrides), previous_run_id=previous_run_id)
            self._execute(job, run)
        return run

    def job_run(self, job_name: str, run_id: str) -> JobRun:
        """A run of a job.

        :raises JobNotFoundException: if there is no such job
        :raises JobRunNotFoundException: if the job has no such run
        """
        for run in self.job(job_name).runs:
            if run.job_run_id == run_id:
                return run
        raise JobRunNotFoundException(run_id)

    def stop_job_run(self, job_name: str, run_id: str) -> bool:
        """Ask a run to stop; False if it has ended.

        :raises JobNotFoundException: if there is no such job
        :raises JobRunNotFoundException: if the job has no such run
        """
        run = self.job_run(job_name, run_id)
        execution = self.executions.get(run_id)
        if execution is None or not run.set_stopping():
            return False
        execution.stop()
        return True

    def define_crawler(self, name: str, definition: dict[str, Any], tags: dict[str, str] | None) -> None:
        """CreateCrawler.

        :raises CrawlerAlreadyExistsException: if there is one of that name
        :raises InvalidInputError: if the definition is not valid
        """
        if name in self.crawlers:
            raise CrawlerAlreadyExistsException
        crawler = Crawler(name, definition, self._arn("crawler", name), self.run_crawl)
        self.crawlers[name] = crawler
        self.tag_resource(crawler.arn, tags)

    def delete_crawler(self, name: str) -> None:
        """DeleteCrawler.

        :raises CrawlerRunningError: if it is running
        """
        crawler: Crawler = self.get_crawler(name)
        if crawler.state != "READY":
            raise CrawlerRunningError(name)
        super().delete_crawler(name)

    def run_crawl(self, crawler: Crawler, crawl: Crawl) -> None:
        """Run a crawl to its end and tell its crawler how it went."""
        run_crawl(crawler, crawl, self)

    def _execute(self, job: Job, run: JobRun) -> None:
        execution = RunExecution(run, f"j_{job.name}", self.region_name, self._after_run)
        job.runs.append(run)
        self.executions[run.job_run_id] = execution
        execution.start()

    def _after_run(self, run: JobRun) -> None:
        with self.lock:
            self.executions.pop(run.job_run_id, None)
            job: Job | None = self.jobs.get(run.job_name)
            retries_left = job is not None and run.attempt < job.definition["MaxRetries"]
            if job is not None and run.state == FAILED and retries_left and not self._shutting_down:
                self._execute(job, JobRun(job, run.arguments, run.settings, previous=run))

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:glue:{self.region_name}:{self.account_id}:{kind}/{name}"


def _check_runnable(job: Job, arguments: dict[str, str]) -> None:
    command = job.definition["Command"]
    if command.get("Name") != _SPARK_COMMAND:
        raise InvalidInputError(f"local_aws runs {_SPARK_COMMAND} jobs, not {command.get('Name')}")
    if not command.get("ScriptLocation"):
        raise InvalidInputError(f"The job {job.name} has no ScriptLocation")
    try:
        spark_release(job.definition["GlueVersion"], settings.current().glue_environments)
        special_arguments(arguments)
    except (UnsupportedGlueVersionError, UnsupportedArgumentError) as error:
        raise InvalidInputError(str(error)) from error
