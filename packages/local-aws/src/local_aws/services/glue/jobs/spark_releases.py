"""Which Spark, in which Python environment, runs the jobs of which Glue version."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from local_aws.glue_versions import SPARK_OF_GLUE_VERSION, format_glue_versions


class UnsupportedGlueVersionError(ValueError):
    """The job's Glue version stands for a Spark that is not installed here."""


@dataclass(frozen=True)
class SparkRelease:
    """An installed PySpark.

    :param interpreter: the Python that finds it
    :param home: the package's folder, which holds ``jars/`` and ``bin/``
    """

    interpreter: Path
    home: Path


def spark_release(glue_version: str, environments: Mapping[str, Path]) -> SparkRelease:
    """The Spark that runs jobs of that Glue version.

    :param environments: Glue version -> Python environment that holds its PySpark; where a version is not named, the
        PySpark beside local_aws itself is taken
    :raises UnsupportedGlueVersionError: if it is not installed here
    """
    wanted = SPARK_OF_GLUE_VERSION.get(glue_version)
    if wanted is None:
        raise UnsupportedGlueVersionError(f"local_aws runs {format_glue_versions()}, not Glue {glue_version}")
    if glue_version in environments:
        return _release_in(environments[glue_version], glue_version, wanted)
    return _own_release(glue_version, wanted)


def _own_release(glue_version: str, wanted: str) -> SparkRelease:
    """The PySpark that lies beside local_aws itself."""
    spec = importlib.util.find_spec("pyspark")
    try:
        installed = metadata.version("pyspark")
    except metadata.PackageNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise UnsupportedGlueVersionError(
            f"Glue {glue_version} needs Spark {wanted}, but no pyspark is installed beside local_aws: "
            "pip install 'local-aws[glue]', or name an environment that has it with "
            f"--glue-python {glue_version}=FOLDER"
        )
    if not _is_release(installed, wanted):
        raise UnsupportedGlueVersionError(
            f"Glue {glue_version} needs Spark {wanted}, but the installed pyspark is {installed}: "
            f"name an environment that has it with --glue-python {glue_version}=FOLDER"
        )
    return SparkRelease(Path(sys.executable), Path(spec.origin).parent)


def _release_in(environment: Path, glue_version: str, wanted: str) -> SparkRelease:
    interpreter = environment / "bin" / "python"
    for packages in environment.glob("lib/python3.*/site-packages"):
        versions = [path.stem.removeprefix("pyspark-") for path in packages.glob("pyspark-*.dist-info")]
        if interpreter.exists() and any(_is_release(version, wanted) for version in versions):
            return SparkRelease(interpreter, packages / "pyspark")
    raise UnsupportedGlueVersionError(f"Glue {glue_version} needs Spark {wanted} in {environment}, which is not there")


def _is_release(installed: str, wanted: str) -> bool:
    return installed == wanted or installed.startswith(f"{wanted}.")
