"""What a local AWS has to be told so that it runs this project's Glue jobs."""

from __future__ import annotations

from pathlib import Path

from clickstream.contract import load_contract
from clickstream_dev.paths import REPOSITORY

VENVS = REPOSITORY / ".venv"
# Two releases of PySpark can't share an environment: `make test-glue6` builds this one.
GLUE_ENVIRONMENTS: dict[str, Path] = {"6.0": VENVS / "glue6"}
# The set-up fills it.
CLASS_ARCHIVES = VENVS / "class-archives"


def server_options() -> list[str]:
    """Options of ``local-aws serve``: the contract's Glue version, and where this checkout keeps what runs the jobs."""
    options = ["--glue-version", load_contract().versions.glue, "--class-archives", str(CLASS_ARCHIVES)]
    for glue_version, folder in GLUE_ENVIRONMENTS.items():
        options += ["--glue-python", f"{glue_version}={folder}"]
    return options
