"""The container's command: local_aws for everybody, and beside it the process that provisions it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clickstream_dev.paths import DATA_DIR
from clickstream_dev.server_options import server_options
from local_aws.settings import ALL_ADDRESSES


def serve_command() -> list[str]:
    """The server, reachable from outside the container."""
    options = ["--host", ALL_ADDRESSES, "--data-dir", str(DATA_DIR), *server_options()]
    return [sys.executable, "-m", "local_aws", "serve", *options]


def main() -> None:
    """Become the server, so that the signal of `docker stop` reaches it."""
    subprocess.Popen([sys.executable, str(Path(__file__).with_name("provision.py"))], stdin=subprocess.DEVNULL)
    command = serve_command()
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
