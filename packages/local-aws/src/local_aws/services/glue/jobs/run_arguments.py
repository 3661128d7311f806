"""The special parameters that Glue itself reads from a run's arguments, and the command line that the script gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

EXTRA_PY_FILES = "--extra-py-files"
EXTRA_FILES = "--extra-files"
SPARK_CONFIGURATION = "--conf"
_PYTHON_SUFFIXES = (".py", ".zip", ".egg")
_SETTING = re.compile(r"\s*(?:--conf\s+)?([\w.\-]+)=(.*?)(?=\s+--conf\s|\s*$)", re.DOTALL)
# Parameters whose effect a run here would lack; the values that ask for no effect are allowed.
_UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "--additional-python-modules": (),
    "--extra-jars": (),
    "--user-jars-first": ("false",),
    "--datalake-formats": (),
    "--job-language": ("python",),
    "--job-bookmark-option": ("job-bookmark-disable",),
    "--scriptLocation": (),
}


class UnsupportedArgumentError(ValueError):
    """An argument asks for something that local_aws does not do."""


@dataclass(frozen=True)
class SpecialArguments:
    """What Glue itself takes from a run's arguments."""

    python_files: tuple[str, ...]
    files: tuple[str, ...]
    spark_settings: dict[str, str]


def special_arguments(arguments: Mapping[str, str]) -> SpecialArguments:
    """Read Glue's special parameters.

    :raises UnsupportedArgumentError: if one of them asks for something that local_aws does not do
    """
    for name, harmless in _UNSUPPORTED.items():
        value = arguments.get(name)
        if value is not None and value not in harmless:
            allowed = f"; it takes only {' or '.join(harmless)}" if harmless else ""
            raise UnsupportedArgumentError(f"local_aws does not support {name} {value!r}{allowed}")
    python_files = _list(arguments.get(EXTRA_PY_FILES, ""))
    for uri in python_files:
        if not uri.endswith(_PYTHON_SUFFIXES):
            raise UnsupportedArgumentError(f"{EXTRA_PY_FILES} takes .py, .zip and .egg files, not {uri}")
    return SpecialArguments(
        python_files=python_files,
        files=_list(arguments.get(EXTRA_FILES, "")),
        spark_settings=_spark_settings(arguments.get(SPARK_CONFIGURATION, "")),
    )


def command_line(arguments: Mapping[str, str], job_name: str, job_id: str, run_id: str) -> list[str]:
    """What the script finds in ``sys.argv[1:]``: Glue's own parameters first, then the run's arguments."""
    line = ["--JOB_ID", job_id, "--JOB_RUN_ID", run_id, "--JOB_NAME", job_name]
    for name, value in arguments.items():
        line += [name, value]
    return line


def _list(value: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in value.split(",") if entry.strip())


def _spark_settings(value: str) -> dict[str, str]:
    """Glue's ``--conf`` holds several settings in one value: ``a=1 --conf b=2``."""
    settings = {match[1]: match[2].strip() for match in _SETTING.finditer(value)}
    if value.strip() and not settings:
        raise UnsupportedArgumentError(f"{SPARK_CONFIGURATION} must be key=value [--conf key=value …], not {value!r}")
    return settings
