"""The files that `make compose-up` writes."""

from __future__ import annotations

import base64
import re
import stat

import pytest

from clickstream_dev.compose import files as compose_files


@pytest.fixture
def file(tmp_path):
    return tmp_path / ".env"


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_for_their_owner_only_and_fit_an_address_and_an_unquoted_line(file):
    made = compose_files.ensure_secrets(file)
    assert set(made) == set(compose_files.SECRETS)
    assert mode(file) == 0o600
    assert file.read_text() == "".join(f"{name}={value}\n" for name, value in made.items())
    assert all(re.fullmatch(r"[A-Za-z0-9_=-]{16,}", value) for value in made.values())
    assert len(set(made.values())) == len(made)


def test_the_fernet_key_is_one(file):
    key = compose_files.ensure_secrets(file)["AIRFLOW_FERNET_KEY"]
    assert len(base64.urlsafe_b64decode(key)) == 32


def test_two_machines_get_different_secrets(tmp_path):
    first, second = (compose_files.ensure_secrets(tmp_path / name) for name in ("a", "b"))
    assert not set(first.values()) & set(second.values())


def test_secrets_stay_what_they_are(file):
    made = compose_files.ensure_secrets(file)
    assert compose_files.ensure_secrets(file) == made


def test_what_somebody_put_into_the_file_stays_and_only_what_lacks_is_added(file):
    file.write_text("# mine\nAIRFLOW_UID=1000\nPOSTGRES_PASSWORD='my own'\nAIRFLOW_JWT_SECRET=")
    file.chmod(0o644)
    made = compose_files.ensure_secrets(file)
    assert file.read_text().startswith("# mine\nAIRFLOW_UID=1000\nPOSTGRES_PASSWORD='my own'\nAIRFLOW_JWT_SECRET=\n")
    assert made["POSTGRES_PASSWORD"] == "my own"
    assert made["AIRFLOW_UID"] == "1000"
    assert made["AIRFLOW_JWT_SECRET"]
    assert mode(file) == 0o600
    assert compose_files.ensure_secrets(file) == made


def test_the_settings_are_written_anew_when_they_change_and_only_then(file):
    compose_files.write_settings(file)
    first = file.stat().st_ino
    compose_files.write_settings(file)
    assert file.stat().st_ino == first
    file.write_text("AIRFLOW__CLICKSTREAM__RAW_BUCKET=old\n")
    compose_files.write_settings(file)
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    assert dict(line.split("=", 1) for line in lines) == compose_files.settings()
