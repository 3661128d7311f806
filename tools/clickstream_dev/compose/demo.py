"""``clickstream compose demo``: what ``demo`` does, in the containers, with the DAG started over Airflow's REST API."""

from __future__ import annotations

import time
from datetime import date

from clickstream_dev import demo as local_demo
from clickstream_dev.airflow import DAILY, FAILURE_LINE
from clickstream_dev.compose import docker
from clickstream_dev.compose.files import ADMIN_PASSWORD, ensure_secrets
from clickstream_dev.compose.services import AIRFLOW_USER, API_SERVER, LOCAL_AWS, write_files
from clickstream_dev.errors import CommandError
from clickstream_dev.load import send_arrivals
from clickstream_dev.paths import STATE
from clickstream_dev.run import format_ledger, last_complete_days, read_ledger, show_task
from local_aws.client import LocalAws
from local_mwaa import AirflowApi

MANIFEST = STATE / "compose" / "demo_objects.json"


def demo(events_per_day: int, days: int) -> int:
    """Generate, load, trigger, wait and print; 1 when a run failed or a count does not add up."""
    started = time.monotonic()
    docker.check_engine()
    write_files()
    local, airflow = connect()
    dates = last_complete_days(days)
    print(f"compose demo: {days} days x {events_per_day:,} events, {dates[0]} to {dates[-1]} (UTC)", flush=True)
    print(f"local_aws: {local.endpoint}, Airflow: {airflow.address}", flush=True)
    local_demo.remove_earlier_demo(local, dates, MANIFEST)
    for day in dates:
        print(f"\n{day}: sending {events_per_day:,} events through Firehose", flush=True)
        if send_arrivals(local, local_demo.generate_arrivals(day, events_per_day)):
            return 1
    local_demo.remember(local, dates, MANIFEST)
    airflow.wait_until_parsed(DAILY)
    scheduled = airflow.unpause_and_find_due_run(DAILY)
    if scheduled:
        print(f"\n{DAILY} is unpaused now, so Airflow first runs the last complete day by schedule", flush=True)
        airflow.watch(DAILY, scheduled, show_task)
    for day in dates:
        if not _run_and_show(airflow, local, day):
            return 1
    agreed = [local_demo.show_date(local, day, events_per_day) for day in dates]
    print(f"\ncompose demo done in {time.monotonic() - started:.0f} s")
    print(f"Look next: {airflow.address}/dags/{DAILY} (the runs; the dashboards are under Clickstream)")
    print(f"           AWS_ENDPOINT_URL={local.endpoint} for the AWS CLI and SDKs, with any credentials")
    return 0 if all(agreed) else 1


def connect() -> tuple[LocalAws, AirflowApi]:
    """The local_aws and the Airflow of the containers.

    :raises CommandError: if they do not run, or if the producer would deliver into the dates that the demo replays
    """
    local = LocalAws(docker.published_port(LOCAL_AWS, 4566))
    port = docker.published_port(API_SERVER, 8080)
    producer = docker.containers().get("producer")
    if producer and producer.state == "running":
        raise CommandError(
            "the producer runs, and the demo sets local_aws' clock to earlier dates: "
            "stop it with docker compose stop producer"
        )
    return local, AirflowApi(f"http://localhost:{port}", AIRFLOW_USER, ensure_secrets()[ADMIN_PASSWORD], FAILURE_LINE)


def _run_and_show(airflow: AirflowApi, local: LocalAws, day: date) -> bool:
    print(f"\n{DAILY} for {day}", flush=True)
    run_id = airflow.trigger(DAILY, {"date": day.isoformat()})
    others = [
        run for run in airflow.runs(DAILY) if run["state"] in ("queued", "running") and run["dag_run_id"] != run_id
    ]
    if others:
        print(f"  waits for {', '.join(run['dag_run_id'] for run in others)}", flush=True)
    state = airflow.watch(DAILY, run_id, show_task)
    if state == "success":
        print(f"  {format_ledger(read_ledger(local, day))}", flush=True)
        return True
    for line in airflow.failures(DAILY, run_id):
        print(f"FAILED {line}")
    print(f"  log: {airflow.address}/dags/{DAILY}/runs/{run_id}", flush=True)
    return False
