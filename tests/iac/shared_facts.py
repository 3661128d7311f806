"""The facts that Terraform and local_aws both state, in the words of the AWS calls that create the things."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from clickstream.contract import Contract
from clickstream_dev import resource_definitions as definitions
from clickstream_dev.artifacts import artifacts
from clickstream_dev.dag_runs import environment
from clickstream_dev.resource_names import names
from clickstream_dev.server import LocalAws
from clickstream_dev.terraform.module import Instance, Module

Facts = dict[str, Any]
REPOSITORY = Path(__file__).resolve().parents[2]
# What `terraform apply` is given for the names that local_aws provisions.
LOCAL_VARIABLES = {"environment": "local", "bucket_suffix": ""}
# Arguments that only Terraform has: they name what is not there locally, or turn on what only the cloud bills or shows.
CLOUD_ONLY: dict[str, set[str]] = {
    "aws_kinesis_firehose_delivery_stream.events": {
        "destination",
        "extended_s3_configuration.cloudwatch_logging_options.enabled",
        "extended_s3_configuration.cloudwatch_logging_options.log_group_name",
        "extended_s3_configuration.cloudwatch_logging_options.log_stream_name",
        "extended_s3_configuration.kms_key_arn",
        "server_side_encryption.enabled",
        "server_side_encryption.key_arn",
        "server_side_encryption.key_type",
    },
    "aws_glue_job.to_parquet": {
        "default_arguments.--enable-spark-ui",
        "default_arguments.--spark-event-logs-path",
        "security_configuration",
    },
    "aws_glue_crawler.events": {"security_configuration"},
    "aws_athena_workgroup.reports": {
        "configuration.result_configuration.encryption_configuration.encryption_option",
        "configuration.result_configuration.encryption_configuration.kms_key_arn",
        "configuration.result_configuration.expected_bucket_owner",
        "description",
        "force_destroy",
    },
    "aws_glue_catalog_table.projected": {"database_name"},
}
# Nothing arrives in the background there, and nobody wants to wait for retries.
LOCAL_ONLY_SETTINGS = {
    f"AIRFLOW__CLICKSTREAM__{key}"
    for key in ("POLL_INTERVAL_S", "RETRIES", "RETRY_DELAY_S", "SETTLE_MINUTES", "RAW_EVENTS_TIMEOUT_MINUTES")
}
# A local run tells on the screen.
CLOUD_ONLY_SETTINGS = {"AIRFLOW__CLICKSTREAM__ALERTS_TOPIC_ARN"}


def of_local_aws(contract: Contract, repository: Path = REPOSITORY) -> Facts:
    """What local_aws provisions."""
    resources = names()
    crawler = definitions.crawler(contract, resources)
    return {
        "buckets": sorted(resources.buckets),
        "roles": {
            role: json.loads(definitions.trust_policy(short_name))["Statement"][0]["Principal"]["Service"]
            for short_name, role in resources.roles.items()
        },
        "stream": {resources.delivery_stream: definitions.stream_destination(contract, resources)},
        "job": {resources.glue_job: definitions.job(contract, resources)},
        "crawler": {resources.crawler: {**crawler, "Configuration": json.loads(crawler["Configuration"])}},
        "workgroup": {resources.workgroup: definitions.workgroup_configuration(contract, resources)},
        "database": resources.database,
        "tables": {table["Name"]: table for table in definitions.tables(contract, resources)},
        "settings": _settings(),
        "artifacts": {key: _text(content) for key, content in artifacts(contract, repository).items()},
    }


def _settings() -> dict[str, str]:
    """The DAGs' settings, without the waiting times, for which the cloud takes their defaults."""
    idle = cast(LocalAws, SimpleNamespace(endpoint="", assume=lambda role: {}))
    variables = {name: value for name, value in environment(idle).items() if name.startswith("AIRFLOW__CLICKSTREAM__")}
    return _without(LOCAL_ONLY_SETTINGS, variables)


def _without(names_left_out: set[str], variables: dict[str, str]) -> dict[str, str]:
    assert set(variables) >= names_left_out
    return {name: value for name, value in variables.items() if name not in names_left_out}


def _text(content: bytes) -> Any:
    if not content.startswith(b"PK"):
        return content.decode()
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def of_terraform(module: Module) -> Facts:
    """What Terraform would create, without what only the cloud has."""
    stream = module.values("aws_kinesis_firehose_delivery_stream.events")
    job = module.values("aws_glue_job.to_parquet")
    crawler = module.values("aws_glue_crawler.events")
    workgroup = module.values("aws_athena_workgroup.reports")
    tables = module.values("aws_glue_catalog_table.projected")
    return {
        "buckets": sorted(bucket["bucket"] for bucket in module.values("aws_s3_bucket.this").values()),
        "roles": dict(_roles(module)),
        "stream": {stream["name"]: _destination(stream)},
        "job": {job["name"]: _job(job)},
        "crawler": {crawler["name"]: _crawler(crawler)},
        "workgroup": {workgroup["name"]: _workgroup(workgroup)},
        "database": module.values("aws_glue_catalog_database.this")["name"],
        "tables": {table["name"]: _table(table) for table in tables.values()},
        "settings": _without(CLOUD_ONLY_SETTINGS, module.output("airflow_environment_variables")),
        "artifacts": dict(_artifacts(module)),
    }


def _roles(module: Module) -> Iterator[tuple[str, Any]]:
    for role in ("firehose", "glue_job", "crawler", "mwaa"):
        values = module.values(f"aws_iam_role.{role}")
        for one in [values] if "name" in values else values.values():
            (statement,) = json.loads(one["assume_role_policy"])["Statement"]
            services = statement["Principal"]["Service"]
            yield one["name"], services if isinstance(services, list) else [services]


def _destination(stream: dict[str, Any]) -> dict[str, Any]:
    (s3,) = stream["extended_s3_configuration"]
    (processing,) = s3["processing_configuration"]
    return {
        "RoleARN": s3["role_arn"],
        "BucketARN": s3["bucket_arn"],
        "Prefix": s3["prefix"],
        "ErrorOutputPrefix": s3["error_output_prefix"],
        "BufferingHints": {"SizeInMBs": s3["buffering_size"], "IntervalInSeconds": s3["buffering_interval"]},
        "CompressionFormat": s3["compression_format"],
        "ProcessingConfiguration": {
            "Enabled": processing["enabled"],
            "Processors": [_processor(processor) for processor in processing["processors"]],
        },
    }


def _processor(processor: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"ParameterName": parameter["parameter_name"], "ParameterValue": parameter["parameter_value"]}
        for parameter in processor["parameters"]
    ]
    return {"Type": processor["type"], "Parameters": parameters}


def _job(job: dict[str, Any]) -> dict[str, Any]:
    (command,), (execution,) = job["command"], job["execution_property"]
    arguments, cloud_only = job["default_arguments"], CLOUD_ONLY["aws_glue_job.to_parquet"]
    return {
        "Role": job["role_arn"],
        "Description": job["description"],
        "GlueVersion": job["glue_version"],
        "Command": {
            "Name": command.get("name", "glueetl"),
            "ScriptLocation": command["script_location"],
            "PythonVersion": command["python_version"],
        },
        "DefaultArguments": {k: v for k, v in arguments.items() if f"default_arguments.{k}" not in cloud_only},
        "ExecutionProperty": {"MaxConcurrentRuns": execution["max_concurrent_runs"]},
        "Timeout": job["timeout"],
        "WorkerType": job["worker_type"],
        "NumberOfWorkers": job["number_of_workers"],
        "MaxRetries": job["max_retries"],
    }


def _crawler(crawler: dict[str, Any]) -> dict[str, Any]:
    (policy,), (recrawl,) = crawler["schema_change_policy"], crawler["recrawl_policy"]
    return {
        "Role": crawler["role"],
        "DatabaseName": crawler["database_name"],
        "Description": crawler["description"],
        "Targets": {
            "S3Targets": [
                {"Path": target["path"], "Exclusions": target["exclusions"]} for target in crawler["s3_target"]
            ]
        },
        "SchemaChangePolicy": {
            "UpdateBehavior": policy["update_behavior"],
            "DeleteBehavior": policy["delete_behavior"],
        },
        "RecrawlPolicy": {"RecrawlBehavior": recrawl["recrawl_behavior"]},
        "Configuration": json.loads(crawler["configuration"]),
    }


def _workgroup(workgroup: dict[str, Any]) -> dict[str, Any]:
    (configuration,) = workgroup["configuration"]
    (result,), (engine,) = configuration["result_configuration"], configuration["engine_version"]
    return {
        "EnforceWorkGroupConfiguration": configuration["enforce_workgroup_configuration"],
        "PublishCloudWatchMetricsEnabled": configuration["publish_cloudwatch_metrics_enabled"],
        "BytesScannedCutoffPerQuery": configuration["bytes_scanned_cutoff_per_query"],
        "ResultConfiguration": {"OutputLocation": result["output_location"]},
        "EngineVersion": {"SelectedEngineVersion": engine["selected_engine_version"]},
    }


def _table(table: dict[str, Any]) -> dict[str, Any]:
    (storage,) = table["storage_descriptor"]
    (serde,) = storage["ser_de_info"]
    return {
        "Name": table["name"],
        "Description": table["description"],
        "TableType": table["table_type"],
        "Parameters": table["parameters"],
        "StorageDescriptor": {
            "Columns": [{"Name": column["name"], "Type": column["type"]} for column in storage["columns"]],
            "Location": storage["location"],
            "InputFormat": storage["input_format"],
            "OutputFormat": storage["output_format"],
            "SerdeInfo": {
                "SerializationLibrary": serde["serialization_library"],
                "Parameters": serde["parameters"],
            },
        },
        "PartitionKeys": [{"Name": key["name"], "Type": key["type"]} for key in table["partition_keys"]],
    }


def _artifacts(module: Module) -> Iterator[tuple[str, Any]]:
    script = module.values("aws_s3_object.glue_script")
    yield script["key"], Path(script["source"]).read_text(encoding="utf-8")
    archive = module.instances("data", "archive_file", "glue_modules")
    assert isinstance(archive, Instance)
    yield (
        module.values("aws_s3_object.glue_modules")["key"],
        {source["filename"]: source["content"] for source in archive.values()["source"]},
    )


def differences(terraform: Any, local: Any, place: str = "") -> list[str]:
    """What one side says and the other does not, by its place."""
    if isinstance(terraform, dict) and isinstance(local, dict):
        found = []
        for key in sorted({*terraform, *local}, key=str):
            at = f"{place}.{key}" if place else str(key)
            if key in terraform and key in local:
                found += differences(terraform[key], local[key], at)
            else:
                found.append(f"{at}: only {'Terraform' if key in terraform else 'local_aws'} has it")
        return found
    if isinstance(terraform, list) and isinstance(local, list) and len(terraform) == len(local):
        pairs = enumerate(zip(terraform, local, strict=True))
        return [line for index, (a, b) in pairs for line in differences(a, b, f"{place}[{index}]")]
    return [] if terraform == local else [f"{place}: {terraform!r} in Terraform, {local!r} in local_aws"]
