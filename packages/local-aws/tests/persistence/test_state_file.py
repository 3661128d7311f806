"""A state file that is damaged, of a later version, missing, or long."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from athena_support import Athena
from local_aws.persistence.history import MAX_KEPT
from local_aws.process import free_port
from local_aws_server import REPOSITORY
from restarts import STOP, errors_in

START_LIMIT_CPU_S = 3
MANY_QUERIES = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more),
    copies AS (SELECT 'copy-' || printf('%05d', i) AS copy FROM n)
    INSERT INTO document (kind, key, content)
    SELECT kind, replace(key, :id, copy), replace(content, :id, copy) FROM document, copies WHERE kind = 'athena.query'
"""


def change_state(data_dir: Path, sql: str, **parameters: Any) -> int:
    """Change the state file behind the server's back; returns the number of documents."""
    with closing(sqlite3.connect(data_dir / "state.db", isolation_level=None)) as connection:
        return connection.execute(sql, parameters).rowcount


@pytest.mark.parametrize("content", [b"no database at all" * 500, None], ids=["other_bytes", "torn_pages"])
def test_a_damaged_one_is_one_line_and_put_aside(restart, content):
    s3, glue = restart.server.client("s3"), restart.server.client("glue")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"content")
    glue.create_database(DatabaseInput={"Name": "d"})
    restart.end(STOP)
    file = restart.data_dir / "state.db"
    damaged = content or file.read_bytes()[:4096] + b"\xff" * 9000
    file.write_bytes(damaged)
    restart.again()
    (line,) = errors_in(restart.server)
    assert "state.db is damaged" in line
    assert [path.read_bytes() for path in restart.data_dir.glob("state.db.damaged-*")] == [damaged]
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"content"
    assert glue.get_databases()["DatabaseList"] == []
    glue.create_database(DatabaseInput={"Name": "e"})
    restart()
    assert [database["Name"] for database in glue.get_databases()["DatabaseList"]] == ["e"]


def test_one_of_a_later_version_is_refused_in_one_line(restart):
    restart.end(STOP)
    change_state(restart.data_dir, "PRAGMA user_version = 99")
    command = [sys.executable, "-m", "local_aws", "serve", "--data-dir", str(restart.data_dir)]
    result = subprocess.run(
        [*command, "--port", str(free_port())],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("local_aws: ")
    assert "written by a newer local_aws (format 99" in line
    assert "--data-dir" in line


def test_what_is_damaged_is_left_out_in_one_line_each_and_the_rest_is_there(restart):
    glue = restart.server.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    for name in ("torn", "incomplete", "good"):
        glue.create_table(DatabaseName="d", TableInput={"Name": name})
    restart.end(STOP)
    for name, content in (("torn", '{"name'), ("incomplete", "{}")):
        update = "UPDATE document SET content = :content WHERE kind = 'glue.table' AND key LIKE :name"
        assert change_state(restart.data_dir, update, content=content, name=f"%{name}%") == 1
    (restart.data_dir / "calls.jsonl").write_text('{"role": null}\n')
    restart.again()
    calls, torn, incomplete = errors_in(restart.server)
    assert "calls.jsonl is damaged" in calls
    for line, name in ((torn, "torn"), (incomplete, "incomplete")):
        assert f'glue.table ["us-east-1", "d", "{name}"]' in line
    assert [table["Name"] for table in glue.get_tables(DatabaseName="d")["TableList"]] == ["good"]


def test_a_folder_without_one_is_an_older_server_s(restart):
    s3 = restart.server.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"content")
    restart.end(STOP)
    (restart.data_dir / "state.db").unlink()
    restart.again()
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"content"
    assert errors_in(restart.server) == []


def test_with_a_long_history_it_starts_quickly_and_keeps_the_newest_queries(restart):
    athena = Athena(restart.server)
    first = athena.start("select 1")
    athena.wait(first)
    restart.end(STOP)
    more = MAX_KEPT + 50
    change_state(restart.data_dir, MANY_QUERIES, id=first, more=more)
    assert restart.again().cpu_s < START_LIMIT_CPU_S
    athena.run("select 2")
    restart()
    pages = athena.client.get_paginator("list_query_executions").paginate(WorkGroup="primary")
    listed = [execution for page in pages for execution in page["QueryExecutionIds"]]
    assert len(listed) == MAX_KEPT
    assert listed[1:3] == [f"copy-{more:05}", f"copy-{more - 1:05}"]
