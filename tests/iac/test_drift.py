"""A change on one side alone, Terraform's or local_aws', is noticed: for each kind of fact that both state."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from clickstream.contract import load_contract
from clickstream_dev import resource_definitions as definitions
from clickstream_dev import resource_names
from tests.iac.fact_edits import copy_of_what_terraform_reads, rewrite, with_value
from tests.iac.mwaa_airflow import local_module
from tests.iac.shared_facts import (
    CLOUD_ONLY,
    REPOSITORY,
    Facts,
    differences,
    of_local_aws,
    of_terraform,
)

# address, argument in it, its new expression (@: the one that stands there), part of the facts that then differs
STREAM, JOB, CRAWLER, WORKGROUP, TABLE = CLOUD_ONLY
S3 = "extended_s3_configuration"
TERRAFORM_CHANGES: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "a bucket's name": ("local", ("bucket_names",), '{ for key, name in @ : key => "${name}-2" }', "buckets"),
    "a setting of the DAGs": ("local", ("dag_settings",), 'merge(@, { workgroup = "primary" })', "settings"),
    "a key of the settings": ("local", ("dag_settings",), 'merge(@, { work_group = "x" })', "settings"),
    "the database's name": ("local", ("database_name",), '"clicks"', "database"),
    "the stream's name": (STREAM, ("name",), '"clicks"', "stream"),
    "the stream's bucket": (STREAM, (S3, "bucket_arn"), '"arn:aws:s3:::elsewhere"', "stream"),
    "the stream's prefix": (STREAM, (S3, "prefix"), '"clicks/"', "stream"),
    "the stream's error prefix": (STREAM, (S3, "error_output_prefix"), '"events/errors/"', "stream"),
    "the stream's compression": (STREAM, (S3, "compression_format"), '"UNCOMPRESSED"', "stream"),
    "the stream's buffer": (STREAM, (S3, "buffering_interval"), "60", "stream"),
    "the stream's delimiter": (STREAM, (S3, "processing_configuration", "enabled"), "false", "stream"),
    "the job's role": (JOB, ("role_arn",), "aws_iam_role.crawler.arn", "job"),
    "the job's script": (JOB, ("command", "script_location"), '"s3://elsewhere/job.py"', "job"),
    "the job's Glue version": (JOB, ("glue_version",), '"4.0"', "job"),
    "the job's time limit": (JOB, ("timeout",), "2880", "job"),
    "the job's runs at once": (JOB, ("execution_property", "max_concurrent_runs"), "1", "job"),
    "the job's retries": (JOB, ("max_retries",), "1", "job"),
    "a job argument": (JOB, ("default_arguments",), 'merge(@, { "--raw_bucket" = "elsewhere" })', "job"),
    "a new job argument": (JOB, ("default_arguments",), 'merge(@, { "--new" = "x" })', "job"),
    "the job's bookmarks": (
        JOB,
        ("default_arguments",),
        'merge(@, { "--job-bookmark-option" = "job-bookmark-enable" })',
        "job",
    ),
    "the crawler's target": (CRAWLER, ("s3_target", "path"), '"s3://elsewhere/"', "crawler"),
    "a crawler exclusion": (CRAWLER, ("s3_target", "exclusions"), "slice(@, 0, length(@) - 1)", "crawler"),
    "the crawler's grouping": (CRAWLER, ("configuration",), "jsonencode({ Version = 1 })", "crawler"),
    "the crawler's deletions": (CRAWLER, ("schema_change_policy", "delete_behavior"), '"LOG"', "crawler"),
    "what is crawled again": (CRAWLER, ("recrawl_policy", "recrawl_behavior"), '"CRAWL_NEW_FOLDERS_ONLY"', "crawler"),
    "a workgroup setting": (WORKGROUP, ("configuration", "enforce_workgroup_configuration"), "false", "workgroup"),
    "the workgroup's limit": (WORKGROUP, ("configuration", "bytes_scanned_cutoff_per_query"), "10485760", "workgroup"),
    "where results go": (
        WORKGROUP,
        ("configuration", "result_configuration", "output_location"),
        '"s3://elsewhere/"',
        "workgroup",
    ),
    "a table's place": (TABLE, ("storage_descriptor", "location"), '"s3://elsewhere/"', "tables"),
    "a column's type": (TABLE, ("storage_descriptor", "columns", "type"), '"binary"', "tables"),
    "a column's name": (TABLE, ("storage_descriptor", "columns", "name"), '"${@}_2"', "tables"),
    "a table parameter": (TABLE, ("parameters",), 'merge(@, { "projection.enabled" = "false" })', "tables"),
    "a new table parameter": (TABLE, ("parameters",), 'merge(@, { new = "x" })', "tables"),
    "a table's SerDe": (TABLE, ("storage_descriptor", "ser_de_info", "serialization_library"), '"x"', "tables"),
    "a partition key": (TABLE, ("partition_keys", "name"), '"day"', "tables"),
    "a table's description": (TABLE, ("description",), '"Another."', "tables"),
    "a role's name": ("aws_iam_role.crawler", ("name",), '"another"', "roles"),
    "a trusted service": (
        "aws_iam_role.firehose",
        ("assume_role_policy",),
        'replace(@, "firehose.amazonaws.com", "ec2.amazonaws.com")',
        "roles",
    ),
    "where the script is uploaded": ("aws_s3_object.glue_script", ("key",), '"job.py"', "artifacts"),
    "a module of the job": ("data.archive_file.glue_modules", ("source", "filename"), '"lib/${@}"', "artifacts"),
}


@pytest.mark.parametrize("changed", TERRAFORM_CHANGES)
def test_a_change_in_terraform_alone_is_noticed(tmp_path, changed):
    address, argument, expression, part = TERRAFORM_CHANGES[changed]
    copy_of_what_terraform_reads(tmp_path)
    rewrite(tmp_path / "iac", address, argument, expression)
    found = differences(of_terraform(local_module(tmp_path)), of_local_aws(load_contract()))
    assert [line for line in found if line.startswith(part)], found


@cache
def terraform() -> Facts:
    return of_terraform(local_module(REPOSITORY))


# function of local_aws' definitions, place in what it returns, another value
LOCAL_CHANGES: dict[str, tuple[str, tuple[Any, ...], Any]] = {
    "a job argument": ("job", ("DefaultArguments", "--enable-metrics"), "false"),
    "a new job argument": ("job", ("DefaultArguments", "--new"), "x"),
    "the job's retries": ("job", ("MaxRetries",), 1),
    "the job's command": ("job", ("Command", "PythonVersion"), "2"),
    "the job's description": ("job", ("Description",), "Another."),
    "the crawler's target": ("crawler", ("Targets", "S3Targets", 0, "Path"), "s3://elsewhere/"),
    "what is crawled again": ("crawler", ("RecrawlPolicy", "RecrawlBehavior"), "CRAWL_NEW_FOLDERS_ONLY"),
    "the stream's prefix": ("stream_destination", ("Prefix",), "events/"),
    "the stream's delimiter": ("stream_destination", ("ProcessingConfiguration", "Processors"), []),
    "a workgroup setting": ("workgroup_configuration", ("EnforceWorkGroupConfiguration",), False),
    "where results go": ("workgroup_configuration", ("ResultConfiguration", "OutputLocation"), "s3://elsewhere/"),
    "a table parameter": ("tables", (0, "Parameters", "projection.enabled"), "false"),
    "a column's type": ("tables", (0, "StorageDescriptor", "Columns", 0, "Type"), "binary"),
    "a table's SerDe": ("tables", (2, "StorageDescriptor", "SerdeInfo", "SerializationLibrary"), "x"),
    "a partition key": ("tables", (2, "PartitionKeys", 0, "Name"), "day"),
}


@pytest.mark.parametrize("changed", LOCAL_CHANGES)
def test_a_change_in_local_aws_alone_is_noticed(monkeypatch, changed):
    function, place, value = LOCAL_CHANGES[changed]
    original = getattr(definitions, function)

    def with_change(*given: Any) -> Any:
        return with_value(original(*given), place, value)

    monkeypatch.setattr(definitions, function, with_change)
    found = differences(terraform(), of_local_aws(load_contract()))
    assert len(found) == 1, found
    assert str(place[-1]) in found[0]


def test_another_trusted_service_in_local_aws_alone_is_noticed(monkeypatch):
    document = json.dumps({"Statement": [{"Principal": {"Service": ["ec2.amazonaws.com"]}}]})
    monkeypatch.setattr(definitions, "trust_policy", lambda role: document)
    found = differences(terraform()["roles"], of_local_aws(load_contract())["roles"])
    assert {line.split(":")[0].split("[")[0] for line in found} == set(resource_names.names().roles.values())


@pytest.mark.parametrize(
    "field",
    ["raw_bucket", "artifacts_bucket", "glue_job", "crawler", "delivery_stream", "database", "workgroup", "roles"],
)
def test_another_name_in_local_aws_alone_is_noticed(monkeypatch, field):
    names = resource_names.names()
    another: Any = {role: f"another-{role}" for role in names.roles} if field == "roles" else "another"
    monkeypatch.setattr("tests.iac.shared_facts.names", lambda: replace(names, **{field: another}))
    assert any("another" in line for line in differences(terraform(), of_local_aws(load_contract())))
