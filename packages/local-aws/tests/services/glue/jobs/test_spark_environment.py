"""The settings that a job's Spark gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.services.glue.jobs import class_archive, spark_environment
from local_aws.services.glue.jobs.class_archive import ClassArchive
from local_aws.services.glue.jobs.spark_environment import WorkFolder, process_environment, write_configuration
from local_aws.services.glue.jobs.spark_releases import SparkRelease, spark_release
from local_aws.services.s3 import storage
from local_aws.settings import REGION


@pytest.fixture
def release() -> SparkRelease:
    return spark_release("5.1", {})


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassArchive:
    archive = ClassArchive(tmp_path / "archive")
    monkeypatch.setattr(class_archive, "find", lambda _archives, _release: archive)
    return archive


@pytest.fixture
def work(in_process_backends: Path, tmp_path: Path) -> WorkFolder:
    assert in_process_backends.is_dir()
    work = WorkFolder(tmp_path / "a work folder")
    work.make()
    return work


def settings_of(work: WorkFolder) -> dict[str, str]:
    lines = work.spark_settings.read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines)


def test_java_starts_from_the_archive(work: WorkFolder, release: SparkRelease, archive: ClassArchive) -> None:
    write_configuration(work, release, {})

    assert f"-XX:SharedArchiveFile={archive.top}" in settings_of(work)["spark.driver.defaultJavaOptions"]
    assert process_environment(work, release, [], "a-role")["SPARK_CONF_DIR"] == str(archive.configuration)


def test_a_job_with_java_options_of_its_own_gets_them_and_no_archive(
    work: WorkFolder, release: SparkRelease, archive: ClassArchive
) -> None:
    own = "-XX:StartFlightRecording"
    write_configuration(work, release, {"spark.driver.extraJavaOptions": own})

    settings = settings_of(work)
    assert settings["spark.driver.extraJavaOptions"] == own
    assert str(archive.top) not in settings["spark.driver.defaultJavaOptions"]
    assert "-Djava.io.tmpdir=" in settings["spark.driver.defaultJavaOptions"]


def test_without_an_archive_the_settings_are_the_configuration_folder(
    work: WorkFolder, release: SparkRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_archive, "find", lambda _archives, _release: None)
    write_configuration(work, release, {})

    environment = process_environment(work, release, [], "a-role")

    assert environment["SPARK_CONF_DIR"] == str(work.configuration)
    assert settings_of(work)["spark.driver.memory"] == spark_environment.DRIVER_MEMORY
    assert environment["PYSPARK_SUBMIT_ARGS"] == f"--properties-file '{work.spark_settings}' pyspark-shell"


def test_the_folder_of_what_is_no_bucket_is_not_mounted(
    work: WorkFolder, release: SparkRelease, in_process_backends: Path
) -> None:
    (in_process_backends / "s3" / "left-behind").mkdir()
    storage._backend().create_bucket("mounted", REGION)

    write_configuration(work, release, {})

    mounted = [name for name in settings_of(work) if "mounttable" in name]
    assert "spark.hadoop.fs.viewfs.mounttable.mounted.linkFallback" in mounted
    assert not [name for name in mounted if "left-behind" in name]
