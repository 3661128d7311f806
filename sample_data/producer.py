"""Sends a file or generated events to a Firehose delivery stream, in batches, until each is accepted or given up.

::

    python -m sample_data.producer --stream clickstream-dev-events events.jsonl
    python -m sample_data.producer --stream clickstream-dev-events --generate 50000

Credentials, region and endpoint are boto3's own, so the same call works against AWS and against a local endpoint.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from firehose_producer.command import add_options, parse_options, run
from firehose_producer.records import RecordFile
from firehose_producer.sending import Records
from sample_data.generator import GeneratorOptions, generate_day


def main() -> int:
    """Command line: 0 when every record was accepted, 1 when some were given up, 2 when nothing could be sent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", type=Path, nargs="?", help="JSON-lines file, also .gz, or - for standard input")
    source.add_argument("--generate", type=int, metavar="EVENTS", help="send that many generated events instead")
    today = datetime.now(UTC).date()
    parser.add_argument("--date", type=date.fromisoformat, default=today, help="of the generated events; today (UTC)")
    parser.add_argument("--seed", type=int, default=1, help="of the generated events")
    add_options(parser)
    arguments = parse_options(parser)
    has_copy = arguments.file is None or arguments.file.is_file()
    return run(arguments, lambda: _records(arguments), has_copy=has_copy)


def _records(arguments: argparse.Namespace) -> Records:
    if arguments.generate is None:
        return RecordFile(arguments.file)
    options = GeneratorOptions(events=arguments.generate, seed=arguments.seed)
    return [arrival.line for arrival in generate_day(arguments.date, options)]


if __name__ == "__main__":
    sys.exit(main())
