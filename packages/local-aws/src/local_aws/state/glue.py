"""Glue jobs with their runs, crawlers with their crawls."""

from __future__ import annotations

import threading
from dataclasses import asdict
from functools import partial
from typing import Any

from moto.glue.models import glue_backends

from local_aws import clock
from local_aws.glue.catalog_writer import CatalogChanges
from local_aws.glue.crawlers import READY, Crawl, Crawler
from local_aws.glue.jobs import FAILED, Job, JobRun
from local_aws.state.backends import by_region, of_region
from local_aws.state.documents import encode, fields, key, restored
from local_aws.state.history import History, newest
from local_aws.state.store import Store

JOB, RUN, CRAWLER, CRAWL = "glue.job", "glue.run", "glue.crawler", "glue.crawl"
INTERRUPTED = (
    "local_aws ended while this was going on, without a clean stop; what it had written stays. Start it again."
)
_JOB_FIELDS = ("name", "arn", "definition", "created_on", "last_modified_on")
_RUN_FIELDS = (
    "job_name",
    "role",
    "glue_version",
    "script_location",
    "arguments",
    "settings",
    "attempt",
    "first_run_id",
    "job_run_id",
    "previous_run_id",
    "started_on",
    "last_modified_on",
    "completed_on",
    "error_message",
    "_state",
    "_execution_s",
)
_CRAWLER_FIELDS = ("name", "arn", "definition", "creation_time", "last_updated", "version")
_CRAWL_FIELDS = (
    "crawl_id",
    "log_group",
    "log_stream",
    "message_prefix",
    "start_time",
    "end_time",
    "status",
    "error_message",
    "runtime_s",
)
_runs = History()
_crawls = History()


def save_jobs(store: Store) -> None:
    """Write what differs of jobs and their newest runs."""
    jobs, runs = {}, {}
    for region, backend in by_region(glue_backends):
        with backend.lock:
            for job in backend.jobs.values():
                jobs[key(region, job.name)] = encode(fields(job, _JOB_FIELDS))
                for run in newest(job.runs):
                    name = key(region, job.name, run.job_run_id)
                    runs[name] = _runs.text(name, run.has_ended, partial(fields, run, _RUN_FIELDS))
    store.replace(JOB, jobs)
    store.replace(RUN, _runs.keep_only(runs))


def load_jobs(store: Store) -> None:
    """Bring back jobs and runs; a run that was going on has failed."""
    store.each(JOB, _load_job)
    store.each(RUN, _load_run)


def _load_job(name: list[str], document: dict[str, Any]) -> None:
    of_region(glue_backends, name[0]).jobs[name[1]] = restored(Job, document, _JOB_FIELDS, runs=[])


def _load_run(name: list[str], document: dict[str, Any]) -> None:
    run = restored(JobRun, document, _RUN_FIELDS, _lock=threading.Lock(), _running_since=None)
    if not run.has_ended:
        run.set_ended(FAILED, INTERRUPTED)
    of_region(glue_backends, name[0]).jobs[name[1]].runs.append(run)


def save_crawlers(store: Store) -> None:
    """Write what differs of crawlers and their newest crawls."""
    crawlers, crawls = {}, {}
    for region, backend in by_region(glue_backends):
        for crawler in list(backend.crawlers.values()):
            crawlers[key(region, crawler.name)] = encode(fields(crawler, _CRAWLER_FIELDS))
            for crawl in newest(crawler.crawls):
                name = key(region, crawler.name, crawl.crawl_id)
                crawls[name] = _crawls.text(name, crawl.end_time is not None, partial(_crawl_document, crawl))
    store.replace(CRAWLER, crawlers)
    store.replace(CRAWL, _crawls.keep_only(crawls))


def load_crawlers(store: Store) -> None:
    """Bring back crawlers and crawls; a crawl that was going on has failed."""
    store.each(CRAWLER, _load_crawler)
    store.each(CRAWL, _load_crawl)


def _crawl_document(crawl: Crawl) -> dict[str, Any]:
    return {**fields(crawl, _CRAWL_FIELDS), "changes": asdict(crawl.changes) if crawl.changes else None}


def _load_crawler(name: list[str], document: dict[str, Any]) -> None:
    backend = of_region(glue_backends, name[0])
    backend.crawlers[name[1]] = restored(
        Crawler,
        document,
        _CRAWLER_FIELDS,
        state=READY,
        crawls=[],
        _backend=backend,
        _lock=threading.RLock(),
        _cancelled=threading.Event(),
        _thread=None,
    )


def _load_crawl(name: list[str], document: dict[str, Any]) -> None:
    changes = document["changes"]
    crawl = restored(Crawl, document, _CRAWL_FIELDS, changes=CatalogChanges(**changes) if changes else None, _began=0.0)
    if crawl.end_time is None:
        crawl.status, crawl.error_message = "FAILED", INTERRUPTED
        crawl.end_time = max(clock.now(), crawl.start_time)
    of_region(glue_backends, name[0]).crawlers[name[1]].crawls.append(crawl)
