"""Starts, finds and stops the local_aws server that the commands talk to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from clickstream.contract import load_contract
from clickstream_dev.artifacts import MissingArtifactError
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import DATA_DIR, REPOSITORY, STATE
from clickstream_dev.provision import provision as provision_resources
from clickstream_dev.resource_names import LOCAL_ENVIRONMENT
from clickstream_dev.server_options import server_options
from local_aws import process
from local_aws.process import NotStartedError, health, stop_process
from local_aws.settings import ACCOUNT_ID

# What `make tf-local` provisions lies apart: Terraform would not create what `make up` has created.
TERRAFORM_DIR = STATE / "terraform"
TERRAFORM_DATA_DIR = TERRAFORM_DIR / "aws"
LOGS = STATE / "logs"
RECORD_FILE = STATE / "local_aws.json"
LOG_FILE = LOGS / "local_aws.log"
DEFAULT_PORT = 4566
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
        raise CommandError(f"LOCAL_AWS_PORT={text} is no port number: give one from 1 to 65535")
    return int(text)


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
                f"port {port} is in use by {owner}: stop it, or choose another port "
                f"with --port {port + 1} (make: PORT={port + 1})"
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
    try:
        server = process.start_server(
            data_dir, port=wanted_port(), options=server_options(), log_file=LOG_FILE, detached=True
        )
    except NotStartedError as error:
        raise CommandError(f"local_aws did not start: {error} (log: {shown(LOG_FILE)})") from error
    RECORD_FILE.write_text(json.dumps({"pid": server.process.pid, "port": server.port}))
    local = LocalAws(server.port)
    try:
        if provision:
            _provision(local)
        if watch:
            _watch(local)
    except BaseException:
        server.stop()
        RECORD_FILE.unlink(missing_ok=True)
        raise
    return local


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
