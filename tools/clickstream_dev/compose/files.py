"""The two files beside docker-compose.yaml that `make compose-up` writes: the secrets, and the DAGs' settings."""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from clickstream_dev.dag_settings import dag_settings
from clickstream_dev.paths import REPOSITORY
from local_aws.settings import REGION

SECRETS_FILE = REPOSITORY / ".env"
SETTINGS_FILE = REPOSITORY / ".env.airflow"
LOCAL_AWS_ENDPOINT = "http://local-aws:4566"
ADMIN_PASSWORD = "AIRFLOW_ADMIN_PASSWORD"  # noqa: S105 - a variable's name
_SECRET_BYTES = 32
_PASSWORD_BYTES = 12
_PRIVATE = 0o600
_PUBLIC = 0o644


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


# Letters, digits, - and _ only: these values stand in addresses and in a .env file unquoted.
SECRETS: dict[str, Callable[[], str]] = {
    "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(_SECRET_BYTES),
    "AIRFLOW_FERNET_KEY": _fernet_key,
    "AIRFLOW_JWT_SECRET": lambda: secrets.token_urlsafe(2 * _SECRET_BYTES),
    "AIRFLOW_API_SECRET_KEY": lambda: secrets.token_urlsafe(_SECRET_BYTES),
    ADMIN_PASSWORD: lambda: secrets.token_urlsafe(_PASSWORD_BYTES),
}


def ensure_secrets(file: Path = SECRETS_FILE) -> dict[str, str]:
    """The secrets: those that the file has stay, those that it lacks are made and added to it. Only its owner reads it.

    :returns: every variable of the file
    """
    text = file.read_text() if file.exists() else ""
    found = _parse_variables(text)
    missing = {name: make() for name, make in SECRETS.items() if not found.get(name)}
    if missing:
        separator = "" if not text or text.endswith("\n") else "\n"
        _write(file, f"{text}{separator}{_format_variables(missing)}", _PRIVATE)
    else:
        file.chmod(_PRIVATE)
    return found | missing


def write_settings(file: Path = SETTINGS_FILE) -> None:
    """Write what Airflow's containers need to know of local_aws; a file that says so already is left alone."""
    text = f"# Written by `make compose-up` from iac/: changes here are lost.\n{_format_variables(settings())}"
    if not file.exists() or file.read_text() != text:
        _write(file, text, _PUBLIC)


def settings() -> dict[str, str]:
    """Where AWS is, and the DAGs' settings. local_aws takes any credentials."""
    return {
        "AWS_ENDPOINT_URL": LOCAL_AWS_ENDPOINT,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        **dag_settings(),
    }


def _parse_variables(text: str) -> dict[str, str]:
    """NAME=value lines; quotes around a value are not part of it, and the last line of a name counts, as for Docker."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


def _format_variables(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _write(file: Path, text: str, mode: int) -> None:
    """Replace the file at once: a reader sees the old one or the new one, and nobody a secret while it is written."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    Path(temporary).chmod(mode)
    Path(temporary).replace(file)
