"""What a job's process needs: Java, the Spark release of its Glue version, Spark's settings and its environment."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local_aws import settings
from local_aws.access_log.identity import credentials_of
from local_aws.services.glue.jobs import class_archive
from local_aws.services.glue.jobs.java import java_home
from local_aws.services.glue.jobs.spark_releases import SparkRelease
from local_aws.services.s3 import storage

DRIVER_MEMORY = "2g"
# Buckets are mounted through a scheme of their own: with file:// Hadoop would write a checksum file beside every
# object, and one left beside an object that was rewritten over the S3 API makes the next read fail.
_MIRROR_SCHEME = "mirror"
_OWN_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "LD_LIBRARY_PATH", "SYSTEMROOT")
_LOG_SETTINGS = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %p %c{1}: %m%n
logger.nativecode.name = org.apache.hadoop.util.NativeCodeLoader
logger.nativecode.level = error
logger.utils.name = org.apache.spark.util.Utils
logger.utils.level = error
# What is read and committed goes to a file, from which the run's S3 calls are recorded.
appender.accesses.type = File
appender.accesses.name = accesses
appender.accesses.fileName = {accesses}
appender.accesses.layout.type = PatternLayout
appender.accesses.layout.pattern = %m%n
logger.reads.name = org.apache.spark.sql.execution.datasources.FileScanRDD
logger.reads.level = info
logger.reads.additivity = false
logger.reads.appenderRef.accesses.ref = accesses
logger.reads.appenderRef.stderr.ref = stderr
logger.reads.appenderRef.stderr.level = warn
logger.commits.name = org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter
logger.commits.level = debug
logger.commits.additivity = false
logger.commits.appenderRef.accesses.ref = accesses
logger.commits.appenderRef.stderr.ref = stderr
logger.commits.appenderRef.stderr.level = warn
"""


@dataclass(frozen=True)
class WorkFolder:
    """The folder of one run; nothing outside it is written but the buckets."""

    path: Path

    def make(self) -> None:
        """Create it and what every run needs in it."""
        for folder in (self.script, self.extra, self.configuration, self.temporary):
            folder.mkdir(parents=True)

    @property
    def script(self) -> Path:
        """Holds the script and is the process's current folder."""
        return self.path / "script"

    @property
    def extra(self) -> Path:
        """Holds the extra Python files, each in a folder of its own."""
        return self.path / "extra"

    @property
    def configuration(self) -> Path:
        """Holds Spark's settings and those of its log."""
        return self.path / "conf"

    @property
    def spark_settings(self) -> Path:
        """The file with Spark's settings."""
        return self.configuration / "spark-defaults.conf"

    @property
    def log_settings(self) -> Path:
        """The file with the settings of Spark's log."""
        return self.configuration / "log4j2.properties"

    @property
    def temporary(self) -> Path:
        """For temporary files of the script and of Spark."""
        return self.path / "tmp"

    @property
    def accesses(self) -> Path:
        """The file that says which objects were read and written."""
        return self.path / "accesses.txt"

    @property
    def failure(self) -> Path:
        """The file that says why the script failed."""
        return self.path / "failure.txt"


def write_configuration(work: WorkFolder, release: SparkRelease, extra_settings: Mapping[str, str]) -> None:
    """Write Spark's settings."""
    java_options = _java_options(work, release, extra_settings)
    spark = _spark_settings(work, java_options) | dict(extra_settings)
    lines = [f"{name} {_escape(value)}" for name, value in spark.items()]
    work.spark_settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    work.log_settings.write_text(_LOG_SETTINGS.replace("{accesses}", str(work.accesses)), encoding="utf-8")


def process_environment(
    work: WorkFolder, release: SparkRelease, python_path: Iterable[Path], role: str
) -> dict[str, str]:
    """The environment variables of the job's process.

    :param role: name or ARN of the role that the script's own AWS calls are made with
    :raises NoJavaError: if there is no Java
    """
    server = settings.current()
    archive = class_archive.find(server.class_archives, release)
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {
        "JAVA_HOME": str(java_home(release)),
        # The settings come as a file of their own: see ClassArchive.configuration.
        "SPARK_CONF_DIR": str(archive.configuration if archive else work.configuration),
        "PYSPARK_SUBMIT_ARGS": f"--properties-file {shlex.quote(str(work.spark_settings))} pyspark-shell",
        "SPARK_LOCAL_IP": settings.HOST,
        "SPARK_LOCAL_DIRS": str(work.temporary),
        "PYSPARK_PYTHON": str(release.interpreter),
        "PYSPARK_DRIVER_PYTHON": str(release.interpreter),
        "PYTHONPATH": os.pathsep.join(str(path) for path in python_path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": str(work.temporary),
        "TZ": "UTC",
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_DEFAULT_REGION": server.region,
        "AWS_REGION": server.region,
        **credentials_of(role),
    }


def _spark_settings(work: WorkFolder, java_options: Iterable[str]) -> dict[str, str]:
    spark = {
        "spark.master": "local[*]",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.bindAddress": settings.HOST,
        "spark.driver.host": settings.HOST,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": (work.path / "warehouse").as_uri(),
        # The job's own options come after these.
        "spark.driver.defaultJavaOptions": " ".join(f'"{option}"' for option in java_options),
        "spark.hadoop.hadoop.tmp.dir": str(work.temporary),
        f"spark.hadoop.fs.{_MIRROR_SCHEME}.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    }
    for scheme in ("s3", "s3a"):
        spark[f"spark.hadoop.fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    for bucket, folder in storage.bucket_paths().items():
        target = folder.as_uri().replace("file:", f"{_MIRROR_SCHEME}:", 1)
        spark[f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"] = target
    return spark


def _java_options(work: WorkFolder, release: SparkRelease, extra_settings: Mapping[str, str]) -> list[str]:
    # This Java crashes where an agent or the flight recorder looks at classes from an archive.
    may_have_agent = _OWN_JAVA_OPTIONS in extra_settings
    archive = None if may_have_agent else class_archive.find(settings.current().class_archives, release)
    return [
        # The default collector's own work takes a tenth to a fifth of all CPU time here, and twice the memory.
        "-XX:+UseParallelGC",
        f"-Djava.io.tmpdir={work.temporary}",
        f"-Dderby.system.home={work.temporary}",
        f"-Dlog4j2.configurationFile={work.log_settings.as_uri()}",
        *(archive.java_options if archive else ()),
    ]


def _escape(value: str) -> str:
    """Java's properties files take a backslash as the start of an escape."""
    return value.replace("\\", "\\\\")
