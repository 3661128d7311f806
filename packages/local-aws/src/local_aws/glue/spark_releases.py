"""Which Spark, in which Python environment, runs the jobs of which Glue version."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from clickstream.contract import load_contract
from local_aws.settings import REPOSITORY

# Glue 6.0 is Spark 4.1. Its PySpark can't share an environment with that of the contract's Glue version.
OTHER_GLUE_VERSIONS = {"6.0": "4.1"}
OTHER_ENVIRONMENTS = {"6.0": REPOSITORY / ".venv" / "glue6"}
_BUILD = "python3 requirements/build_environments.py"


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


def spark_release(glue_version: str) -> SparkRelease:
    """The Spark that runs jobs of that Glue version.

    :raises UnsupportedGlueVersionError: if it is not installed here
    """
    versions = load_contract().versions
    if glue_version == versions["glue"]:
        return _own_release(glue_version, versions["spark"])
    if glue_version in OTHER_GLUE_VERSIONS:
        return _release_in(OTHER_ENVIRONMENTS[glue_version], glue_version, OTHER_GLUE_VERSIONS[glue_version])
    known = {versions["glue"]: versions["spark"], **OTHER_GLUE_VERSIONS}
    runs = " and ".join(f"Glue {glue} (Spark {spark})" for glue, spark in known.items())
    raise UnsupportedGlueVersionError(f"local_aws runs {runs}, not Glue {glue_version}")


def _own_release(glue_version: str, wanted: str) -> SparkRelease:
    """The PySpark that lies beside local_aws itself."""
    try:
        installed = metadata.version("pyspark")
    except metadata.PackageNotFoundError:
        installed = "none"
    spec = importlib.util.find_spec("pyspark")
    if installed != wanted or spec is None or spec.origin is None:
        raise UnsupportedGlueVersionError(
            f"Glue {glue_version} needs Spark {wanted}, but the installed pyspark is {installed}"
        )
    return SparkRelease(Path(sys.executable), Path(spec.origin).parent)


def _release_in(environment: Path, glue_version: str, wanted: str) -> SparkRelease:
    interpreter = environment / "bin" / "python"
    for packages in environment.glob("lib/python3.*/site-packages"):
        if interpreter.exists() and any(packages.glob(f"pyspark-{wanted}.*.dist-info")):
            return SparkRelease(interpreter, packages / "pyspark")
    raise UnsupportedGlueVersionError(
        f"Glue {glue_version} needs Spark {wanted} in .venv/{environment.name}, which is not there: "
        f"build it with `{_BUILD} {environment.name}`"
    )
