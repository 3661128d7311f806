"""A local AWS on loopback: moto's APIs, with Firehose, Glue and Athena that really do their work."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from pathlib import Path

from local_aws.glue_versions import DEFAULT_GLUE_VERSION, SPARK_OF_GLUE_VERSION, format_glue_versions
from local_aws.server import StartError, configure_logging, serve
from local_aws.services.glue.jobs.class_archive import ArchiveNotMadeError, make
from local_aws.services.glue.jobs.spark_releases import UnsupportedGlueVersionError, spark_release
from local_aws.settings import DEFAULT_DATA_DIR, DEFAULT_PORT, HOST, ServerSettings, parse_port


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do what it says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="local-aws", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_serve(commands.add_parser("serve", help="run the local AWS until it is told to stop"))
    _add_archive_classes(
        commands.add_parser(
            "archive-classes", help="archive Spark's Java classes, so that Glue job runs start seconds sooner"
        )
    )
    options = parser.parse_args(arguments)
    return _archive_classes(options) if options.command == "archive-classes" else _serve(options)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        type=_address,
        default=HOST,
        help=f"IPv4 address to listen on, default {HOST}; 0.0.0.0 (in a container) for all of them",
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=DEFAULT_DATA_DIR,
        help=f"default {DEFAULT_DATA_DIR}: the folder that LOCAL_AWS_STATE names, else .local-aws in the current one",
    )
    parser.add_argument(
        "--firehose-failure-rate",
        type=_share,
        default=0.0,
        help="share of records that PutRecordBatch rejects, from 0 to 1; default 0",
    )
    parser.add_argument(
        "--glue-version",
        type=_glue_version,
        default=DEFAULT_GLUE_VERSION,
        help=f"Glue version of the jobs that name none, default {DEFAULT_GLUE_VERSION}",
    )
    _add_glue_python(parser)
    parser.add_argument(
        "--class-archives", type=Path, metavar="FOLDER", help="folder in which archive-classes left its archives"
    )


def _add_archive_classes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "glue_version",
        type=_glue_version,
        nargs="?",
        default=DEFAULT_GLUE_VERSION,
        metavar="GLUE_VERSION",
        help=f"{format_glue_versions()}; default {DEFAULT_GLUE_VERSION}",
    )
    _add_glue_python(parser)
    parser.add_argument(
        "--class-archives", type=Path, metavar="FOLDER", required=True, help="folder in which the archive is made"
    )


def _add_glue_python(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--glue-python",
        type=_glue_python,
        action="append",
        default=[],
        metavar="GLUE_VERSION=FOLDER",
        help="Python environment whose PySpark runs that Glue version's jobs, local_aws' own by default; repeatable",
    )


def _serve(options: argparse.Namespace) -> int:
    configure_logging()
    try:
        serve(
            ServerSettings(
                host=options.host,
                port=options.port,
                data_dir=options.data_dir.resolve(),
                firehose_failure_rate=options.firehose_failure_rate,
                glue_version=options.glue_version,
                glue_environments=dict(options.glue_python),
                class_archives=options.class_archives and options.class_archives.resolve(),
            )
        )
    except StartError as error:
        print(f"local_aws: {error}", file=sys.stderr)
        return 1
    return 0


def _archive_classes(options: argparse.Namespace) -> int:
    try:
        make(options.class_archives.resolve(), spark_release(options.glue_version, dict(options.glue_python)))
    except (ArchiveNotMadeError, UnsupportedGlueVersionError) as error:
        print(f"no class archive, Glue jobs start more slowly: {error}", file=sys.stderr)
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
    try:
        return parse_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: give a number from 0 to 1")
    return share


def _glue_version(text: str) -> str:
    if text not in SPARK_OF_GLUE_VERSION:
        raise argparse.ArgumentTypeError(f"local_aws runs {format_glue_versions()}, not Glue {text}")
    return text


def _glue_python(text: str) -> tuple[str, Path]:
    version, _, folder = text.partition("=")
    if not folder:
        raise argparse.ArgumentTypeError(f"{text} names no folder: give one after the version, as in 6.0=/path/to/env")
    return _glue_version(version), Path(folder).resolve()


if __name__ == "__main__":
    sys.exit(main())
