"""What a restart keeps of Glue jobs and their runs."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from moto.glue.models import glue_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.history import History, newest
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.glue.interruption import INTERRUPTED
from local_aws.services.glue.jobs.model import FAILED, JOBS, Job, JobRun

JOB, RUN = "glue.job", "glue.run"
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
_runs = History()


def save(store: Store) -> None:
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


def load(store: Store) -> None:
    """Bring back jobs and runs; a run that was going on has failed."""
    store.each(JOB, _load_job)
    store.each(RUN, _load_run)


def _load_job(name: list[str], document: dict[str, Any]) -> None:
    of_region(glue_backends, name[0]).jobs[name[1]] = restore(Job, document, _JOB_FIELDS, runs=[])


def _load_run(name: list[str], document: dict[str, Any]) -> None:
    run = restore(JobRun, document, _RUN_FIELDS, _lock=threading.Lock(), _running_since=None)
    if not run.has_ended:
        run.set_ended(FAILED, INTERRUPTED)
    of_region(glue_backends, name[0]).jobs[name[1]].runs.append(run)


PART = Part(JOBS, save, load, written_by("glue"))
