"""``clickstream run``, ``backfill`` and ``replay``: a DAG for one arrival date, or for every date of a range."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from clickstream.contract import RunLedger, keys, load_contract
from clickstream_dev import server
from clickstream_dev.airflow import DAILY, REPLAY, run_date
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import format_path
from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_mwaa import RunResult, TaskLine


def run(arrival_date: date) -> int:
    """Run the DAG for one date; 1 when a task failed."""
    return backfill(arrival_date, arrival_date)


def backfill(first: date, last: date) -> int:
    """Run the DAG for each date from first to last, both included, that has raw events; go on after one that fails.

    :returns: 1 when any date failed
    """
    if last < first:
        raise CommandError(f"{first} is after {last}: give the earlier date first")
    if last >= datetime.now(UTC).date():
        raise CommandError(f"{last} is not over yet (UTC): the last complete day is {last_complete_day()}")
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    with server.running_server() as local:
        arrived = [day for day in dates if has_raw_objects(local, day)]
        if not arrived:
            when = f"on {first}" if first == last else f"from {first} to {last}"
            raise CommandError(f"no events arrived {when}: load some with make load FILE=events.jsonl ARRIVAL={first}")
        for day in sorted(set(dates) - set(arrived)):
            print(f"{day}: no events arrived, nothing to run")
        failed = [day for day in arrived if not run_and_show(local, day).succeeded]
    if failed:
        print(f"failed: {', '.join(map(str, failed))}")
    return 1 if failed else 0


def replay(arrival_date: date, reason: str) -> int:
    """Let the date's quarantined records go through the Glue job again; 1 when a task failed.

    :param reason: only those quarantined for it; empty for all
    """
    known = load_contract().quarantine_reasons
    if reason and reason not in known:
        raise CommandError(f"{reason} is no reason of the quarantine: give one of {', '.join(known)}")
    with server.running_server() as local:
        if not has_raw_objects(local, arrival_date):
            raise CommandError(f"no events arrived on {arrival_date}: nothing to replay")
        parameters = {"reason": reason} if reason else {}
        return 0 if run_and_show(local, arrival_date, REPLAY, parameters).succeeded else 1


def last_complete_day() -> date:
    """Yesterday in UTC."""
    return datetime.now(UTC).date() - timedelta(days=1)


def last_complete_days(number: int) -> list[date]:
    """The last days that are over in UTC, the earliest first."""
    return [last_complete_day() - timedelta(days=n) for n in reversed(range(number))]


def has_raw_objects(local: LocalAws, arrival_date: date) -> bool:
    prefix = keys.raw_folder(arrival_date, load_contract())
    answer = local.client("s3").list_objects_v2(Bucket=names().raw_bucket, Prefix=prefix, MaxKeys=1)
    return int(answer["KeyCount"]) > 0


def run_and_show(
    local: LocalAws, arrival_date: date, dag_id: str = DAILY, parameters: Mapping[str, str] | None = None
) -> RunResult:
    """Run a DAG for one date with a line a task on the screen, and what failed, if anything did."""
    print(f"\n{dag_id} for {arrival_date}", flush=True)
    result = run_date(local, arrival_date, show_task, dag_id, parameters)
    for line in result.failures:
        print(f"FAILED {line}")
    if result.succeeded:
        print(f"  {format_ledger(read_ledger(local, arrival_date))}")
    print(f"  log: {format_path(result.log)}", flush=True)
    return result


def show_task(task: TaskLine) -> None:
    now = datetime.now(UTC)
    print(f"  {now:%H:%M:%S}  {task.name:<40} {task.state:<16} {task.duration_s:6.1f} s", flush=True)


def read_ledger(local: LocalAws, arrival_date: date) -> RunLedger:
    """The ledger that the Glue job wrote for the arrival date."""
    key = keys.ledger_key(arrival_date, load_contract())
    body = local.client("s3").get_object(Bucket=names().processed_bucket, Key=key)["Body"]
    return RunLedger.from_json(body.read())


def format_ledger(ledger: RunLedger) -> str:
    return (
        f"{ledger.rows_read:,} rows read = {ledger.rows_written:,} written"
        f" + {ledger.rows_duplicate:,} duplicate + {ledger.rows_quarantined:,} quarantined"
    )
