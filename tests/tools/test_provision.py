"""The resources that provisioning creates, and that doing it again changes nothing."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from athena_support import Athena
from clickstream.contract import load_contract
from clickstream_dev.package import artifacts, modules_zip
from clickstream_dev.provision import provision
from clickstream_dev.resource_names import names
from local_aws_server import LocalAwsServer, StartServer
from local_terraform import TerraformError
from restarts import KILL, STOP, Restart
from state_snapshot import snapshot
from tests.tools.checkouts import copy_of_what_terraform_reads

CONTRACT = load_contract()


def test_names_are_project_environment_thing():
    staging = names("staging")
    assert staging.raw_bucket == "clickstream-staging-raw"
    assert staging.delivery_stream == "clickstream-staging-events"
    assert staging.glue_job == "clickstream-staging-to-parquet"
    assert staging.crawler == "clickstream-staging-events"
    assert staging.workgroup == "clickstream-staging-reports"
    assert staging.database == "clickstream_staging"
    assert staging.role_arn("glue-job") == "arn:aws:iam::123456789012:role/clickstream-staging-glue-job"
    assert names() == names("local")


def test_the_buckets_and_roles_exist(local_aws: LocalAwsServer):
    resources = names()
    buckets = {bucket["Name"] for bucket in local_aws.client("s3").list_buckets()["Buckets"]}
    assert set(resources.buckets) <= buckets
    iam = local_aws.client("iam")
    trusted = {
        short_name: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        for short_name, role in resources.roles.items()
    }
    assert trusted == {
        "firehose": {"Service": "firehose.amazonaws.com"},
        "glue-job": {"Service": "glue.amazonaws.com"},
        "crawler": {"Service": "glue.amazonaws.com"},
        "mwaa": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
    }


def test_the_stream_delivers_as_the_contract_says(local_aws: LocalAwsServer):
    description = local_aws.client("firehose").describe_delivery_stream(DeliveryStreamName=names().delivery_stream)
    destination = description["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["Prefix"] == CONTRACT.firehose.prefix
    assert destination["ErrorOutputPrefix"] == CONTRACT.firehose.error_prefix
    assert destination["BufferingHints"] == {"SizeInMBs": 64, "IntervalInSeconds": 300}
    assert destination["CompressionFormat"] == "GZIP"
    assert destination["ProcessingConfiguration"]["Processors"][0]["Type"] == "AppendDelimiterToRecord"
    assert destination["RoleARN"] == names().role_arn("firehose")


def test_the_job_runs_the_uploaded_script_with_its_modules(local_aws: LocalAwsServer):
    job = local_aws.client("glue").get_job(JobName=names().glue_job)["Job"]
    assert (job["GlueVersion"], job["Timeout"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", 120, "G.1X", 2)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    assert job["Command"]["ScriptLocation"] == "s3://clickstream-local-artifacts/glue/clickstream_to_parquet.py"
    arguments = job["DefaultArguments"]
    assert arguments["--extra-py-files"] == "s3://clickstream-local-artifacts/glue/clickstream_modules.zip"
    assert arguments["--raw_bucket"] == "clickstream-local-raw"
    assert arguments["--processed_bucket"] == "clickstream-local-processed"
    s3 = local_aws.client("s3")
    listing = s3.list_objects_v2(Bucket=names().artifacts_bucket)["Contents"]
    keys = {"glue/clickstream_to_parquet.py", "glue/clickstream_modules.zip"}
    assert keys <= {entry["Key"] for entry in listing}
    assert not [entry["Key"] for entry in listing if entry["Key"].startswith("dags/")]
    for key in keys:
        assert s3.get_object(Bucket=names().artifacts_bucket, Key=key)["Body"].read() == artifacts()[key]


def test_the_crawler_makes_one_table_whatever_the_depth(local_aws: LocalAwsServer):
    crawler = local_aws.client("glue").get_crawler(Name=names().crawler)["Crawler"]
    assert json.loads(crawler["Configuration"]) == CONTRACT.crawler.configuration
    (target,) = crawler["Targets"]["S3Targets"]
    assert target["Path"] == "s3://clickstream-local-processed/events/"
    assert target["Exclusions"] == list(CONTRACT.crawler.exclusions)
    assert crawler["SchemaChangePolicy"] == {
        "UpdateBehavior": CONTRACT.crawler.schema_change_policy.update_behavior,
        "DeleteBehavior": CONTRACT.crawler.schema_change_policy.delete_behavior,
    }
    assert (crawler["DatabaseName"], crawler["Role"].rpartition("/")[2]) == (names().database, names().roles["crawler"])


@pytest.mark.parametrize("name", ["quarantine", "run_ledger"])
def test_ledger_and_quarantine_are_json_tables_with_projected_dates(local_aws: LocalAwsServer, name: str):
    table = local_aws.client("glue").get_table(DatabaseName=names().database, Name=name)["Table"]
    wanted = getattr(CONTRACT.tables, name)
    storage = table["StorageDescriptor"]
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert storage["Location"] == f"s3://clickstream-local-processed/{wanted.prefix}"
    assert [(column["Name"], column["Type"]) for column in storage["Columns"]] == [
        (column.name, column.type) for column in wanted.columns
    ]
    assert table["PartitionKeys"] == [{"Name": "ingest_date", "Type": "string"}]
    assert table["Parameters"]["projection.ingest_date.type"] == "date"
    assert table["Parameters"]["projection.ingest_date.range"] == "2020-01-01,NOW"
    assert table["Parameters"]["storage.location.template"].endswith(f"/{wanted.prefix}ingest_date=${{ingest_date}}/")


@pytest.mark.parametrize("report", CONTRACT.reports, ids=lambda report: report.name)
def test_every_report_is_a_parquet_table_with_projected_dates(local_aws: LocalAwsServer, report: Any):
    table = local_aws.client("glue").get_table(DatabaseName=names().database, Name=report.name)["Table"]
    storage = table["StorageDescriptor"]
    assert "ParquetHiveSerDe" in storage["SerdeInfo"]["SerializationLibrary"]
    assert storage["Location"] == f"s3://clickstream-local-reports/reports/{report.name}/"
    assert [(column["Name"], column["Type"]) for column in storage["Columns"]] == [
        (column.name, column.type) for column in report.columns
    ]
    assert table["PartitionKeys"] == [{"Name": "report_date", "Type": "string"}]
    assert table["Parameters"]["projection.enabled"] == "true"


def test_the_workgroup_enforces_where_results_go(local_aws: LocalAwsServer):
    group = local_aws.client("athena").get_work_group(WorkGroup=names().workgroup)["WorkGroup"]
    configuration = group["Configuration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["ResultConfiguration"]["OutputLocation"] == "s3://clickstream-local-reports/athena-results/"
    assert configuration["BytesScannedCutoffPerQuery"] == CONTRACT.athena.bytes_scanned_cutoff
    assert configuration["EngineVersion"]["SelectedEngineVersion"] == "Athena engine version 3"


def test_doing_it_again_makes_no_change(local_aws: LocalAwsServer, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []
    original = boto3.client

    def recording_client(*args: Any, **kwargs: Any) -> Any:
        client = original(*args, **kwargs)
        client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
        return client

    monkeypatch.setattr(boto3, "client", recording_client)
    assert provision(local_aws.endpoint) == names()
    reading = ("Get", "List", "Describe", "Head")
    assert calls
    assert [call for call in calls if not call.startswith(reading)] == []


def test_what_was_changed_by_hand_is_set_back(local_aws: LocalAwsServer):
    glue, s3, firehose = (local_aws.client(service) for service in ("glue", "s3", "firehose"))
    key = "glue/clickstream_to_parquet.py"
    s3.put_object(Bucket=names().artifacts_bucket, Key=key, Body=b"raise SystemExit(1)")
    table = glue.get_table(DatabaseName=names().database, Name="top_products")["Table"]
    glue.update_table(
        DatabaseName=names().database,
        TableInput={"Name": "top_products", "StorageDescriptor": table["StorageDescriptor"], "Parameters": {}},
    )
    description = firehose.describe_delivery_stream(DeliveryStreamName=names().delivery_stream)
    firehose.update_destination(
        DeliveryStreamName=names().delivery_stream,
        CurrentDeliveryStreamVersionId=description["DeliveryStreamDescription"]["VersionId"],
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate={"CompressionFormat": "UNCOMPRESSED"},
    )
    provision(local_aws.endpoint)
    assert s3.get_object(Bucket=names().artifacts_bucket, Key=key)["Body"].read() == artifacts()[key]
    assert glue.get_table(DatabaseName=names().database, Name="top_products")["Table"]["PartitionKeys"]
    description = firehose.describe_delivery_stream(DeliveryStreamName=names().delivery_stream)
    destination = description["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert destination["CompressionFormat"] == "GZIP"


class TestModulesZip:
    """The zip of the job's modules."""

    def test_it_holds_the_job_s_package_and_the_contract(self):
        entries = zipfile.ZipFile(io.BytesIO(modules_zip())).namelist()
        assert {
            "clickstream/__init__.py",
            "clickstream/contract/__init__.py",
            "clickstream/contract/contract.json",
        } <= set(entries)
        assert "clickstream_glue/__init__.py" in entries
        assert not [entry for entry in entries if "__pycache__" in entry or entry.startswith("clickstream/steps")]

    def test_the_same_files_give_the_same_bytes_and_a_changed_file_others(self, tmp_path: Path):
        copy_of_what_terraform_reads(tmp_path)
        assert modules_zip(tmp_path) == modules_zip()
        dates = {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(modules_zip())).infolist()}
        assert dates == {(1980, 1, 1, 0, 0, 0)}
        with (tmp_path / "glue_scripts" / "clickstream_glue" / "__init__.py").open("a") as file:
            file.write("# changed\n")
        assert modules_zip(tmp_path) != modules_zip()

    @pytest.mark.parametrize(
        "missing", ["glue_scripts/clickstream_to_parquet.py", "dags/clickstream/contract/__init__.py"]
    )
    def test_a_missing_file_is_named_with_the_line_that_wants_it(self, tmp_path: Path, missing: str):
        copy_of_what_terraform_reads(tmp_path)
        (tmp_path / missing).unlink()
        with pytest.raises(TerraformError, match=rf"^iac/glue_artifacts\.tf:\d+: .*{missing} can't be read"):
            artifacts(tmp_path)


def test_a_restart_catalogues_the_events_that_an_earlier_process_left(start_local_aws: StartServer, tmp_path: Path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    server = start_local_aws(tmp_path / "data")
    body = io.BytesIO()
    parquet.write_table(pyarrow.table({"user_id": ["u1"]}), body)
    key = "events/year=2026/month=01/day=31/ingest_date=2026-01-31/part-0.zstd.parquet"
    server.client("s3").put_object(Bucket=names().processed_bucket, Key=key, Body=body.getvalue())
    assert server.stop() == 0
    server = start_local_aws(tmp_path / "data")
    partitions = server.client("glue").get_partitions(DatabaseName=names().database, TableName="events")
    assert [partition["Values"] for partition in partitions["Partitions"]] == [["2026", "01", "31", "2026-01-31"]]


def test_provisioning_again_changes_nothing_and_leaves_alone_what_was_made_by_hand(
    start_local_aws: StartServer, tmp_path: Path
):
    restart = Restart(start_local_aws, tmp_path / "data")
    server = restart(STOP)
    athena = Athena(server, database=names().database + "_mine")
    location = f"s3://{athena.bucket}/mine/"
    athena.run(f"create external table {names().database}.mine (a int) stored as parquet location '{location}'")
    athena.run(f"create external table mine (a int) stored as parquet location '{location}'")
    server.client("s3").put_object(Bucket=names().raw_bucket, Key="mine", Body=b"x", ContentType="text/html")
    before = snapshot(server)
    assert snapshot(restart(KILL)) == before
