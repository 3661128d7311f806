"""``clickstream load``: a JSON-lines file through Firehose into the raw zone, each event on its arrival date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import requests

from clickstream.contract import keys, load_contract
from clickstream_dev import server
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import STATE, format_path
from clickstream_dev.resource_names import names
from clickstream_dev.server import LocalAws
from sample_data.arrival import Arrival
from sample_data.producer import ProducerError, send
from sample_data.records import InputFileError
from sample_data.replay import arrivals_from_file, replay

CONTROL_TIMEOUT_S = 120
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
    client = local.client("firehose", role=PRODUCER)
    stream = names().delivery_stream
    refused: list[bytes] = []

    def send_batch(lines: list[bytes]) -> None:
        refused.extend(send(client, stream, lines).given_up_records)

    try:
        replay(arrivals, send_batch, lambda instant: set_clock(local, instant))
    except ProducerError as error:
        raise CommandError(str(error)) from None
    flush(local)
    if refused:
        path = STATE / "given_up.jsonl"
        path.write_bytes(b"\n".join(refused) + b"\n")
        print(f"{len(refused):,} events were not accepted; they are in {format_path(path)}")
    return len(refused)


def set_clock(local: LocalAws, instant: datetime | None) -> None:
    """Set local_aws' clock; None sets it back to the machine's."""
    url = f"{local.endpoint}/_local_aws/clock"
    if instant is None:
        answer = requests.delete(url, timeout=CONTROL_TIMEOUT_S)
    else:
        answer = requests.put(url, json={"now": instant.isoformat()}, timeout=CONTROL_TIMEOUT_S)
    answer.raise_for_status()


def flush(local: LocalAws) -> None:
    """Have Firehose deliver what it still buffers."""
    requests.post(f"{local.endpoint}/_local_aws/firehose/flush", timeout=CONTROL_TIMEOUT_S).raise_for_status()
