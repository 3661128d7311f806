"""``clickstream demo``: three days of generated events through the whole pipeline, and what came out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from clickstream.contract import RunLedger, keys, load_contract
from clickstream_dev import server
from clickstream_dev.athena import run_query
from clickstream_dev.errors import CommandError
from clickstream_dev.load import send_arrivals
from clickstream_dev.paths import STATE, format_path
from clickstream_dev.resource_names import names
from clickstream_dev.run import last_complete_days, read_ledger, run_and_show
from clickstream_dev.tables import print_table
from local_aws.client import LocalAws
from sample_data.arrival import Arrival
from sample_data.generator import GeneratorOptions, generate_day

LATE_SHARE, DUPLICATE_SHARE, MALFORMED_SHARE = 0.02, 0.01, 0.005
SHOWN_ROWS = 10
MANIFEST = STATE / "demo_objects.json"
PAGES = STATE / "dashboard"


def demo(events_per_day: int, days: int) -> int:
    """Generate, load, run and print; 1 when a task of the DAG failed or a count does not add up."""
    started = time.monotonic()
    dates = last_complete_days(days)
    print(f"clickstream demo: {days} days x {events_per_day:,} events, {dates[0]} to {dates[-1]} (UTC)", flush=True)
    with server.running_server() as local:
        print(f"local_aws runs on {local.endpoint}", flush=True)
        remove_earlier_demo(local, dates)
        for day in dates:
            print(f"\n{day}: sending {events_per_day:,} events through Firehose", flush=True)
            if send_arrivals(local, generate_arrivals(day, events_per_day)):
                return 1
        remember(local, dates)
        for day in dates:
            if not run_and_show(local, day).succeeded:
                return 1
        agreed = [show_date(local, day, events_per_day) for day in dates]
        save_pages(local)
    print(f"\ndemo done in {time.monotonic() - started:.0f} s")
    print(f"Look next: {format_path(server.LOGS)}/  every run's full log")
    print('           make query SQL="select event_type, count(*) as events from events group by 1 order by 2 desc"')
    print("           make ui      Airflow's UI against the same data; the dashboards are under Clickstream")
    print(f"The dashboard: {saved_page(keys.dashboard_key(dates[-1], load_contract())).as_uri()}")
    return 0 if all(agreed) else 1


def generate_arrivals(day: date, events: int) -> list[Arrival]:
    """What arrives on that date: the same events for the same date and number, on any machine."""
    options = GeneratorOptions(
        events=events, late_share=LATE_SHARE, duplicate_share=DUPLICATE_SHARE, malformed_share=MALFORMED_SHARE
    )
    return generate_day(day, options).arrivals


def remove_earlier_demo(local: LocalAws, dates: list[date], manifest: Path = MANIFEST) -> None:
    """Delete the raw objects that an earlier demo delivered for these dates, so that the numbers repeat.

    :param manifest: where `remember` noted them
    :raises CommandError: if other events lie there, which a demo must neither delete nor count as its own
    """
    own = set(json.loads(manifest.read_text())) if manifest.exists() else set()
    found = raw_keys(local, dates)
    if foreign := sorted(found - own):
        raise CommandError(
            f"other events than the demo's lie in the raw zone, for example {foreign[0]}: "
            "run them with make backfill, or delete all local data with make clean"
        )
    client = local.client("s3")
    for key in found:
        client.delete_object(Bucket=names().raw_bucket, Key=key)


def remember(local: LocalAws, dates: list[date], manifest: Path = MANIFEST) -> None:
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(sorted(raw_keys(local, dates))))


def raw_keys(local: LocalAws, dates: list[date]) -> set[str]:
    pages = local.client("s3").get_paginator("list_objects_v2")
    return {
        entry["Key"]
        for day in dates
        for page in pages.paginate(Bucket=names().raw_bucket, Prefix=keys.raw_folder(day, load_contract()))
        for entry in page.get("Contents", [])
    }


def show_date(local: LocalAws, day: date, sent: int) -> bool:
    """Print the date's ledger and reports; False when what was read is not what was sent."""
    ledger = read_ledger(local, day)
    print(f"\n{day}: ledger")
    print_table(["what", "rows"], list(ledger_rows(ledger)), ["string", "bigint"])
    for report in load_contract().reports:
        columns = ", ".join(column.name for column in report.columns)
        result = run_query(
            local,
            f"select {columns} from {report.name} where report_date = '{day}' "  # noqa: S608 - names from the contract
            f"order by {report.order_by} limit {SHOWN_ROWS + 1}",
        )
        more = f", the first {SHOWN_ROWS} rows" if len(result.rows) > SHOWN_ROWS else ""
        print_table(result.columns, result.rows[:SHOWN_ROWS], result.types, title=f"{day}: {report.title}{more}")
    if ledger.rows_read != sent:
        print(f"FAILED {day}: {sent:,} events were sent, but {ledger.rows_read:,} were read")
    return bool(ledger.rows_read == sent)


def ledger_rows(ledger: RunLedger) -> Iterator[tuple[str, str]]:
    yield "read", f"{ledger.rows_read:,}"
    yield "= written", f"{ledger.rows_written:,}"
    yield "+ duplicate", f"{ledger.rows_duplicate:,}"
    yield "+ quarantined", f"{ledger.rows_quarantined:,}"
    for reason, count in ledger.rows_quarantined_by_reason.items():
        if count:
            yield f"    {reason}", f"{count:,}"
    yield "late among the written", f"{ledger.rows_late:,}"
    for event_date, count in ledger.rows_written_by_event_date.items():
        yield f"    of {event_date}", f"{count:,}"


def save_pages(local: LocalAws) -> None:
    """Copy all dashboard pages and their list out of the reports bucket, so that a browser can open them."""
    client, bucket = local.client("s3"), names().reports_bucket
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=load_contract().dashboard_prefix)
    for key in (entry["Key"] for page in pages for entry in page["Contents"]):
        path = saved_page(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())


def saved_page(key: str) -> Path:
    """Where the copy of a page lies."""
    return PAGES / key.removeprefix(load_contract().dashboard_prefix)
