"""Fixtures of the tests of ``iac/``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws_server import LocalAwsServer, start_server


@pytest.fixture(scope="session")
def bare_local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    """A server without any resource, for the whole session."""
    server = start_server(tmp_path_factory.mktemp("bare_local_aws") / "data")
    yield server
    server.stop()
