"""A real local_aws of these tests' own: they change its clock and its faults."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from clickstream.contract import keys, load_contract
from clickstream_dev.resource_names import names
from local_aws_server import LocalAwsServer
from tests.provisioned_server import start_provisioned_server


@dataclass
class RawZone:
    """The provisioned delivery stream and what it delivers."""

    server: LocalAwsServer

    @property
    def stream(self) -> str:
        return names("local").delivery_stream

    @property
    def firehose(self) -> Any:
        return self.server.client("firehose")

    @property
    def folder(self) -> Path:
        return self.server.data_dir / "s3" / names("local").raw_bucket

    def set_clock(self, instant: datetime | None) -> None:
        if instant is None:
            self.server.control("DELETE", "clock")
        else:
            self.server.set_clock(instant.isoformat())

    def flush(self) -> None:
        assert "error" not in self.server.control("POST", "firehose/flush")

    def set_faults(self, failure_rate: float) -> None:
        self.server.control("PUT", "firehose/faults", {"failure_rate": failure_rate, "seed": 7})

    def lines(self, arrival_date: date | None = None) -> list[bytes]:
        """What was delivered for that arrival date, or at all, without the ends of the lines."""
        folder = keys.raw_folder(arrival_date, load_contract()) if arrival_date else keys.raw_prefix(load_contract())
        files = sorted((self.folder / folder).rglob("*.gz"))
        return [line for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]

    def empty(self) -> None:
        """Deliver what waits and delete everything, so that the next test counts its own records alone."""
        self.set_faults(0)
        self.set_clock(None)
        self.flush()
        bucket, s3 = names("local").raw_bucket, self.server.client("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", []):
                s3.delete_object(Bucket=bucket, Key=entry["Key"])


@pytest.fixture(scope="session")
def provisioned_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    server = start_provisioned_server(tmp_path_factory.mktemp("sample_data") / "data")
    yield server
    server.stop()


@pytest.fixture
def raw_zone(provisioned_server: LocalAwsServer) -> Iterator[RawZone]:
    zone = RawZone(provisioned_server)
    yield zone
    zone.empty()
