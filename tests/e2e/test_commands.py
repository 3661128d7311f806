"""The other commands: someone else's data, a broken job, and bad input."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from clickstream.contract import load_contract
from clickstream.costs.prices import crawl_usd
from local_aws.process import free_port
from tests.e2e.commands import REPOSITORY, Commands

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """A state folder that these tests may change: each has dates of its own in it."""
    runner = Commands(tmp_path_factory.mktemp("state"), free_port())
    yield runner
    runner("down")


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """The command's only line on stderr."""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.mark.slow
def test_someone_elses_events_load_run_and_report_without_any_change(fresh, tmp_path):
    lines = [
        {"user_id": f"u{n % 7}", "event_type": kind, "product_id": f"sku-{n % 3}", "timestamp": "2025-02-28T23:59:59Z"}
        for n, kind in enumerate(["view"] * 8 + ["wishlist"] * 3 + ["product_view"] * 2)
    ]
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    loaded = fresh("load", str(path))
    assert loaded.returncode == 0, loaded.stderr
    assert "13 events arrived on 2025-02-28" in loaded.stdout
    ran = fresh("run", "2025-02-28")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    rows = fresh.query("select event_type, event_count from event_counts where report_date = '2025-02-28' order by 1")
    assert rows == [["product_view", "2"], ["view", "8"], ["wishlist", "3"]]


@pytest.mark.slow
def test_a_replay_without_a_fix_leaves_every_number_as_it_was(fresh, tmp_path):
    lines = [
        {"user_id": "u1", "event_type": "view", "event_id": "e1", "timestamp": "2025-04-10T12:00:00Z"},
        {"user_id": "u1", "event_type": "view", "event_id": "e2", "timestamp": "2025-03-01T12:00:00Z"},
        {"event_type": "view", "event_id": "e3", "timestamp": "2025-04-10T12:00:00Z"},
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert fresh("load", str(path), "--arrival", "2025-04-10").returncode == 0
    assert fresh("run", "2025-04-10").returncode == 0
    quarantined = "select reason, source_object from quarantine where ingest_date = '2025-04-10' order by reason"
    before = fresh.query(quarantined)
    replayed = fresh("replay", "2025-04-10", "--reason", "too_late")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "clickstream_replay for 2025-04-10" in replayed.stdout
    assert "3 rows read = 1 written + 0 duplicate + 2 quarantined" in replayed.stdout
    assert [row[0] for row in before] == ["missing_user_id", "too_late"]
    assert fresh.query(quarantined) == before


def test_the_plan_counts_what_a_backfill_would_read(commands, dates):
    last = dates[-1] + timedelta(days=1)
    result = commands("plan", dates[0].isoformat(), last.isoformat())
    assert result.returncode == 0, result.stderr
    table = [line.split() for line in result.stdout.splitlines()]
    assert [row[0] for row in table[1:-2]] == [str(day) for day in (*dates, last)]
    assert table[-3][1:] == ["0", "0.0", "-", "-"]
    reports = str(len(load_contract().reports))
    assert all(row[3:] == ["yes", reports, "of", reports] for row in table[1:-3])
    raw_bytes = sum(path.stat().st_size for day in dates for path in commands.raw_folder(day).iterdir())
    assert f"{len(dates)} of {len(dates) + 1} dates have raw events: {raw_bytes / 1024**3:,.3f} GiB" in result.stdout
    crawls_usd = len(dates) * crawl_usd(load_contract())
    assert f"from {len(dates)} earlier runs) and {crawls_usd:,.2f} of the crawler" in result.stdout


@pytest.mark.slow
def test_the_readmes_commands_run_as_they_stand(tmp_path):
    """Each line of the block "Your own events" but the one that stays up, on the sample file."""
    runner = Commands(tmp_path / "state", free_port())
    block = re.search(r"```\n(make load .*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    assert block
    outputs = {}
    for line in block[1].splitlines():
        if line.startswith("make ui"):
            continue
        result = subprocess.run(
            ["bash", "-c", line],  # noqa: S607
            cwd=REPOSITORY,
            env={**os.environ, "LOCAL_AWS_STATE": str(runner.state), "PORT": str(runner.port)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
        outputs[line.split()[1]] = result.stdout
    assert "48 events arrived on 2026-01-15" in outputs["load"]
    assert "48 rows read = 35 written + 3 duplicate + 10 quarantined" in outputs["run"]
    assert re.search(r"purchase +2\b", outputs["query"])
    assert "2026-01-10: no events arrived, nothing to run" in outputs["backfill"]
    assert "local_aws stopped" in outputs["down"]


@pytest.mark.slow
def test_a_broken_job_ends_with_the_tasks_name_and_sparks_last_line(fresh, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"user_id": "u1", "event_type": "view", "timestamp": "2025-03-01T12:00:00Z"}\n')
    assert fresh("load", str(path)).returncode == 0
    assert fresh("up").returncode == 0
    try:
        key = "glue/clickstream_to_parquet.py"
        client = fresh.client("s3")
        client.put_object(
            Bucket="clickstream-local-artifacts", Key=key, Body=b"raise ValueError('broken on purpose')\n"
        )
        result = fresh("run", "2025-03-01")
    finally:
        assert fresh("down").returncode == 0
    assert result.returncode == 1
    failed = [line for line in result.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1
    assert "transform_events" in failed[0]
    assert "ValueError: broken on purpose" in failed[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["run", "2026-02-30"], "2026-02-30 is no date: write it as YYYY-MM-DD", id="no_such_date"),
        pytest.param(
            ["run", "20260115"],
            "20260115 is no date: write it as YYYY-MM-DD, for example 2026-01-15",
            id="another_format",
        ),
        pytest.param(["run", ""], "say which date: YYYY-MM-DD", id="no_date"),
        pytest.param(["run", "2999-01-01"], "2999-01-01 is not over yet", id="a_date_in_the_future"),
        pytest.param(
            ["run", "2020-02-02"], "no events arrived on 2020-02-02: load some with", id="an_empty_raw_folder"
        ),
        pytest.param(["plan", "2026-01-02", "2026-01-01"], "2026-01-01 is before 2026-01-02", id="reversed_plan"),
        pytest.param(["replay", ""], "say which date: YYYY-MM-DD", id="replay_of_no_date"),
        pytest.param(["replay", "2020-02-02"], "no events arrived on 2020-02-02: nothing to replay", id="empty_replay"),
        pytest.param(
            ["replay", "2020-02-02", "--reason", "late"],
            "late is no reason of the quarantine: give one of malformed_json",
            id="no_such_reason",
        ),
        pytest.param(
            ["backfill", "2026-01-02", "2026-01-01"],
            "2026-01-02 is after 2026-01-01: give the earlier date first",
            id="reversed",
        ),
        pytest.param(["load", "no/such.jsonl"], "no/such.jsonl", id="a_missing_file"),
        pytest.param(["load", ""], "say which file", id="no_file"),
        pytest.param(["load", "x", "--arrival", "soon"], "soon is no date", id="a_bad_arrival"),
        pytest.param(["query"], 'give the statement, for example "', id="no_statement"),
        pytest.param(["demo", "--events", "many"], "many is no such number", id="events_not_a_number"),
    ],
)
def test_bad_input_is_one_clear_line_and_not_exit_0(fresh, arguments, message):
    result = fresh(*arguments)
    assert result.returncode != 0
    assert message in one_line(result)
    assert not result.stdout.strip()


def test_a_file_that_is_not_text_is_refused_and_nothing_is_sent(fresh, tmp_path):
    path = tmp_path / "image.jsonl"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    result = fresh("load", str(path), "--arrival", "2024-05-05")
    assert result.returncode != 0
    assert "not text" in one_line(result)
    assert not list(fresh.bucket("raw").glob("events/year=2024/month=05/**/*.gz"))


def test_a_port_in_use_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = Commands(tmp_path / "state", port)("up")
    assert result.returncode != 0
    assert f"port {port} is in use by another program: stop it, or choose another port with --port " in one_line(result)


def test_a_wrong_statement_shows_athenas_own_message(fresh):
    result = fresh("query", "select nothing_like_it from event_counts")
    assert result.returncode != 0
    assert "nothing_like_it" in one_line(result)


def test_the_aws_cli_lines_of_up_work_and_down_stops_it(fresh):
    up = fresh("up")
    assert up.returncode == 0, up.stderr
    assert f"AWS_ENDPOINT_URL=http://127.0.0.1:{fresh.port}" in up.stdout
    try:
        assert fresh.client("sts").get_caller_identity()["Account"] == "123456789012"
        assert "clickstream_daily" not in up.stdout
    finally:
        down = fresh("down")
    assert "local_aws stopped" in down.stdout
    assert "local_aws was not running" in fresh("down").stdout
