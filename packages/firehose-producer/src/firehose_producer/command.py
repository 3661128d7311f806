"""The command that sends records, for those of a file and for those that somebody else makes."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from firehose_producer.progress import progress_bar
from firehose_producer.records import InputFileError
from firehose_producer.sending import MAX_ATTEMPTS, ProducerError, Records, SendResult, send

EXIT_GIVEN_UP, EXIT_NOTHING_SENT, EXIT_INTERRUPTED = 1, 2, 130


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every such command; what the records are is the caller's."""
    parser.add_argument("--stream", required=True, help="delivery stream's name")
    parser.add_argument("--endpoint", help="another endpoint than AWS's, such as a local one")
    parser.add_argument("--rate", type=float, help="records a second at the most")
    parser.add_argument("--max-attempts", type=int, default=MAX_ATTEMPTS, help="times that a record is tried")
    given_up = Path(f"given_up-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl")
    parser.add_argument("--given-up", type=Path, default=given_up, help=f"file for refused records, such as {given_up}")


def parse_options(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command's arguments; what is wrong with one ends the process with one line."""
    arguments = parser.parse_args()
    if arguments.rate is not None and not 0 < arguments.rate < math.inf:
        parser.error(f"--rate {arguments.rate}: give a number of records a second above zero")
    if arguments.max_attempts < 1:
        parser.error(f"--max-attempts {arguments.max_attempts}: give a number from 1")
    if not arguments.given_up.parent.is_dir():  # else found out with records in hand
        parser.error(f"--given-up {arguments.given_up}: its folder does not exist")
    return arguments


def run(arguments: argparse.Namespace, read: Callable[[], Records], *, has_copy: bool) -> int:
    """Send the records: 0 when every one was accepted, 1 when some were given up, 2 when nothing could be sent.

    :param read: gives the records
    :param has_copy: whether they can be had again, so that they need not be kept where nothing could be sent
    """
    result = SendResult()

    def note(so_far: SendResult) -> None:
        nonlocal result
        result = so_far
        advance(so_far.accepted + so_far.given_up)

    try:
        records = read()
        client = firehose_client(arguments.endpoint)
        with progress_bar(len(records), "records") as advance:
            result = send(
                client,
                arguments.stream,
                records,
                max_attempts=arguments.max_attempts,
                rate=arguments.rate,
                on_progress=note,
            )
    except KeyboardInterrupt:
        handled = result.accepted + result.given_up
        print(f"producer: interrupted: the first {handled:,} records are done", file=sys.stderr)
        _report(result, arguments.given_up)
        return EXIT_INTERRUPTED
    except ProducerError as error:
        print(f"producer: {error}", file=sys.stderr)
        if error.result.accepted or not has_copy:
            _report(error.result, arguments.given_up)
        return EXIT_GIVEN_UP if error.result.accepted else EXIT_NOTHING_SENT
    except (InputFileError, ValueError, BotoCoreError) as error:
        print(f"producer: {error}", file=sys.stderr)
        return EXIT_NOTHING_SENT
    _report(result, arguments.given_up)
    return EXIT_GIVEN_UP if result.given_up else 0


def firehose_client(endpoint: str | None = None) -> Any:
    """A client for :func:`firehose_producer.send`."""
    # Retries are send()'s own: botocore's would repeat whole calls behind its back and never refused records.
    return boto3.client("firehose", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}))


def _report(result: SendResult, given_up_file: Path) -> None:
    """Print the counts and save the records that were not accepted."""
    print(f"{result.accepted:,} accepted, {result.given_up:,} given up, {result.retried:,} sent again")
    if result.too_large:
        print(
            f"producer: {result.too_large:,} of them are larger than Firehose's limit of 1,000 KiB a record",
            file=sys.stderr,
        )
    if result.given_up:
        with given_up_file.open("ab") as file:
            file.writelines(record + b"\n" for record in result.given_up_records)
        print(f"producer: the records given up are in {given_up_file}", file=sys.stderr)
