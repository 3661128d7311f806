"""docker-compose.yaml on a real engine: what comes up, the demo, a backfill, changes, a restart."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import requests

from clickstream.contract import keys, load_contract
from clickstream_dev.airflow import DAILY
from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_aws.process import free_port
from tests.docker.conftest import DAYS, EVENTS, Stack, Started, copy_working_tree
from tests.docker.rows import everything, rows_of, today
from tests.e2e.commands import REPOSITORY, Commands

pytestmark = [pytest.mark.docker, pytest.mark.spark]

MEMORY_LIMIT = 8 * 1024**3
PICK_UP_TIMEOUT_S = 120
BACKFILL_TIMEOUT_S = 900
# Containers that may run as root, each with the reason. None needs to.
ROOT_FOR_A_REASON: dict[str, str] = {}
INSTALLED = """
import importlib.metadata, json
print(json.dumps({d.metadata["Name"].lower().replace("_", "-"): d.version for d in importlib.metadata.distributions()}))
"""


def test_without_its_env_file_compose_says_what_to_run(stack: Stack, tmp_path: Path) -> None:
    """In a copy where nothing was started yet."""
    copy_working_tree(tmp_path / "copy")
    with pytest.raises(AssertionError, match="is not set, run make compose-up"):
        replace(stack, copy=tmp_path / "copy").compose("config")


def test_everything_becomes_healthy(stack: Stack, started: Started) -> None:
    states = {name: entry["State"] for name, entry in stack.inspect().items()}
    assert states.pop("airflow-init")["ExitCode"] == 0
    assert {name: state["Health"]["Status"] for name, state in states.items()} == dict.fromkeys(states, "healthy")
    assert set(states) == set(stack.compose("config", "--services").split()) - {"airflow-init"}
    assert f"http://localhost:{stack.ui_port}, user admin" in started.printed
    assert "AIRFLOW_ADMIN_PASSWORD in .env" in started.printed


def test_no_process_of_any_container_is_roots(stack: Stack, started: Started) -> None:
    for name in set(stack.inspect()) - {"airflow-init", *ROOT_FOR_A_REASON}:
        lines = stack.compose("exec", name, "sh", "-c", "cat /proc/[0-9]*/status").splitlines()
        users = {line.split()[1] for line in lines if line.startswith("Uid:")}
        assert users, name
        assert "0" not in users, name


def test_nothing_listens_beyond_loopback(stack: Stack, started: Started) -> None:
    open_ports = {}
    for name, entry in stack.inspect().items():
        for bindings in (entry["NetworkSettings"]["Ports"] or {}).values():
            for binding in bindings or []:
                assert binding["HostIp"] == "127.0.0.1", name
                open_ports[name] = int(binding["HostPort"])
    assert open_ports == {"airflow-api-server": stack.ui_port, "local-aws": stack.aws_port}


def test_the_engine_knows_the_limits(stack: Stack, started: Started) -> None:
    hosts = {name: entry["HostConfig"] for name, entry in stack.inspect().items()}
    assert all(host["Memory"] > 0 for host in hosts.values())
    assert sum(host["Memory"] for host in hosts.values()) <= MEMORY_LIMIT
    assert all(host["CapDrop"] == ["ALL"] and not host["Privileged"] for host in hosts.values())
    assert all("no-new-privileges:true" in host["SecurityOpt"] for host in hosts.values())


def test_no_container_has_a_volume_without_a_name_that_nobody_would_delete(stack: Stack, started: Started) -> None:
    mounts = [mount for entry in stack.inspect().values() for mount in entry["Mounts"]]
    volumes = {mount["Name"] for mount in mounts if mount["Type"] == "volume"}
    assert volumes == {f"{stack.project}_{name}" for name in ("postgres_data", "airflow_logs", "local_aws_state")}
    assert all(not mount["RW"] for mount in mounts if mount["Type"] == "bind")


def test_airflow_has_exactly_mwaas_versions(stack: Stack, started: Started) -> None:
    found = json.loads(stack.compose("exec", "airflow-scheduler", "python", "-c", INSTALLED))
    lock = (REPOSITORY / "requirements" / "airflow.txt").read_text()
    # A marker says for which platforms and Pythons a line is; those without one are for all.
    pins = dict(re.findall(r"^([\w.-]+)==(\S+) \\$", lock, re.MULTILINE))
    assert len(pins) > 100
    assert {name: found.get(name) for name in pins} == pins


def test_the_dags_are_there_paused_and_without_import_errors(started: Started) -> None:
    assert started.dags == dict.fromkeys((path.stem for path in (REPOSITORY / "dags").glob("*.py")), True)
    assert started.import_errors == []


def test_nobody_gets_in_without_the_password(stack: Stack, started: Started) -> None:
    address = f"http://127.0.0.1:{stack.ui_port}"
    wrong = {"username": "admin", "password": "admin"}
    assert requests.post(f"{address}/auth/token", json=wrong, timeout=60).status_code == 401
    assert requests.get(f"{address}/api/v2/dags", timeout=60).status_code == 401


def test_the_demo_ends_with_the_reports(stack: Stack, demo: str, dates: list[date]) -> None:
    assert len(dates) == DAYS
    for day in dates:
        for report in load_contract().reports:
            assert f"{day}: {report.title}" in demo
        assert rows_of(stack.local, day).ledger["rows_read"] == int(EVENTS)


def test_the_dashboard_is_in_airflows_ui(stack: Stack, dates: list[date]) -> None:
    airflow = stack.airflow
    credentials = {"username": airflow.user, "password": airflow.password}
    token = requests.post(f"{airflow.address}/auth/token", json=credentials, timeout=60).json()["access_token"]
    address = f"{airflow.address}/clickstream/day/{dates[-1]}"
    page = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert page.status_code == 200, page.text
    assert f"{dates[-1].day} {dates[-1]:%B %Y}" in page.text


def test_a_backfill_over_the_api_leaves_what_make_demo_leaves_without_docker(
    stack: Stack, dates: list[date], tmp_path
) -> None:
    airflow = stack.airflow
    number = airflow.call(
        "POST",
        "/backfills",
        dag_id=DAILY,
        from_date=f"{dates[0]}T00:00:00Z",
        to_date=f"{dates[-1]}T00:00:00Z",
        max_active_runs=3,
        run_backwards=False,
        reprocess_behavior="completed",
        dag_run_conf={},
    )["id"]
    stack.wait_until(
        lambda: airflow.call("GET", f"/backfills/{number}")["completed_at"] is not None,
        "the backfill",
        BACKFILL_TIMEOUT_S,
    )
    # A date that ran by schedule before is run again under the same id, as a backfill run.
    assert [run["state"] for run in airflow.runs(DAILY, run_type="backfill")] == ["success"] * DAYS

    plain = Commands(tmp_path / "state", free_port())
    result = plain("demo", "--events", EVENTS, "--days", str(DAYS))
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-2000:]
    assert plain("up").returncode == 0
    try:
        expected = {day: rows_of(LocalAws(plain.port), day) for day in dates}
    finally:
        plain("down")
    assert all(any(report) for report in expected[dates[-1]].reports.values())
    assert {day: rows_of(stack.local, day) for day in dates} == expected


def test_a_changed_dag_a_new_dag_and_a_changed_report_need_no_rebuild(stack: Stack, started: Started) -> None:
    daily = stack.copy / "dags" / "clickstream_daily.py"
    report = stack.copy / "sql" / "reports" / "event_counts.sql"
    before = {path: path.read_text() for path in (daily, report)}
    daily.write_text(daily.read_text().replace('tags=["clickstream"]', 'tags=["clickstream", "changed"]'))
    (stack.copy / "dags" / "clickstream_new.py").write_text(
        (stack.copy / "dags" / "clickstream_plan.py").read_text().replace("clickstream_plan", "clickstream_new")
    )
    report.write_text(f"{report.read_text()}-- changed\n")
    airflow = stack.airflow
    stack.wait_until(
        lambda: '"changed"' in json.dumps(airflow.call("GET", f"/dags/{DAILY}")["tags"]), "the tag", PICK_UP_TIMEOUT_S
    )
    airflow.wait_until_parsed("clickstream_new")
    seen = stack.compose("exec", "airflow-scheduler", "cat", "/usr/local/airflow/dags/sql/reports/event_counts.sql")
    assert seen == report.read_text()
    for path, text in before.items():
        path.write_text(text)
    (stack.copy / "dags" / "clickstream_new.py").unlink()


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        pytest.param(
            "glue_scripts/clickstream_to_parquet.py", '"""', '"""Changed. ', "script_key", id="the_glue_script"
        ),
        pytest.param(
            "dags/clickstream/contract/contract.json",
            '"contract_version": 1',
            '"contract_version": 2',
            "modules_key",
            id="contract",
        ),
    ],
)
def test_a_changed_script_or_contract_is_uploaded_again(
    stack: Stack, started: Started, file: str, old: str, new: str, key: str
) -> None:
    s3, where = (
        stack.local.client("s3"),
        {"Bucket": names().artifacts_bucket, "Key": getattr(load_contract().glue, key)},
    )
    before, path = s3.head_object(**where)["ETag"], stack.copy / file
    original = path.read_text()
    path.write_text(original.replace(old, new, 1))
    try:
        stack.wait_until(lambda: s3.head_object(**where)["ETag"] != before, f"the upload of {file}", PICK_UP_TIMEOUT_S)
    finally:
        path.write_text(original)
    stack.wait_until(
        lambda: s3.head_object(**where)["ETag"] == before, f"the upload of the old {file}", PICK_UP_TIMEOUT_S
    )


def test_the_data_survives_down_and_up(stack: Stack, dates: list[date]) -> None:
    rows = {day: rows_of(stack.local, day) for day in dates}
    before, runs = everything(stack.local), stack.airflow.runs(DAILY)
    down = stack.run("compose", "down")
    assert down.returncode == 0, down.stderr
    assert stack.left()["container"] == stack.left()["network"] == []
    up = stack.run("compose", "up")
    assert up.returncode == 0, up.stdout[-3000:] + up.stderr[-3000:]
    assert everything(stack.local) == before
    assert {day: rows_of(stack.local, day) for day in dates} == rows
    assert {run["dag_run_id"] for run in stack.airflow.runs(DAILY)} == {run["dag_run_id"] for run in runs}


def test_the_producer_sends_until_it_is_told_to_stop(stack: Stack, started: Started) -> None:
    stack.compose("--profile", "producer", "up", "--detach", "producer")
    stack.wait_until(lambda: "sending 5 events a second" in stack.compose("logs", "producer"), "the producer", 60)
    refused = stack.run("compose", "demo", "--events", EVENTS)
    assert refused.returncode == 2
    assert "the producer runs" in refused.stderr
    stack.compose("stop", "producer")
    assert stack.inspect()["producer"]["State"]["ExitCode"] == 0
    said = re.search(r"([\d,]+) accepted, 0 given up: stopped", stack.compose("logs", "producer"))
    assert said
    stack.local.flush()
    arrived = stack.local.client("s3").list_objects_v2(
        Bucket=names().raw_bucket, Prefix=keys.raw_folder(today(stack.local), load_contract())
    )
    assert int(said[1]) > 0
    assert arrived["KeyCount"] > 0
    stack.compose("--profile", "producer", "rm", "--force", "producer")
