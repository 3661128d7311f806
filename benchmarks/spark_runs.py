"""Runs Spark scripts in fresh processes, set up as local_aws sets up a Glue job run."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from benchmarks.days import INGEST_DATE, Day
from benchmarks.paths import BENCH, BUCKETS, DATA_DIR, LOGS
from benchmarks.processes import Cost, measure
from clickstream.contract import keys, load_contract
from clickstream_dev.package import modules_zip
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.server_options import CLASS_ARCHIVES, GLUE_ENVIRONMENTS
from local_aws import settings
from local_aws.services.glue.jobs import bootstrap
from local_aws.services.glue.jobs.spark_environment import WorkFolder, process_environment, write_configuration
from local_aws.services.glue.jobs.spark_releases import spark_release
from local_aws.services.s3 import storage
from local_aws.settings import ServerSettings

JOB_BUCKET, TUTORIAL_BUCKET = "output-job", "output-tutorial"
_JOB_SCRIPT = REPOSITORY / "glue_scripts" / "clickstream_to_parquet.py"
_TUTORIAL_SCRIPT = REPOSITORY / "benchmarks" / "tutorial_job.py"
# No server runs; nothing calls its address.
_NO_PORT = 1


def prepare() -> None:
    """Make the buckets' addresses known to this process; call it again after new days were made."""
    for bucket in (JOB_BUCKET, TUTORIAL_BUCKET):
        (BUCKETS / bucket).mkdir(parents=True, exist_ok=True)
    settings.configure(ServerSettings(_NO_PORT, DATA_DIR, class_archives=CLASS_ARCHIVES))
    storage.install()
    storage.load()


def run_job(day: Day) -> Cost:
    """Run the Glue job for the day, with nothing of an earlier run in its output bucket."""
    _empty(JOB_BUCKET)
    arguments = ["--raw_bucket", day.bucket, "--processed_bucket", JOB_BUCKET, "--ingest_date", str(INGEST_DATE)]
    return _run("job", _JOB_SCRIPT, arguments)


def run_tutorial(day: Day) -> Cost:
    """Run the tutorial job for the day, into an empty bucket."""
    _empty(TUTORIAL_BUCKET)
    source = f"s3://{day.bucket}/{keys.raw_folder(INGEST_DATE, load_contract())}"
    return _run("tutorial", _TUTORIAL_SCRIPT, [source, f"s3://{TUTORIAL_BUCKET}/events/"])


def job_ledger() -> dict[str, Any]:
    """The ledger that the job's last run wrote."""
    path = BUCKETS / JOB_BUCKET / keys.ledger_key(INGEST_DATE, load_contract())
    ledger: dict[str, Any] = json.loads(path.read_text())
    return ledger


def _run(name: str, script: Path, arguments: list[str]) -> Cost:
    work = WorkFolder(BENCH / "work")
    shutil.rmtree(work.path, ignore_errors=True)
    work.make()
    modules = work.extra / "0" / "modules.zip"
    modules.parent.mkdir(parents=True)
    modules.write_bytes(modules_zip())
    copy = Path(shutil.copy(script, work.script))
    release = spark_release(load_contract().versions.glue, GLUE_ENVIRONMENTS)
    write_configuration(work, release, {})
    environment = process_environment(work, release, [modules], "bench")
    # The script's process group ends itself when the other end of this pipe is closed, as under local_aws.
    watch_descriptor, own_descriptor = os.pipe()
    command = [
        str(release.interpreter),
        bootstrap.__file__,
        str(work.failure),
        str(work.accesses),
        str(watch_descriptor),
        str(copy),
        *arguments,
    ]
    try:
        return measure(command, LOGS / f"{name}.log", cwd=work.script, env=environment, pass_fds=(watch_descriptor,))
    finally:
        os.close(watch_descriptor)
        os.close(own_descriptor)
        shutil.rmtree(work.path, ignore_errors=True)


def _empty(bucket: str) -> None:
    shutil.rmtree(BUCKETS / bucket, ignore_errors=True)
    (BUCKETS / bucket).mkdir(parents=True)
