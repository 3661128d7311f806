"""Starts, finds and stops the local_aws server that the commands talk to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from clickstream.contract import load_contract
from clickstream_dev.artifacts import MissingArtifactError
from clickstream_dev.errors import CommandError
from clickstream_dev.provision import provision as provision_resources
from clickstream_dev.resource_names import LOCAL_ENVIRONMENT
from local_aws.settings import ACCOUNT_ID, DEFAULT_DATA_DIR, REPOSITORY, STATE

DATA_DIR = DEFAULT_DATA_DIR
# What `make tf-local` provisions lies apart: Terraform would not create what `make up` has created.
TERRAFORM_DIR = STATE / "terraform"
TERRAFORM_DATA_DIR = TERRAFORM_DIR / "aws"
LOGS = STATE / "logs"
RECORD_FILE = STATE / "local_aws.json"
LOG_FILE = LOGS / "local_aws.log"
DEFAULT_PORT = 4566
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
HEALTH_TIMEOUT_S = 5
REGION = "us-east-1"
_CLIENT = Config(retries={"max_attempts": 3}, read_timeout=120)


@dataclass(frozen=True)
class LocalAws:
    """A running local_aws: its address, and clients for it."""

    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, role: str | None = None) -> Any:
        """A boto3 client: with the credentials of a role, or with any, as local_aws takes them from a person."""
        if role is not None:
            return boto3.client(
                service, endpoint_url=self.endpoint, region_name=REGION, config=_CLIENT, **self.assume(role)
            )
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - no secret: local_aws takes any
            config=_CLIENT,
        )

    def assume(self, role: str) -> dict[str, str]:
        """Credentials of the pipeline's role of that short name, under the names that boto3 gives them."""
        arn = f"arn:aws:iam::{ACCOUNT_ID}:role/{load_contract().project}-{LOCAL_ENVIRONMENT}-{role}"
        credentials = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="make")["Credentials"]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }


def shown(path: Path) -> str:
    """A path as the user sees it: relative to the repository where it lies inside."""
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


def wanted_port() -> int:
    """The port that LOCAL_AWS_PORT names, 4566 when it is not set.

    :raises CommandError: if it is no port number
    """
    text = os.environ.get("LOCAL_AWS_PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT={text} is no port number: give one from 1 to 65535")
    return int(text)


def health(port: int) -> dict[str, Any] | None:
    """What the local_aws on that port says of itself; None when nothing or something else answers."""
    try:
        url = f"http://127.0.0.1:{port}/_local_aws/health"
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_S) as answer:
            document = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return document if isinstance(document, dict) else None


def running() -> LocalAws | None:
    """This checkout's local_aws, if it runs: the one that `start` recorded, on whatever port, else on the wanted one.

    :raises CommandError: if something else holds the wanted port
    """
    recorded = _recorded()
    if recorded:
        return recorded[0]
    port = wanted_port()
    answer = health(port)
    if _is_ours(answer):
        return LocalAws(port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            owner = f"the local_aws of {answer.get('data_dir')}" if answer else "another program"
            raise CommandError(
                f"port {port} is in use by {owner}: stop it, or choose another port with PORT={port + 1}"
            ) from None
    return None


def _is_ours(answer: dict[str, Any] | None) -> bool:
    return answer is not None and Path(str(answer.get("data_dir"))).resolve() in {DATA_DIR, TERRAFORM_DATA_DIR}


def _recorded() -> tuple[LocalAws, int] | None:
    """The server in the record file and its process id, if it answers: the id may belong to another program by now."""
    try:
        record = json.loads(RECORD_FILE.read_text())
        port, pid = int(record["port"]), int(record["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    answer = health(port)
    return (LocalAws(port), pid) if answer and _is_ours(answer) and answer.get("pid") == pid else None


def start(data_dir: Path = DATA_DIR, *, provision: bool = True, watch: bool = False) -> LocalAws:
    """Start local_aws in the background, provisioned, and wait until it answers; whichever runs already is returned.

    :param provision: False leaves it without any resource
    :param watch: provision again whenever the job's files or the contract change
    :raises CommandError: if it does not come up; the message carries its own last line
    """
    already = running()
    if already:
        return already
    local = LocalAws(wanted_port())
    LOGS.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local_aws", "serve", "--port", str(local.port), "--data-dir", str(data_dir)]
    with LOG_FILE.open("ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal must not end the server behind the command's back
        )
    RECORD_FILE.write_text(json.dumps({"pid": process.pid, "port": local.port}))
    try:
        _wait_until_it_answers(local, process, log_start)
        if provision:
            _provision(local)
        if watch:
            _watch(local)
    except BaseException:
        stop_process(process.pid)
        RECORD_FILE.unlink(missing_ok=True)
        raise
    return local


def _wait_until_it_answers(local: LocalAws, process: subprocess.Popen[bytes], log_start: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if health(local.port):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    text = LOG_FILE.read_bytes()[log_start:].decode(errors="replace").strip()
    last = text.splitlines()[-1] if text else f"no answer within {START_TIMEOUT_S} s"
    raise CommandError(f"local_aws did not start: {last} (log: {shown(LOG_FILE)})")


def _provision(local: LocalAws) -> None:
    try:
        provision_resources(local.endpoint)
    except MissingArtifactError as error:
        raise CommandError(f"provisioning failed: {error}") from None


def _watch(local: LocalAws) -> None:
    """Provision again whenever the job's files or the contract change, in a process that ends with local_aws."""
    with LOG_FILE.open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "clickstream_dev.watch", local.endpoint],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def stop() -> bool:
    """Stop the local_aws that `start` left running. False when there was none."""
    recorded = _recorded()
    RECORD_FILE.unlink(missing_ok=True)
    return recorded is not None and stop_process(recorded[1])


def stop_process(pid: int) -> bool:
    """End a process that we started: ask, wait until it has flushed its buffers, insist. False if it was gone."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        if _has_ended(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return True


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie, which still takes signals: some containers never collect orphans."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # there is no /proc on macOS, whose first process collects orphans
        return False


@contextmanager
def ensured() -> Iterator[LocalAws]:
    """local_aws for the length of a command: the one that runs, else one that is stopped again at the end."""
    found = running()
    if found:
        yield found
        return
    local = start()
    try:
        yield local
    finally:
        stop()
