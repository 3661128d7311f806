"""Terraform itself, by a stand-in: the real one needs its registry, which tests can't count on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from local_terraform import TerraformError
from local_terraform import program as terraform_program
from local_terraform.program import NoTerraformError, TerraformProgram


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TerraformProgram:
    (tmp_path / "bin").mkdir()
    (tmp_path / "module").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return TerraformProgram(tmp_path / "module", tmp_path / "kept", tmp_path / "logs" / "terraform.log")


def stand_in(program: TerraformProgram, script: str) -> None:
    file = program.module.with_name("bin") / "terraform"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_without_terraform_it_says_so(program: TerraformProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program.module))
    with pytest.raises(NoTerraformError, match=r"^terraform is not on the PATH"):
        program.init()


@pytest.mark.parametrize(
    "text", ['terraform {\n  backend "s3" {}\n}\n', "terraform {\n  cloud {\n  }\n}\n"], ids=["backend", "cloud"]
)
def test_it_refuses_to_write_into_a_remote_state(program: TerraformProgram, text: str) -> None:
    stand_in(program, "exit 0")
    (program.module / "backend.tf").write_text(text)
    with pytest.raises(TerraformError, match="names a remote state"):
        program.init()


@pytest.mark.parametrize(
    ("says", "error"),
    [("Error: Failed to query available provider packages", NoTerraformError), ("Error: no", TerraformError)],
)
def test_an_init_that_fails_is_one_line(program: TerraformProgram, says: str, error: type[Exception]) -> None:
    stand_in(program, f"echo '{says}'; echo; echo more; exit 1")
    with pytest.raises(error, match=says.removeprefix("Error: ")) as caught:
        program.init()
    assert type(caught.value) is error
    assert "more" not in str(caught.value)


def test_a_terraform_that_hangs_is_ended(program: TerraformProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(program, "exec sleep 60")
    monkeypatch.setattr(terraform_program, "INIT_TIMEOUT_S", 0.2)
    # Where the tests run in the background of a script, what they start ignores the interrupt, and has to be killed.
    monkeypatch.setattr(terraform_program, "STOP_TIMEOUT_S", 1)
    began = time.monotonic()
    with pytest.raises(TerraformError, match=r"terraform init did not end within 0\.2 s"):
        program.init()
    assert time.monotonic() - began < 10
