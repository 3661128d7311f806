"""The settings of one server process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.glue_versions import DEFAULT_GLUE_VERSION

HOST = "127.0.0.1"
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - only where --host asks for it
DEFAULT_PORT = 4566
DEFAULT_DATA_DIR = Path(os.environ.get("LOCAL_AWS_STATE") or ".local-aws").resolve()
ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


class SettingsNotConfiguredError(RuntimeError):
    """The settings were asked for before the server was configured."""


@dataclass(frozen=True)
class ServerSettings:
    """What one server process was started with.

    :param port: TCP port
    :param data_dir: folder that holds everything the server keeps; absolute
    :param host: IPv4 address to listen on
    :param firehose_failure_rate: share of records (0 to 1) that PutRecordBatch rejects from the start
    :param glue_version: that of jobs whose definition names none
    :param glue_environments: Glue version -> Python environment whose PySpark runs its jobs; those of the others run
        in the server's own
    :param class_archives: folder with archives of Spark's Java classes, from which job runs start faster
    """

    port: int
    data_dir: Path
    host: str = HOST
    account_id: str = ACCOUNT_ID
    region: str = REGION
    firehose_failure_rate: float = 0.0
    glue_version: str = DEFAULT_GLUE_VERSION
    glue_environments: Mapping[str, Path] = field(default_factory=dict)
    class_archives: Path | None = None

    @property
    def endpoint(self) -> str:
        """The address by which this machine reaches the server: loopback, unless it listens elsewhere only."""
        return f"http://{HOST if self.host == ALL_ADDRESSES else self.host}:{self.port}"

    @property
    def buckets_dir(self) -> Path:
        """Folder with one folder per bucket; nothing but objects lies below it."""
        return self.data_dir / "s3"

    @property
    def temporary_dir(self) -> Path:
        """Folder for half-written files, on the same file system as the buckets, so that a rename is atomic."""
        return self.data_dir / "tmp"


def parse_port(text: str) -> int:
    """A TCP port.

    :raises ValueError: if it is none; the message says what to give
    """
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(f"{text} is no port number: give one from 1 to 65535")
    return int(text)


_current: ServerSettings | None = None


def configure(settings: ServerSettings) -> None:
    """Make these the settings that :func:`current` returns."""
    global _current
    _current = settings


def current() -> ServerSettings:
    """The settings of this process.

    :raises SettingsNotConfiguredError: if :func:`configure` was not called yet
    """
    if _current is None:
        raise SettingsNotConfiguredError("call local_aws.settings.configure(ServerSettings(...)) first")
    return _current
