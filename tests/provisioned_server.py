"""A local_aws with the pipeline's resources in it, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clickstream_dev.provision import provision
from clickstream_dev.server_options import server_options
from local_aws_server import LocalAwsServer, start_server


def start_provisioned_server(data_dir: Path, **arguments: Any) -> LocalAwsServer:
    """Start a server as ``local_aws_server.start_server`` does, and create the pipeline's resources in it."""
    arguments["options"] = (*server_options(), *arguments.get("options", ()))
    server = start_server(data_dir, **arguments)
    try:
        provision(server.endpoint)
    except BaseException:
        server.stop()
        raise
    return server
