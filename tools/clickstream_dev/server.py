"""Starts, finds and stops the local_aws server that the commands talk to."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from clickstream_dev.errors import CommandError
from clickstream_dev.paths import DATA_DIR, REPOSITORY, STATE, format_path
from clickstream_dev.provision import provision as provision_resources
from clickstream_dev.resource_names import names
from clickstream_dev.server_options import server_options
from local_aws import process
from local_aws.process import NotStartedError, health, stop_process
from local_aws.waiting import wait_until
from local_terraform.provision import say_provisioned

# What `make tf-local` provisions lies apart: Terraform would not create what `make up` has created.
TERRAFORM_DIR = STATE / "terraform"
TERRAFORM_DATA_DIR = TERRAFORM_DIR / "aws"
LOGS = STATE / "logs"
RECORD_FILE = STATE / "local_aws.json"
WATCHER_LOCK = STATE / "watcher.lock"
LOG_FILE = LOGS / "local_aws.log"
DEFAULT_PORT = 4566
WATCH_TIMEOUT_S = 60
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
        arn = names().role_arn(role)
        credentials = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="make")["Credentials"]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }


def wanted_port() -> int:
    """The port that LOCAL_AWS_PORT names, 4566 when it is not set.

    :raises CommandError: if it is no port number
    """
    text = os.environ.get("LOCAL_AWS_PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"LOCAL_AWS_PORT={text} is no port number: give one from 1 to 65535")
    return int(text)


def find_server() -> LocalAws | None:
    """This checkout's local_aws, if it runs: the one that `start` recorded, on whatever port, else on the wanted one.

    :raises CommandError: if something else holds the wanted port
    """
    recorded = _read_record()
    if recorded:
        return LocalAws(recorded.port)
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
                f"port {port} is in use by {owner}: stop it, or choose another port "
                f"with --port {port + 1} (make: PORT={port + 1})"
            ) from None
    return None


def _is_ours(answer: dict[str, Any] | None) -> bool:
    return answer is not None and Path(str(answer.get("data_dir"))).resolve() in {DATA_DIR, TERRAFORM_DATA_DIR}


@dataclass(frozen=True)
class _Record:
    """What `start` left running.

    :param watcher: process id of what provisions again after a change, None where nothing does
    """

    pid: int
    port: int
    watcher: int | None = None

    def write(self) -> None:
        RECORD_FILE.write_text(json.dumps(asdict(self)))


def _read_record() -> _Record | None:
    """The record, if its server answers: the process id may belong to another program by now."""
    try:
        record = _Record(**json.loads(RECORD_FILE.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    answer = health(record.port)
    return record if answer and _is_ours(answer) and answer.get("pid") == record.pid else None


def start(data_dir: Path = DATA_DIR, *, provision: bool = True, watch: bool = False) -> LocalAws:
    """Start local_aws in the background, provisioned, and wait until it answers; whichever runs already is returned.

    :param provision: False leaves it without any resource
    :param watch: provision again whenever iac/ or a file that it reads changes
    :raises CommandError: if it does not come up; the message carries its own last line, and nothing is left running
    """
    already = find_server()
    if already:
        return already
    try:
        server = process.start_server(
            data_dir, port=wanted_port(), options=server_options(), log_file=LOG_FILE, detached=True
        )
    except NotStartedError as error:
        raise CommandError(f"local_aws did not start: {error} (log: {format_path(LOG_FILE)})") from error
    local = LocalAws(server.port)
    try:
        _Record(server.process.pid, server.port).write()
        if provision:
            provision_resources(local.endpoint)
        if watch:
            say_provisioned(local.endpoint, False)
            _Record(server.process.pid, server.port, _start_watcher(local)).write()
            # Its own first provisioning would undo what somebody changes as soon as this returns.
            if not wait_until(lambda: (health(local.port) or {}).get("provisioned"), WATCH_TIMEOUT_S):
                raise CommandError(f"what follows edits did not begin within {WATCH_TIMEOUT_S} s")
    except BaseException:
        server.stop()  # which ends the watcher too
        RECORD_FILE.unlink(missing_ok=True)
        raise
    return local


def _start_watcher(local: LocalAws) -> int:
    """Start what provisions again after a change; returns its process id. It ends when local_aws does not answer."""
    with LOG_FILE.open("ab") as log, WATCHER_LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.Popen(
            [sys.executable, "-m", "clickstream_dev.provision", local.endpoint],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[lock.fileno()],  # it holds the lock for as long as it lives
        ).pid


def stop() -> bool:
    """Stop the local_aws that `start` left running, after what watches for it. False when there was none."""
    record = _read_record()
    RECORD_FILE.unlink(missing_ok=True)
    if record is None:
        return False
    # First, so that a provisioning that is going on does not run into a server that is gone.
    if record.watcher is not None and _watcher_runs():
        stop_process(record.watcher)
    return stop_process(record.pid)


def _watcher_runs() -> bool:
    """Whether the process id in the record is a watcher's still, and not another program's by now."""
    with WATCHER_LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def running_server() -> Iterator[LocalAws]:
    """local_aws for the length of a command: the one that runs, else one that is stopped again at the end."""
    found = find_server()
    if found:
        yield found
        return
    local = start()
    try:
        yield local
    finally:
        stop()
