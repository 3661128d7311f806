"""``make up``: edits of iac/, of the Glue job's files and of contract.json reach a running server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.provision import provision
from clickstream_dev.resource_names import names
from clickstream_dev.server import WATCH_TIMEOUT_S
from local_aws.waiting import wait_until
from local_aws_server import REPOSITORY, LocalAwsServer, start_server
from tests.tools.checkouts import rewrite

WITHIN_S = WATCH_TIMEOUT_S  # what `make up` itself gives the watch on a busy machine
FOLDERS = (
    "packages/firehose-producer/src",
    "packages/local-aws/src",
    "packages/local-terraform/src",
    "tools",
    "dags",
    "glue_scripts",
    "iac",
)
SCRIPT, MODULES = "glue/clickstream_to_parquet.py", "glue/clickstream_modules.zip"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the server needs of the repository, to edit."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in FOLDERS:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def server(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    started = start_server(tmp_path_factory.mktemp("watched") / "data")
    with watching_for(started, checkout):
        eventually(lambda: started.control("GET", "health")["provisioned"], started)
        yield started


@contextmanager
def watching_for(started: LocalAwsServer, checkout: Path) -> Iterator[None]:
    """What `make up` leaves running, until the server ends at the end of the block."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(checkout / name) for name in FOLDERS)}
    with started.log_file.open("ab") as log:
        watching = subprocess.Popen(
            [sys.executable, "-m", "clickstream_dev.provision", started.endpoint],
            env=env,
            cwd=checkout,
            stdout=log,
            stderr=log,
        )
    try:
        yield
        assert started.stop() == 0
        assert watching.wait(WITHIN_S) == 0
    finally:
        started.stop()  # where the block failed
        watching.kill()
        watching.wait(WITHIN_S)


@pytest.fixture
def contract(server: LocalAwsServer, checkout: Path) -> Iterator[dict[str, Any]]:
    """The contract as a document to change; afterwards the file is put back, and the server has seen it."""
    file = checkout / "dags" / "clickstream" / "contract" / "contract.json"
    original = file.read_text()
    yield json.loads(original)
    file.write_text(original)
    name = "clickstream/contract/contract.json"
    eventually(lambda: zipfile.ZipFile(BytesIO(content(server, MODULES))).read(name) == original.encode(), server)


def write(checkout: Path, document: dict[str, Any] | str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    (checkout / "dags" / "clickstream" / "contract" / "contract.json").write_text(text)


def eventually(check: Callable[[], bool], server: LocalAwsServer) -> None:
    assert wait_until(check, WITHIN_S), server.log


def content(server: LocalAwsServer, key: str) -> bytes:
    answer = server.client("s3").get_object(Bucket=names().artifacts_bucket, Key=key)
    return bytes(answer["Body"].read())


def columns(server: LocalAwsServer, table: str) -> list[str]:
    found = server.client("glue").get_table(DatabaseName=names().database, Name=table)["Table"]
    return [column["Name"] for column in found["StorageDescriptor"]["Columns"]]


def test_a_changed_script_is_uploaded_and_named(server, checkout):
    script = checkout / "glue_scripts" / "clickstream_to_parquet.py"
    changed = script.read_text() + "# changed\n"
    modules = content(server, MODULES)
    script.write_text(changed)
    eventually(lambda: content(server, SCRIPT) == changed.encode(), server)
    # What another test has just put back may be named too.
    named = rf"uploaded s3://{names().artifacts_bucket}/{SCRIPT} because .*glue_scripts/clickstream_to_parquet\.py"
    eventually(lambda: re.search(named, server.log) is not None, server)
    assert content(server, MODULES) == modules


def test_a_new_module_is_uploaded(server, checkout):
    (checkout / "glue_scripts" / "clickstream_glue" / "added.py").write_text("ADDED = 1\n")
    eventually(lambda: b"clickstream_glue/added.py" in content(server, MODULES), server)


def test_a_new_column_and_a_new_report_reach_the_catalog(server, checkout, contract):
    reports = contract["reports"]
    reports[0]["columns"].append({"name": "added_count", "type": "bigint"})
    reports.append({**reports[0], "name": "added_report"})
    write(checkout, contract)
    eventually(lambda: "created the table" in server.log, server)
    assert columns(server, "added_report")[-1] == "added_count"
    eventually(lambda: columns(server, reports[0]["name"])[-1] == "added_count", server)
    assert (
        f"updated the table {names().database}.{reports[0]['name']} because dags/clickstream/contract/contract.json"
        in server.log
    )


def test_half_a_contract_is_one_line_and_changes_nothing(server, checkout, contract):
    before = columns(server, "top_products")
    lines = server.log.count("nothing is done")
    write(checkout, json.dumps(contract)[:500])
    eventually(lambda: server.log.count("nothing is done before it is whole") > lines, server)
    assert server.log.count("nothing is done") == lines + 1
    server.client("glue").create_job(
        Name="still-works", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://b/k"}
    )
    assert columns(server, "top_products") == before
    contract["glue"]["description"] = "mended"
    write(checkout, contract)
    job = names().glue_job
    eventually(lambda: server.client("glue").get_job(JobName=job)["Job"]["Description"] == "mended", server)


def test_a_contract_that_can_not_be_provisioned_is_one_line(server, checkout, contract):
    contract["glue"]["worker_type"] = "Z.9X"
    contract["costs"]["glue_dpu_by_worker_type"]["Z.9X"] = 9
    write(checkout, contract)
    eventually(lambda: "provisioning again failed" in server.log, server)
    assert "Z.9X" in server.log.partition("provisioning again failed")[2].splitlines()[0]
    assert "Traceback" not in server.log


def test_an_edit_of_iac_reaches_the_server(server, checkout):
    rewrite(checkout / "iac", "aws_glue_job.to_parquet", ("timeout",), "77")
    job = names().glue_job
    eventually(lambda: server.client("glue").get_job(JobName=job)["Job"]["Timeout"] == 77, server)
    eventually(lambda: "iac/glue_job.tf changed" in server.log.rpartition(f"updated the job {job} because ")[2], server)


def test_what_was_edited_before_the_watch_began_is_provisioned_too(checkout, tmp_path):
    started = start_server(tmp_path / "data")
    job = provision(started.endpoint).glue_job
    rewrite(checkout / "iac", "aws_glue_job.to_parquet", ("timeout",), "78")
    with watching_for(started, checkout):
        eventually(lambda: started.client("glue").get_job(JobName=job)["Job"]["Timeout"] == 78, started)


def test_half_a_file_of_iac_is_one_line_with_its_place(server, checkout):
    file = checkout / "iac" / "glue_job.tf"
    original = file.read_text()
    file.write_text(original[:500])
    message = "iac/glue_job.tf changed, but nothing is done before it is whole: TerraformError: iac/glue_job.tf:"
    eventually(lambda: message in server.log, server)
    file.write_text(original)
    assert "Traceback" not in server.log


def test_a_file_that_is_only_touched_is_not_uploaded_again(server, checkout):
    uploads = server.log.count(f"/{SCRIPT} ")
    (checkout / "glue_scripts" / "clickstream_to_parquet.py").touch()
    (checkout / "glue_scripts" / "clickstream_glue" / "later.py").write_text("LATER = 1\n")
    eventually(lambda: b"clickstream_glue/later.py" in content(server, MODULES), server)
    assert server.log.count(f"/{SCRIPT} ") == uploads
