"""Starts, finds and stops the local_aws server that the commands talk to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickstream_dev.errors import CommandError
from clickstream_dev.paths import DATA_DIR, REPOSITORY, STATE, format_path
from clickstream_dev.provision import provision as provision_resources
from clickstream_dev.server_options import server_options
from local_aws.background import Background, PortInUseError
from local_aws.client import LocalAws
from local_aws.process import NotStartedError, health
from local_aws.settings import DEFAULT_PORT, parse_port
from local_aws.waiting import wait_until
from local_terraform.provision import say_provisioned

# What `make tf-local` provisions lies apart: Terraform would not create what `make up` has created.
TERRAFORM_DIR = STATE / "terraform"
TERRAFORM_DATA_DIR = TERRAFORM_DIR / "aws"
LOGS = STATE / "logs"
RECORD_FILE = STATE / "local_aws.json"
LOG_FILE = LOGS / "local_aws.log"
WATCH_TIMEOUT_S = 60


def wanted_port() -> int:
    """The port that LOCAL_AWS_PORT names, 4566 when it is not set.

    :raises CommandError: if it is no port number
    """
    try:
        return parse_port(os.environ.get("LOCAL_AWS_PORT") or str(DEFAULT_PORT))
    except ValueError as error:
        raise CommandError(f"LOCAL_AWS_PORT: {error}") from None


def find_server() -> LocalAws | None:
    """This checkout's local_aws, if it runs: the one that `start` left, on whatever port, else on the wanted one.

    :raises CommandError: if something else holds the wanted port
    """
    port = wanted_port()
    try:
        found = _background().find(port)
    except PortInUseError as error:
        raise CommandError(
            f"{error}: stop it, or choose another port with --port {port + 1} (make: PORT={port + 1})"
        ) from None
    return LocalAws(found) if found else None


def _background() -> Background:
    return Background(RECORD_FILE, LOG_FILE, (DATA_DIR, TERRAFORM_DATA_DIR))


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
        process = _background().start(data_dir, wanted_port(), server_options())
    except NotStartedError as error:
        raise CommandError(f"local_aws did not start: {error} (log: {format_path(LOG_FILE)})") from error
    local = LocalAws(process.port)
    try:
        if provision:
            provision_resources(local.endpoint)
        if watch:
            _watch(local)
    except BaseException:
        stop()
        process.stop()  # where it does not even answer
        raise
    return local


def _watch(local: LocalAws) -> None:
    """Have it provisioned again after each change, until it does not answer any more."""
    say_provisioned(local.endpoint, False)
    _background().start_companion([sys.executable, "-m", "clickstream_dev.provision", local.endpoint], REPOSITORY)
    # Its own first provisioning would undo what somebody changes as soon as this returns.
    if not wait_until(lambda: (health(local.port) or {}).get("provisioned"), WATCH_TIMEOUT_S):
        raise CommandError(f"what follows edits did not begin within {WATCH_TIMEOUT_S} s")


def stop() -> bool:
    """Stop the local_aws that `start` left running, after what watches for it. False when there was none."""
    return _background().stop()


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
