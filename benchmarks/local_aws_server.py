"""A local_aws of the benchmarks' own, on a free port, in a data folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.paths import LOGS
from clickstream_dev.provision import provision
from clickstream_dev.server_options import server_options
from local_aws.client import LocalAws
from local_aws.process import NotStartedError, running_server


@contextmanager
def local_aws(data_dir: Path) -> Iterator[LocalAws]:
    """A provisioned local_aws for the length of the block.

    :raises BenchmarkError: if it does not start
    """
    log_file = LOGS / "local_aws.log"
    log_file.unlink(missing_ok=True)
    try:
        with running_server(data_dir, options=server_options(), log_file=log_file) as server:
            provision(server.endpoint)
            yield LocalAws(server.port)
    except NotStartedError as error:
        raise BenchmarkError(f"local_aws did not start: {error} (log: {log_file})") from error
