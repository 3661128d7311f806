"""``clickstream terraform apply``: Terraform builds the data plane in local_aws, from the same code as the cloud."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from clickstream_dev import server
from clickstream_dev.errors import CommandError
from clickstream_dev.iac import local_variables
from clickstream_dev.paths import REPOSITORY, format_path
from clickstream_dev.server import LOGS, TERRAFORM_DATA_DIR, TERRAFORM_DIR
from local_aws.client import LocalAws
from local_aws.process import health

ROOT_MODULE = REPOSITORY / "iac"
STATE_FILE = TERRAFORM_DIR / "terraform.tfstate"
LOG_FILE = LOGS / "terraform.log"
INIT_TIMEOUT_S = 300
APPLY_TIMEOUT_S = 900
STOP_TIMEOUT_S = 30
VARIABLES = {
    **local_variables(),
    "create_mwaa": "false",
    # A local machine costs nothing and sends no mail.
    "monthly_budget_usd": "0",
    "alert_email_addresses": "[]",
}
_BACKEND = re.compile(r"^\s*(?:backend\s+\"|cloud\s*\{)", re.MULTILINE)
_ERROR = re.compile(r"Error: (.+)")
_NO_PROVIDERS = re.compile(
    r"could not connect|failed to request discovery|unreachable|Failed to (?:query available|install) provider"
)
# Settings of the user's own that would lead Terraform or the provider elsewhere.
_FOREIGN = ("AWS_", "TF_VAR_", "TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG")


def apply() -> int:
    """Apply iac/ to a local_aws of its own, which then stays up for the other commands."""
    terraform = _executable()
    _refuse_remote_state()
    _refuse_other_server()
    LOGS.mkdir(parents=True, exist_ok=True)
    TERRAFORM_DIR.mkdir(parents=True, exist_ok=True)
    LOG_FILE.unlink(missing_ok=True)
    _init(terraform)
    local = _server()
    print(_apply(terraform, local))
    print(
        f"local_aws is up on {local.endpoint}, provisioned by Terraform; make load, run, query … use it until make down"
    )
    print(f"state: {format_path(STATE_FILE)}, log: {format_path(LOG_FILE)}")
    return 0


def _executable() -> str:
    found = shutil.which("terraform")
    if found is None:
        raise CommandError("terraform is not on the PATH: install Terraform 1.11 or later, or use make up")
    return found


def _refuse_remote_state() -> None:
    """What is made here must never get into the state of a real deployment."""
    for file in sorted(ROOT_MODULE.glob("*.tf")):
        if _BACKEND.search(file.read_text()):
            raise CommandError(f"{format_path(file)} names a remote state: move the file away while you try this")


def _refuse_other_server() -> None:
    found = server.find_server()
    if found and Path(str((health(found.port) or {}).get("data_dir"))).resolve() != TERRAFORM_DATA_DIR:
        raise CommandError(f"the local_aws of make up runs on {found.endpoint}: stop it with make down first")


def _server() -> LocalAws:
    """The local_aws that an earlier apply left running, else a new one that holds nothing.

    A restart loses some of what Terraform believes in (topics, keys, rules, alarms), so what belongs to a server that
    is gone is dropped.
    """
    found = server.find_server()
    if found:
        return found
    shutil.rmtree(TERRAFORM_DATA_DIR, ignore_errors=True)
    for file in (STATE_FILE, STATE_FILE.with_name(f"{STATE_FILE.name}.backup")):
        file.unlink(missing_ok=True)
    return server.start(TERRAFORM_DATA_DIR, provision=False)


def _init(terraform: str) -> None:
    output = _run(
        [terraform, f"-chdir={ROOT_MODULE}", "init", "-input=false", "-no-color"], _environment(), INIT_TIMEOUT_S
    )
    if output is None:
        return
    said = _first_error(output)
    if _NO_PROVIDERS.search(output):
        raise CommandError(
            f"the Terraform registry can't be reached ({said}): "
            "run this where it can, or use make up, which needs no Terraform"
        )
    raise CommandError(f"terraform init failed: {said}; see {format_path(LOG_FILE)}")


def _apply(terraform: str, local: LocalAws) -> str:
    """Run the apply; returns Terraform's own summary."""
    command = [terraform, f"-chdir={ROOT_MODULE}", "apply", "-auto-approve", "-input=false", "-no-color"]
    variables = {**VARIABLES, "aws_endpoint_url": local.endpoint}
    command += [f"-state={STATE_FILE}", *(f"-var={name}={value}" for name, value in variables.items())]
    output = _run(command, _environment(local), APPLY_TIMEOUT_S)
    if output is not None:
        raise CommandError(f"terraform apply failed: {_first_error(output)}; see {format_path(LOG_FILE)}")
    lines = LOG_FILE.read_text(errors="replace").splitlines()
    return next((line for line in lines if line.startswith("Apply complete!")), "Apply complete!")


def _environment(local: LocalAws | None = None) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    env |= {
        "TF_DATA_DIR": str(TERRAFORM_DIR / "data"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        # No profile of the user's may come in.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    if local:
        # The provider asks for a bucket's tags at <account>.<endpoint's host>, a name that nobody resolves: as the
        # proxy, local_aws gets those requests all the same. Those to 127.0.0.1 itself never go through a proxy.
        env = {name: value for name, value in env.items() if name.lower() not in {"http_proxy", "no_proxy"}}
        env["HTTP_PROXY"] = local.endpoint
    return env


def _run(command: list[str], env: dict[str, str], timeout_s: float) -> str | None:
    """Run Terraform into the log; None when it succeeded, else what it wrote.

    :raises CommandError: if it takes longer than the time given
    """
    with LOG_FILE.open("ab") as log:
        begin = log.tell()
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise CommandError(
                f"terraform {command[2]} did not end within {timeout_s} s; see {format_path(LOG_FILE)}"
            ) from None
        finally:
            _end(process)
    return None if code == 0 else LOG_FILE.read_bytes()[begin:].decode(errors="replace")


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
