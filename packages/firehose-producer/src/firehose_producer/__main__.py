"""Sends the lines of a file to a Firehose delivery stream, in batches, until each is accepted or given up.

Credentials, region and endpoint are boto3's own, so the same call works against AWS and against a local endpoint.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from firehose_producer.command import add_options, parse_options, run
from firehose_producer.records import RecordFile


def main() -> int:
    """Command line; the exit code is that of :func:`firehose_producer.command.run`."""
    parser = argparse.ArgumentParser(prog="firehose-producer", description=__doc__)
    parser.add_argument("file", type=Path, help="JSON-lines file, also .gz, or - for standard input")
    add_options(parser)
    arguments = parse_options(parser)
    return run(arguments, lambda: RecordFile(arguments.file), has_copy=arguments.file.is_file())


if __name__ == "__main__":
    sys.exit(main())
