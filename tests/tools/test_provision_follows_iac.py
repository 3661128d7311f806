"""A change in ``iac/`` alone changes what the local AWS gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.provision import provision
from local_aws_server import LocalAwsServer, start_server
from local_terraform import ProvisioningError
from tests.tools.checkouts import copy_of_what_terraform_reads, rewrite

STREAM, JOB = "aws_kinesis_firehose_delivery_stream.events", "aws_glue_job.to_parquet"
CRAWLER, WORKGROUP = "aws_glue_crawler.events", "aws_athena_workgroup.reports"
TABLE, S3 = "aws_glue_catalog_table.projected", "extended_s3_configuration"
LIMIT = ("configuration", "bytes_scanned_cutoff_per_query")
# address, argument in it, its new expression (@: the one that stands there), what is changed, a text that is then in it
CHANGES: dict[str, tuple[str, tuple[str, ...], str, str, str]] = {
    "the buckets' names": ("local", ("bucket_names",), '{ for key, name in @ : key => "${name}-2" }', "s3", "-raw-2"),
    "every name": ("local", ("name",), '"clicks-${var.environment}"', "glue", "clicks_local"),
    "the stream's name": (STREAM, ("name",), '"renamed"', "firehose", "renamed"),
    "the stream's prefix": (STREAM, (S3, "prefix"), '"clicks/"', "firehose", "clicks/"),
    "the stream's buffer": (STREAM, (S3, "buffering_interval"), "61", "firehose", '"IntervalInSeconds": 61'),
    "a job argument": (JOB, ("default_arguments",), 'merge(@, { "--new" = "argument" })', "glue", "argument"),
    "the job's time limit": (JOB, ("timeout",), "121", "glue", '"Timeout": 121'),
    "the job's role": (JOB, ("role_arn",), '"arn:aws:iam::123456789012:role/x"', "glue", "role/x"),
    "the crawler's target": (CRAWLER, ("s3_target", "path"), '"s3://elsewhere/"', "glue", "s3://elsewhere/"),
    "what is crawled": (CRAWLER, ("s3_target", "exclusions"), 'concat(@, ["drafts/**"])', "glue", "drafts/**"),
    "a column's name": (TABLE, ("storage_descriptor", "columns", "name"), '"${@}_2"', "glue", "_2"),
    "a column's type": (TABLE, ("storage_descriptor", "columns", "type"), '"binary"', "glue", '"binary"'),
    "a table's place": (TABLE, ("storage_descriptor", "location"), '"s3://place/"', "glue", "s3://place/"),
    "a table parameter": (TABLE, ("parameters",), 'merge(@, { new = "parameter" })', "glue", "parameter"),
    "the workgroup's limit": (WORKGROUP, LIMIT, "10485761", "athena", "10485761"),
    "a role's name": ("aws_iam_role.crawler", ("name",), '"another"', "iam", "role/another"),
    "a trusted service": (
        "aws_iam_role.firehose",
        ("assume_role_policy",),
        'replace(@, "firehose.amazonaws.com", "ec2.amazonaws.com")',
        "iam",
        "ec2.amazonaws.com",
    ),
    "where the script is uploaded": ("aws_s3_object.glue_script", ("key",), '"renamed.py"', "s3", "renamed.py"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    started = start_server(tmp_path_factory.mktemp("server") / "data")
    yield started
    started.stop()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what Terraform reads, to edit."""
    copy_of_what_terraform_reads(tmp_path)
    return tmp_path


def described(server: LocalAwsServer, service: str) -> str:
    """All that a service says of its resources, as JSON."""
    client = server.client(service)
    found: Any
    if service == "s3":
        buckets = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        found = {
            bucket: [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
            for bucket in buckets
        }
    elif service == "firehose":
        names = client.list_delivery_streams()["DeliveryStreamNames"]
        found = [client.describe_delivery_stream(DeliveryStreamName=name) for name in names]
    elif service == "iam":
        found = client.list_roles()["Roles"]
    elif service == "athena":
        groups = [group["Name"] for group in client.list_work_groups()["WorkGroups"]]
        found = [client.get_work_group(WorkGroup=group)["WorkGroup"] for group in groups]
    else:
        databases = [database["Name"] for database in client.get_databases()["DatabaseList"]]
        tables = [client.get_tables(DatabaseName=database)["TableList"] for database in databases]
        found = [databases, client.get_jobs()["Jobs"], client.get_crawlers()["Crawlers"], tables]
    return json.dumps(found, default=str)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_iac_alone_is_provisioned(server: LocalAwsServer, checkout: Path, change: str):
    address, argument, expression, service, text = CHANGES[change]
    provision(server.endpoint, repository=checkout)
    assert text not in described(server, service)
    rewrite(checkout / "iac", address, argument, expression)
    provision(server.endpoint, repository=checkout)
    assert text in described(server, service)


def test_a_module_of_the_job_is_named_in_iac_alone(server: LocalAwsServer, checkout: Path):
    bucket = provision(server.endpoint, repository=checkout).artifacts_bucket
    where = {"Bucket": bucket, "Key": "glue/clickstream_modules.zip"}
    rewrite(checkout / "iac", "data.archive_file.glue_modules", ("source", "filename"), '"lib/${@}"')
    provision(server.endpoint, repository=checkout)
    assert b"lib/clickstream_glue/__init__.py" in server.client("s3").get_object(**where)["Body"].read()


def test_a_new_column_of_the_contract_is_provisioned(server: LocalAwsServer, checkout: Path):
    file = checkout / "dags" / "clickstream" / "contract" / "contract.json"
    document = json.loads(file.read_text())
    document["reports"][0]["columns"].append({"name": "added_to_the_contract", "type": "bigint"})
    file.write_text(json.dumps(document))
    provision(server.endpoint, repository=checkout)
    assert "added_to_the_contract" in described(server, "glue")


def test_the_names_that_are_given_back_are_those_of_iac(server: LocalAwsServer, checkout: Path):
    rewrite(checkout / "iac", "local", ("database_name",), '"given_back"')
    rewrite(checkout / "iac", "aws_iam_role.mwaa", ("name",), '"airflow"')
    names = provision(server.endpoint, repository=checkout)
    assert names.database == "given_back"
    assert names.role_arn("mwaa") == "arn:aws:iam::123456789012:role/airflow"


def test_what_the_local_aws_refuses_is_named_with_its_place(server: LocalAwsServer, checkout: Path):
    rewrite(checkout / "iac", JOB, ("worker_type",), '"Z.9X"')
    with pytest.raises(ProvisioningError, match=r"^iac/glue_job\.tf:\d+: .*Z\.9X"):
        provision(server.endpoint, repository=checkout)
