"""`make tf-local`, with a stand-in for terraform: the real one needs its registry, which tests can't count on."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev import terraform_apply as terraform
from clickstream_dev.paths import REPOSITORY
from local_aws.process import free_port

# Notes what it was called with; what it says and how it ends is in files beside it.
STAND_IN = """#!{python}
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
command = sys.argv[2]
(folder / f"{{command}}.json").write_text(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}))
for argument in sys.argv:
    if argument.startswith("-state="):
        pathlib.Path(argument.removeprefix("-state=")).write_text("state")
says = folder / f"{{command}}.says"
print(says.read_text() if says.exists() else "Apply complete! Resources: 3 added, 0 changed, 0 destroyed.")
sys.exit(1 if says.exists() else 0)
"""


@dataclass
class Commands:
    """Runs the commands behind the Makefile with a state folder and a terraform of their own."""

    folder: Path
    port: int

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def run(self, *command: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "PATH": str(path or self.folder / "bin"),
            "LOCAL_AWS_STATE": str(self.state),
            "LOCAL_AWS_PORT": str(self.port),
            "AWS_MAX_ATTEMPTS": "9",
            "TF_VAR_environment": "prod",
            "NO_PROXY": "*",
        }
        return subprocess.run(
            [sys.executable, "-m", "clickstream_dev", *command],
            cwd=REPOSITORY,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def say(self, command: str, text: str) -> None:
        """Have terraform fail at that command with these words."""
        (self.folder / "bin" / f"{command}.says").write_text(text)

    def called_with(self, command: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "bin" / f"{command}.json").read_text())
        return document


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    stand_in = tmp_path / "bin" / "terraform"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN.format(python=sys.executable))
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    made = Commands(tmp_path, free_port())
    yield made
    made.run("down")


def test_it_says_in_one_line_that_terraform_is_missing(commands: Commands, tmp_path: Path) -> None:
    ended = commands.run("terraform", "apply", path=tmp_path)
    assert ended.returncode == 2
    expected = (
        "clickstream terraform apply: terraform is not on the PATH: install Terraform 1.11 or later, or use make up, "
        "which needs no Terraform\n"
    )
    assert (ended.stdout, ended.stderr) == ("", expected)


def test_it_says_in_one_line_that_the_registry_cant_be_reached_and_starts_nothing(commands: Commands) -> None:
    commands.say("init", "Error: Failed to query available provider packages\n\ncould not connect to it\n")
    ended = commands.run("terraform", "apply")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "clickstream terraform apply: the Terraform registry can't be reached "
        "(Failed to query available provider packages): "
        "run this where it can, or use make up, which needs no Terraform\n"
    )
    assert not (commands.state / "local_aws.json").exists()


def test_it_applies_the_data_plane_to_an_empty_local_aws_that_stays_up(commands: Commands) -> None:
    ended = commands.run("terraform", "apply")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.\n")
    endpoint = f"http://127.0.0.1:{commands.port}"
    assert endpoint in ended.stdout

    apply = commands.called_with("apply")
    variables = {argument.removeprefix("-var=") for argument in apply["arguments"] if argument.startswith("-var=")}
    assert variables == {
        "environment=local",
        "aws_region=us-east-1",
        "bucket_suffix=",
        "create_mwaa=false",
        "monthly_budget_usd=0",
        "alert_email_addresses=[]",
        f"aws_endpoint_url={endpoint}",
    }
    assert apply["arguments"][0] == f"-chdir={REPOSITORY / 'iac'}"
    env = apply["environment"]
    assert (env["AWS_ACCESS_KEY_ID"], env["HTTP_PROXY"]) == ("test", endpoint)
    assert env["TF_DATA_DIR"] == str(commands.state / "terraform" / "data")
    assert not {"AWS_MAX_ATTEMPTS", "TF_VAR_environment", "NO_PROXY"} & set(env)
    assert "HTTP_PROXY" not in commands.called_with("init")["environment"] or "HTTP_PROXY" in os.environ

    assert (commands.state / "terraform" / "aws" / "s3").is_dir()
    assert list((commands.state / "terraform" / "aws" / "s3").iterdir()) == []
    assert commands.run("down").stdout == "local_aws stopped\n"


def test_a_second_apply_changes_what_runs_and_one_after_make_down_begins_anew(commands: Commands) -> None:
    assert commands.run("terraform", "apply").returncode == 0
    record = (commands.state / "local_aws.json").read_text()
    kept = commands.state / "terraform" / "aws" / "s3" / "kept"
    kept.mkdir()
    assert commands.run("terraform", "apply").returncode == 0
    assert (commands.state / "local_aws.json").read_text() == record
    assert kept.exists()
    assert (commands.state / "terraform" / "terraform.tfstate").exists()

    commands.run("down")
    commands.say("apply", "Error: stop here\n")
    assert commands.run("terraform", "apply").returncode == 2
    assert not kept.exists()


def test_what_fails_in_the_apply_is_one_line(commands: Commands) -> None:
    commands.say("apply", "Plan: 3 to add\n╷\n│ Error: creating KMS Key: no\n╵\n")
    ended = commands.run("terraform", "apply")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("clickstream terraform apply: terraform apply failed: creating KMS Key: no; see ")


def test_it_leaves_the_local_aws_of_make_up_alone(commands: Commands) -> None:
    assert commands.run("up").returncode == 0
    ended = commands.run("terraform", "apply")
    assert ended.returncode == 2
    assert ended.stderr == (
        f"clickstream terraform apply: the local_aws of make up runs on http://127.0.0.1:{commands.port}: "
        "stop it with make down first\n"
    )


def test_the_variables_it_sets_exist() -> None:
    lines = [line for file in (REPOSITORY / "iac").glob("*.tf") for line in file.read_text().splitlines()]
    declared = {line.split('"')[1] for line in lines if line.startswith('variable "')}
    assert {*terraform.VARIABLES, "aws_endpoint_url"} <= declared
