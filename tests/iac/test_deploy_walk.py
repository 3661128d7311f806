"""Every command of docs/deploy.md and docs/runbook.md is run, in order, by one bash, or called unproven there."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.paths import REPOSITORY
from local_aws_server import LocalAwsServer, start_server
from tests.iac import aws_command, walk_log
from tests.iac.mwaa_airflow import run_in_airflow

pytestmark = pytest.mark.slow

# The runbook's commands need what the guide's have made; nothing of it goes, because terraform does not destroy here.
DOCUMENT = "".join((REPOSITORY / "docs" / name).read_text(encoding="utf-8") for name in ("deploy.md", "runbook.md"))
# All that is run as it is, besides bash itself. Any other program is not run, and so unproven.
PROGRAMS = ("base64", "cat", "date", "gzip")
UNPROVEN = "**Unproven**"
TIMEOUT_S = 240
STATE_BUCKET = "my-terraform-state-123456789012"
# What others have left by then: Terraform two versions of the state and the mark of a lock that is gone, a run its
# ledger.
STATE = f"s3://{STATE_BUCKET}/clickstream/prod.tfstate"
MADE_BEFORE = {
    "aws s3api delete-objects": f"""
for version in 1 2; do echo "$version" | aws s3 cp - {STATE}; done
echo lock | aws s3 cp - {STATE}.tflock
aws s3api delete-object --bucket {STATE_BUCKET} --key clickstream/prod.tfstate.tflock
""",
    "ledger.json": """
LEDGERS="s3://$(cd iac && terraform output -raw processed_bucket_name)/ledger"
echo '{}' | aws s3 cp - "$LEDGERS/ingest_date=2026-01-15/ledger.json"
""",
}
ASK_AIRFLOW = """
import json, os, subprocess, sys
airflow = [sys.executable, "-m", "airflow"]
for arguments in (["db", "migrate"], ["dags", "reserialize"]):
    subprocess.run([*airflow, *arguments], check=True, stdout=subprocess.DEVNULL)
from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi.testclient import TestClient
answers = []
with TestClient(create_app("core")) as client:
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="someone", role="admin"))
    for request in json.loads(sys.argv[1]):
        answer = client.request(
            request["Method"], "/api/v2" + request["Path"], params=request.get("QueryParameters"),
            json=request.get("Body"), headers={"Authorization": "Bearer " + token},
        )
        answers.append([answer.status_code, answer.json()])
print(json.dumps({"answers": answers}))
"""


@dataclass(frozen=True)
class Block:
    """Some commands of a document, and whether it calls them unproven."""

    commands: str
    is_marked: bool


def blocks(document: str) -> list[Block]:
    found = re.findall(r"^```bash\n(.*?)^```\n(?=\n?(.*?)$)", document, re.MULTILINE | re.DOTALL)
    return [Block(commands, after.startswith(UNPROVEN)) for commands, after in found]


def walk(document: str, folder: Path, endpoint: str) -> list[walk_log.Walked]:
    """Run the document's commands in one bash, in the root of a folder that looks like a checkout.

    :raises AssertionError: if a command fails, or one that is unproven is not marked as such, or the other way round
    """
    (folder / "iac").mkdir(parents=True)
    (folder / "sample_data").symlink_to(REPOSITORY / "sample_data")
    log = folder / "log.jsonl"
    log.touch()
    not_run = f'command_not_found_handle() {{ "{sys.executable}" -m tests.iac.walk_log "$@"; }}'
    lines = ["set -euo pipefail", not_run]
    for number, block in enumerate(blocks(document)):
        from_the_root = f'cd "{folder}"\n' if block.commands.startswith("cd ") else ""
        made = "".join(commands for command, commands in MADE_BEFORE.items() if command in block.commands)
        lines.append(f"export WALK_BLOCK={number}\n{from_the_root}{made}{block.commands}")
    result = subprocess.run(
        [shutil.which("bash") or "bash", "-c", "\n".join(lines)],
        env={
            "PATH": str(_programs(folder)),
            "PYTHONPATH": ":".join([str(REPOSITORY), *sys.path]),
            "WALK_LOG": str(log),
            "HOME": str(folder),
            **aws_command.environment(endpoint),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout[-2000:]}\n{result.stderr[-3000:]}"
    walked = walk_log.read(log)
    for number, block in enumerate(blocks(document)):
        of_block = [command for command in walked if command.block == number]
        unproven = [" ".join(command.command) for command in of_block if not command.proven]
        assert bool(unproven) == block.is_marked, f"{unproven} in:\n{block.commands}"
    return walked


def _programs(folder: Path) -> Path:
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(str(shutil.which(name)))
    for name in ("aws", "terraform"):
        program = programs / name
        program.write_text(f'#!{shutil.which("bash")}\nexec "{sys.executable}" -m tests.iac.{name}_command "$@"\n')
        program.chmod(0o755)
    return programs


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    server = start_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture(name="walked", scope="module")
def _walked(server: LocalAwsServer, tmp_path_factory: pytest.TempPathFactory) -> list[walk_log.Walked]:
    return walk(DOCUMENT, tmp_path_factory.mktemp("walk") / "checkout", server.endpoint)


def test_every_command_runs_or_is_marked_as_unproven(walked: list[walk_log.Walked]) -> None:
    assert {command.block for command in walked} == set(range(DOCUMENT.count("```bash")))


def test_the_first_event_and_the_sample_arrive_where_the_dag_looks_for_them(
    walked: list[walk_log.Walked], server: LocalAwsServer
) -> None:
    server.control("POST", "firehose/flush")
    s3 = server.client("s3")
    (bucket,) = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].endswith("-raw")]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="events/")["Contents"]]
    texts = {key: gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode() for key in keys}
    sample = texts.pop("events/year=2026/month=01/day=15/first.json.gz")
    assert sample == (REPOSITORY / "sample_data" / "clickstream.json").read_text(encoding="utf-8")
    (first,) = texts.values()
    assert first.startswith('{"user_id":"u1","event_type":"page_view","timestamp":"')


def test_nothing_is_left_of_the_state(walked: list[walk_log.Walked], server: LocalAwsServer) -> None:
    assert STATE_BUCKET in DOCUMENT
    assert STATE_BUCKET not in [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]


def test_airflow_takes_what_it_is_sent(walked: list[walk_log.Walked], tmp_path: Path) -> None:
    requests = [command.request for command in walked if command.request and "invoke-rest-api" in command.command]
    assert {request["Name"] for request in requests} == {"clickstream-prod-airflow"}
    environment = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__API_AUTH__JWT_SECRET": "t" * 64,
        "PYTHONPATH": str(REPOSITORY / "dags"),
    }
    dags = {"Method": "GET", "Path": "/dags"}
    asked = json.dumps([*requests, dags])
    answers: list[Any] = run_in_airflow(ASK_AIRFLOW, tmp_path, asked, environment=environment)["answers"]
    assert [status for status, _ in answers] == [200] * len(answers), answers
    unpaused, run, backfill, listed = (body for _, body in answers)
    all_dags = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    assert {dag["dag_id"] for dag in unpaused["dags"]} == all_dags
    assert {dag["dag_id"]: dag["is_paused"] for dag in listed["dags"]} == dict.fromkeys(all_dags, False)
    assert (run["conf"], run["state"]) == ({"date": "2026-01-15"}, "queued")
    assert (backfill["from_date"][:10], backfill["to_date"][:10]) == ("2026-01-01", "2026-01-31")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param("```bash\naws eks list-nothings\n```\n", "eks has no list-nothings", id="no_such_operation"),
        pytest.param("```bash\naws s3api create-bucket --buket b\n```\n", "no --buket", id="no_such_option"),
        pytest.param("```bash\naws s3api create-bucket\n```\n", "Missing required", id="an_option_is_missing"),
        pytest.param("```bash\ncurl https://example.com\n```\n", "curl https://example.com", id="another_program"),
        pytest.param("```bash\nterraform import a b\n```\n", "import a b", id="another_command_of_terraform"),
        pytest.param("```bash\nterraform apply -var no_such=1\n```\n", "no variable no_such", id="no_such_variable"),
        pytest.param("```bash\nterraform init\n```\n\nGo on.\n", "terraform init", id="unproven_without_a_mark"),
        pytest.param(
            "```bash\naws s3api list-buckets\n```\n\n**Unproven**.\n", "list-buckets", id="a_mark_on_what_is_proven"
        ),
    ],
)
def test_a_new_command_that_is_neither_run_nor_marked_fails(
    document: str, message: str, server: LocalAwsServer, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        walk(document, tmp_path / "checkout", server.endpoint)


@pytest.mark.parametrize("command", ["aws ssm start-session --target i-1", "ssh nobody@localhost"])
def test_what_nothing_here_can_do_is_let_through_where_it_is_called_unproven(
    command: str, server: LocalAwsServer, tmp_path: Path
) -> None:
    walked = walk(f"```bash\n{command}\n```\n\n**Unproven**.\n", tmp_path / "checkout", server.endpoint)
    assert [line.proven for line in walked] == [False]


def inline_commands(program: str) -> list[Any]:
    prose = re.sub(r"^```.*?^```", "", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    return sorted(set(re.findall(rf"`{program} ([^`]+)`", prose)))


@pytest.mark.parametrize("command", inline_commands("aws"))
def test_the_aws_commands_in_the_text_exist(command: str) -> None:
    service, operation, *_ = command.split()
    assert f"{service} {operation}" in aws_command.HIGH_LEVEL or aws_command.parse(command.split())


def test_the_make_targets_in_the_text_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for command in inline_commands("make"):
        assert re.search(rf"^{command.split()[0]}:", makefile, re.MULTILINE), command
