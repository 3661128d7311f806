"""``python -m local_aws serve``."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from pathlib import Path

from local_aws.server import StartError, configure_logging, serve
from local_aws.settings import DEFAULT_DATA_DIR, DEFAULT_PORT, HOST, ServerSettings


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run the server; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="run the local AWS until it is told to stop")
    serving.add_argument(
        "--host",
        type=_address,
        default=HOST,
        help=f"IPv4 address to listen on, default {HOST}; 0.0.0.0 (in a container) for all of them",
    )
    serving.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}")
    serving.add_argument(
        "--data-dir",
        type=Path,
        default=DEFAULT_DATA_DIR,
        help=f"default {DEFAULT_DATA_DIR}: aws in the folder that LOCAL_AWS_STATE names",
    )
    serving.add_argument(
        "--firehose-failure-rate",
        type=_share,
        default=0.0,
        help="share of records that PutRecordBatch rejects, from 0 to 1; default 0",
    )
    given = parser.parse_args(arguments)
    configure_logging()
    try:
        serve(
            ServerSettings(
                host=given.host,
                port=given.port,
                data_dir=given.data_dir.resolve(),
                firehose_failure_rate=given.firehose_failure_rate,
            )
        )
    except StartError as error:
        print(f"local_aws: {error}", file=sys.stderr)
        return 1
    return 0


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text} is no IPv4 address: give {HOST}, or 0.0.0.0 for all of this machine's"
        ) from None


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port number: give one from 1 to 65535")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: give a number from 0 to 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
