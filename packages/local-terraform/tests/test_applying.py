"""The commands, against a real local_aws: a module of every type, applied, applied again, edited and watched."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from local_aws.waiting import wait_until
from local_aws_server import LocalAwsServer, start_server
from local_terraform.__main__ import main
from local_terraform.resources.types import PROVISIONED

WITHIN_S = 20
MODULE = """
variable "name" {
  type = string
}

variable "columns" {
  type    = map(string)
  default = { user_id = "string" }
}

resource "aws_iam_role" "job" {
  name = "${var.name}-job"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "glue.amazonaws.com" } }]
  })
}

resource "aws_s3_bucket" "lake" {
  bucket = "${var.name}-lake"
}

resource "aws_s3_object" "script" {
  bucket = aws_s3_bucket.lake.bucket
  key    = "job.py"
  source = "${path.module}/job.py"
}

resource "aws_kinesis_firehose_delivery_stream" "events" {
  name        = var.name
  destination = "extended_s3"

  extended_s3_configuration {
    role_arn           = aws_iam_role.job.arn
    bucket_arn         = aws_s3_bucket.lake.arn
    buffering_size     = 5
    buffering_interval = 60
  }
}

resource "aws_glue_job" "this" {
  name     = var.name
  role_arn = aws_iam_role.job.arn
  timeout  = 10

  command {
    script_location = "s3://${aws_s3_bucket.lake.bucket}/${aws_s3_object.script.key}"
  }
}

resource "aws_glue_catalog_database" "this" {
  name = var.name
}

resource "aws_glue_catalog_table" "events" {
  name          = "events"
  database_name = aws_glue_catalog_database.this.name

  storage_descriptor {
    location = "s3://${aws_s3_bucket.lake.bucket}/events/"

    dynamic "columns" {
      for_each = var.columns

      content {
        name = columns.key
        type = columns.value
      }
    }
  }
}

resource "aws_glue_crawler" "events" {
  name          = var.name
  role          = aws_iam_role.job.arn
  database_name = aws_glue_catalog_database.this.name

  s3_target {
    path = "s3://${aws_s3_bucket.lake.bucket}/crawled/"
  }
}

resource "aws_athena_workgroup" "this" {
  name = var.name

  configuration {
    result_configuration {
      output_location = "s3://${aws_s3_bucket.lake.bucket}/results/"
    }
  }
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    started = start_server(tmp_path_factory.mktemp("server") / "data")
    yield started
    started.stop()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that only this test uses."""
    return "t" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module to edit."""
    (tmp_path / "iac").mkdir()
    (tmp_path / "iac" / "main.tf").write_text(MODULE)
    (tmp_path / "iac" / "job.py").write_text("pass\n")
    return tmp_path / "iac"


@pytest.fixture
def given(server: LocalAwsServer, folder: Path, name: str) -> list[str]:
    """The arguments after the command."""
    return [str(folder), "--endpoint", server.endpoint, "--var", f"name={name}", "--leave-out", "aws_sns_topic"]


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "main.tf").read_text()
    assert old in text
    (folder / "main.tf").write_text(text.replace(old, new))


def job(server: LocalAwsServer, name: str) -> dict[str, Any]:
    return dict(server.client("glue").get_job(JobName=name)["Job"])


def test_the_module_below_has_every_type() -> None:
    assert [kind for kind in PROVISIONED if f'resource "{kind}"' not in MODULE] == []


def test_it_makes_what_the_module_says(server, given, name, capsys):
    assert main(["apply", *given]) == 0
    assert "says, resources: 9" in capsys.readouterr().out
    assert job(server, name)["Role"] == f"arn:aws:iam::123456789012:role/{name}-job"
    assert server.client("s3").get_object(Bucket=f"{name}-lake", Key="job.py")["Body"].read() == b"pass\n"
    table = server.client("glue").get_table(DatabaseName=name, Name="events")["Table"]
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "user_id", "Type": "string"}]


def test_again_it_changes_nothing(server, given):
    assert main(["apply", *given]) == 0
    server.control("DELETE", "calls")
    assert main(["apply", *given]) == 0
    calls = server.control("GET", "calls")["calls"]
    reading = ("Get", "List", "Describe", "Head")
    changing = [call["action"] for call in calls if not call["action"].partition(":")[2].startswith(reading)]
    assert calls
    assert changing == []


@pytest.mark.parametrize(
    ("old", "new", "service", "call", "key", "text"),
    [
        ("timeout  = 10", "timeout  = 11", "glue", "get_job", "JobName", '"Timeout": 11'),
        ("/crawled/", "/found/", "glue", "get_crawler", "Name", "-lake/found/"),
        ("name = var.name\n}", 'name = var.name\n  description = "x"\n}', "glue", "get_database", "Name", '"x"'),
        ("/results/", "/answers/", "athena", "get_work_group", "WorkGroup", "-lake/answers/"),
        ("= 60", "= 61", "firehose", "describe_delivery_stream", "DeliveryStreamName", '"IntervalInSeconds": 61'),
    ],
    ids=["job", "crawler", "database", "workgroup", "stream"],
)
def test_what_differs_is_updated(server, folder, given, name, old, new, service, call, key, text):
    assert main(["apply", *given]) == 0
    edit(folder, old, new)
    assert main(["apply", *given]) == 0
    assert text in json.dumps(getattr(server.client(service), call)(**{key: name}), default=str)


def test_buckets_are_made_in_the_region_that_is_given(server, folder, given, name):
    (folder / "main.tf").write_text(
        'variable "name" {}\nresource "aws_s3_bucket" "lake" {\n  bucket = "${var.name}-lake"\n}\n'
    )
    assert main(["apply", *given, "--region", "eu-west-1"]) == 0
    assert server.client("s3").get_bucket_location(Bucket=f"{name}-lake")["LocationConstraint"] == "eu-west-1"


def test_a_workgroup_needs_no_configuration(server, folder, given, name):
    (folder / "main.tf").write_text(
        'variable "name" {}\nresource "aws_athena_workgroup" "this" {\n  name = var.name\n}\n'
    )
    assert main(["apply", *given]) == 0
    edit(folder, "name = var.name", 'name = var.name\n  description = "x"')
    assert main(["apply", *given]) == 0
    assert server.client("athena").get_work_group(WorkGroup=name)["WorkGroup"]["Description"] == "x"


TABLE_WITHOUT_A_PLACE = """
resource "aws_glue_catalog_table" "placeless" {
  name          = "placeless"
  database_name = aws_glue_catalog_database.this.name
}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('resource "aws_sns', f'{TABLE_WITHOUT_A_PLACE}resource "aws_sns', id="tables_without_a_place"),
        pytest.param(
            "role          = aws_iam_role.job.arn\n  database_name = aws_glue_catalog_database.this.name",
            'role          = aws_iam_role.job.arn\n  database_name = "${var.name}_made_by_the_crawler"',
            id="no_database_yet",
        ),
    ],
)
def test_what_lies_there_is_crawled_whatever_the_catalog_has(server, folder, given, name, old, new):
    assert main(["apply", *given]) == 0
    server.client("s3").put_object(Bucket=f"{name}-lake", Key="crawled/a.parquet", Body=b"no Parquet")
    edit(folder, old, new)
    assert main(["apply", *given]) == 0
    assert server.client("glue").get_crawler(Name=name)["Crawler"]["LastCrawl"]["Status"] == "FAILED"


def test_a_crawl_that_can_not_begin_is_one_line_with_the_crawler_s_place(folder, given, capsys):
    edit(folder, "s3://${aws_s3_bucket.lake.bucket}/crawled/", "s3://no bucket/crawled/")
    assert main(["apply", *given]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("local-terraform: ")]
    assert line.startswith("local-terraform: iac/main.tf:")


def test_a_variable_of_another_type_is_an_expression(server, given, name):
    assert main(["apply", *given]) == 0
    assert main(["apply", *given, "--var", 'columns={ a = "int", b = "date" }']) == 0
    table = server.client("glue").get_table(DatabaseName=name, Name="events")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["a", "b"]


def test_what_the_local_aws_refuses_is_one_line_with_its_place(folder, given, capsys):
    edit(folder, "timeout  = 10", 'worker_type = "Z.9X"\n  number_of_workers = 2')
    assert main(["apply", *given]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("local-terraform: ")]
    assert line.startswith("local-terraform: iac/main.tf:")
    assert "Z.9X" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--var", "name=x"], "aws_sns_topic is unknown to the local AWS: leave aws_sns_topic.alerts out"),
        (["--leave-out", "aws_sns_topic"], "var.name has no value"),
        (["--var", "nome=x"], "var.nome is not declared"),
        (["--var", "name=x", "--leave-out", "aws_sns_topic", "--endpoint", "http://127.0.0.1:9"], "127.0.0.1:9"),
    ],
)
def test_what_can_not_be_done_is_one_line(folder, capsys, arguments, message):
    assert main(["apply", str(folder), *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_file_of_variables_is_not_passed_over(folder, given, capsys):
    (folder / "terraform.tfvars").write_text('name = "x"\n')
    assert main(["apply", *given]) == 1
    assert "terraform.tfvars: files of variables are not read here" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["missing"], [".", "--var", "x"]])
def test_wrong_arguments_are_refused(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["apply", *arguments])
    assert caught.value.code == 2


def test_an_edit_is_applied_while_it_watches(server, folder, given, name, tmp_path):
    with (tmp_path / "watch.log").open("wb") as log:
        watching = subprocess.Popen([sys.executable, "-m", "local_terraform", "watch", *given], stdout=log, stderr=log)
    try:
        assert wait_until(lambda: "followed from now on: iac/" in said(tmp_path), WITHIN_S), said(tmp_path)
        edit(folder, "timeout  = 10", "timeout  = ")
        assert wait_until(lambda: "nothing is done before it is whole" in said(tmp_path), WITHIN_S), said(tmp_path)
        edit(folder, "timeout  = ", "timeout  = 12")
        assert wait_until(lambda: job(server, name)["Timeout"] == 12, WITHIN_S), said(tmp_path)
        (folder / "job.py").write_text("raise SystemExit\n")
        assert wait_until(lambda: "because iac/job.py changed" in said(tmp_path), WITHIN_S), said(tmp_path)
        watching.terminate()
        assert watching.wait(WITHIN_S) == 0
    finally:
        watching.kill()
        watching.wait(WITHIN_S)
    assert "Traceback" not in said(tmp_path)


@pytest.mark.parametrize("document", ["[]", "{}"])
def test_what_answers_and_is_no_local_aws_is_none_to_watch(folder: Path, document: str) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document.encode())

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{other.server_port}"
        command = [
            sys.executable,
            "-m",
            "local_terraform",
            "watch",
            str(folder),
            "--endpoint",
            address,
            "--var",
            "name=x",
        ]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)
        other.shutdown()
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr


def said(folder: Path) -> str:
    return (folder / "watch.log").read_text()
