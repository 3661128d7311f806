"""``clickstream load``: a JSON-lines file through Firehose into the raw zone, each event on its arrival date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from clickstream.contract import keys, load_contract
from clickstream_dev import server
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import STATE, format_path
from clickstream_dev.resource_names import names
from firehose_producer import InputFileError, ProducerError, send
from local_aws.client import LocalAws
from sample_data.arrival import Arrival
from sample_data.replay import arrivals_from_file, replay

# Stands for whoever sends events: in AWS it has the policy of iac/iam_producer.tf.
PRODUCER = "producer"


def load(file: Path, arrival_date: date | None) -> int:
    """Send every line of the file; 1 when Firehose would not take some of them.

    :param arrival_date: the UTC date on which all of them arrive; without it each arrives at its own timestamp
    """
    if file == Path():  # what an empty argument is parsed to
        raise CommandError("say which file, for example sample_data/clickstream.json")
    if arrival_date and arrival_date > datetime.now(UTC).date():
        raise CommandError(f"{arrival_date} is in the future: events can't have arrived yet")
    try:
        arrivals = arrivals_from_file(file, arrival_date)
    except InputFileError as error:
        raise CommandError(str(error)) from None
    with server.running_server() as local:
        refused = send_arrivals(local, arrivals)
    per_date = Counter(arrival.arrived_at.date() for arrival in arrivals)
    for day, count in sorted(per_date.items()):
        print(f"{count:,} events arrived on {day}: {keys.raw_folder(day, load_contract())}")
    print(f"next: make {_next_command(sorted(per_date))}")
    return 1 if refused else 0


def _next_command(dates: list[date]) -> str:
    return f"run DATE={dates[0]}" if len(dates) == 1 else f"backfill FROM={dates[0]} TO={dates[-1]}"


def send_arrivals(local: LocalAws, arrivals: Sequence[Arrival]) -> int:
    """Send the arrivals through the stream, each at its time on local_aws' clock; returns how many were not accepted.

    :raises CommandError: if the stream takes nothing
    """
    client = local.client("firehose", role_arn=names().role_arn(PRODUCER))
    stream = names().delivery_stream
    refused: list[bytes] = []

    def send_batch(lines: list[bytes]) -> None:
        refused.extend(send(client, stream, lines).given_up_records)

    try:
        replay(arrivals, send_batch, local.set_clock)
    except ProducerError as error:
        raise CommandError(str(error)) from None
    local.flush()
    if refused:
        path = STATE / "given_up.jsonl"
        path.write_bytes(b"\n".join(refused) + b"\n")
        print(f"{len(refused):,} events were not accepted; they are in {format_path(path)}")
    return len(refused)
