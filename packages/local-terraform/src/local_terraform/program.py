"""Runs terraform itself, with its provider, against a local AWS: a second opinion on what this package evaluates."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_terraform.errors import TerraformError

INIT_TIMEOUT_S = 300
APPLY_TIMEOUT_S = 900
STOP_TIMEOUT_S = 30
_BACKEND = re.compile(r"^\s*(?:backend\s+\"|cloud\s*\{)", re.MULTILINE)
_ERROR = re.compile(r"Error: (.+)")
_NO_PROVIDERS = re.compile(
    r"could not connect|failed to request discovery|unreachable|Failed to (?:query available|install) provider"
)
# Settings of the user's own that would lead Terraform or the provider elsewhere.
_FOREIGN = ("AWS_", "TF_VAR_", "TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG")


class NoTerraformError(TerraformError):
    """Terraform, or the registry that has its provider, is not to be had here."""


@dataclass(frozen=True)
class TerraformProgram:
    """The program for one module.

    :param module: folder of the root module
    :param folder: keeps the state and the provider
    :param log_file: what terraform writes goes to the end of this file
    """

    module: Path
    folder: Path
    log_file: Path

    @property
    def state_file(self) -> Path:
        """Terraform's state of the local AWS."""
        return self.folder / "terraform.tfstate"

    def forget(self) -> None:
        """Drop the state: what it describes is gone."""
        for file in (self.state_file, self.state_file.with_name(f"{self.state_file.name}.backup")):
            file.unlink(missing_ok=True)

    def init(self) -> None:
        """Fetch the provider, if it is not there.

        :raises NoTerraformError: if terraform or the registry is not to be had
        :raises TerraformError: if the module names a remote state, into which nothing of a local AWS may get
        """
        if shutil.which("terraform") is None:
            raise NoTerraformError("terraform is not on the PATH: install Terraform 1.11 or later")
        for file in sorted(self.module.glob("*.tf")):
            if _BACKEND.search(file.read_text()):
                raise TerraformError(f"{file} names a remote state: move the file away while you try this")
        for folder in (self.folder, self.log_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.log_file.unlink(missing_ok=True)
        output = self._run(["init", "-input=false", "-no-color"], self._environment(), INIT_TIMEOUT_S)
        if output is None:
            return
        said = _first_error(output)
        if _NO_PROVIDERS.search(output):
            raise NoTerraformError(f"the Terraform registry can't be reached ({said}): run this where it can")
        raise TerraformError(f"terraform init failed: {said}; see {self.log_file}")

    def apply(self, endpoint: str, variables: Mapping[str, str]) -> str:
        """Apply the module to the local AWS at that address; returns Terraform's own summary.

        :raises TerraformError: with Terraform's first error, if it fails
        """
        command = ["apply", "-auto-approve", "-input=false", "-no-color", f"-state={self.state_file}"]
        command += [f"-var={name}={value}" for name, value in variables.items()]
        output = self._run(command, self._environment(endpoint), APPLY_TIMEOUT_S)
        if output is not None:
            raise TerraformError(f"terraform apply failed: {_first_error(output)}; see {self.log_file}")
        lines = self.log_file.read_text(errors="replace").splitlines()
        return next((line for line in lines if line.startswith("Apply complete!")), "Apply complete!")

    def _environment(self, endpoint: str = "") -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        env |= {
            "TF_DATA_DIR": str(self.folder / "data"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            # No profile of the user's may come in.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        if endpoint:
            # The provider asks for a bucket's tags at <account>.<endpoint's host>, a name that nobody resolves: as the
            # proxy, the local AWS gets those requests all the same. Those to 127.0.0.1 itself never go through a proxy.
            env = {name: value for name, value in env.items() if name.lower() not in {"http_proxy", "no_proxy"}}
            env["HTTP_PROXY"] = endpoint
        return env

    def _run(self, arguments: list[str], env: dict[str, str], timeout_s: float) -> str | None:
        """Run terraform into the log; None when it succeeded, else what it wrote.

        :raises TerraformError: if it takes longer than the time given
        """
        with self.log_file.open("ab") as log:
            begin = log.tell()
            process = subprocess.Popen(
                ["terraform", f"-chdir={self.module}", *arguments],  # noqa: S607 - whichever is installed
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise TerraformError(
                    f"terraform {arguments[0]} did not end within {timeout_s} s; see {self.log_file}"
                ) from None
            finally:
                _end(process)
        return None if code == 0 else self.log_file.read_bytes()[begin:].decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop Terraform and its providers, if they still run: an interrupt lets it write its state first."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)


def _first_error(output: str) -> str:
    found = _ERROR.search(output)
    if found:
        return found[1].strip()
    lines = output.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
