"""What contract.json says of each resource, as the arguments of the AWS call that creates it."""

from __future__ import annotations

import json
from typing import Any

from clickstream.contract import Column, Contract, Report, Table
from clickstream_dev.resource_names import ResourceNames

_TRUSTED_SERVICES = {
    "firehose": ["firehose.amazonaws.com"],
    "glue-job": ["glue.amazonaws.com"],
    "crawler": ["glue.amazonaws.com"],
    "mwaa": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"],
}


def trust_policy(role: str) -> str:
    """The document that lets the role's own service assume it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": _TRUSTED_SERVICES[role]},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def stream_destination(contract: Contract, names: ResourceNames) -> dict[str, Any]:
    """The delivery stream's extended S3 destination."""
    firehose = contract.firehose
    delimiter = {
        "Type": "AppendDelimiterToRecord",
        "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": contract.firehose["delimiter"]}],
    }
    return {
        "RoleARN": names.role_arn("firehose"),
        "BucketARN": f"arn:aws:s3:::{names.raw_bucket}",
        "Prefix": firehose["prefix"],
        "ErrorOutputPrefix": firehose["error_prefix"],
        "BufferingHints": {
            "SizeInMBs": firehose["buffer_size_mib"],
            "IntervalInSeconds": firehose["buffer_interval_s"],
        },
        "CompressionFormat": firehose["compression"],
        "ProcessingConfiguration": {"Enabled": True, "Processors": [delimiter]},
    }


def job(contract: Contract, names: ResourceNames) -> dict[str, Any]:
    """The Glue job, without its name."""
    glue = contract.glue
    artifacts = f"s3://{names.artifacts_bucket}/"
    return {
        "Role": names.role_arn("glue-job"),
        "Description": glue["description"],
        "GlueVersion": contract.versions["glue"],
        "Command": {"Name": "glueetl", "ScriptLocation": artifacts + glue["script_key"], "PythonVersion": "3"},
        "DefaultArguments": {
            "--raw_bucket": names.raw_bucket,
            "--processed_bucket": names.processed_bucket,
            "--extra-py-files": artifacts + glue["modules_key"],
            "--custom-logGroup-prefix": glue["log_group_prefix"] + names.glue_job,
            **glue["default_arguments"],
        },
        "ExecutionProperty": {"MaxConcurrentRuns": glue["max_concurrent_runs"]},
        "Timeout": glue["timeout_minutes"],
        "WorkerType": glue["worker_type"],
        "NumberOfWorkers": glue["worker_count"],
        "MaxRetries": glue["max_retries"],
    }


def crawler(contract: Contract, names: ResourceNames) -> dict[str, Any]:
    """The crawler over the events folder, without its name."""
    target = {
        "Path": f"s3://{names.processed_bucket}/{contract.tables[contract.crawler['table']].prefix}",
        "Exclusions": contract.crawler["exclusions"],
    }
    return {
        "Role": names.role_arn("crawler"),
        "DatabaseName": names.database,
        "Description": contract.crawler["description"],
        "Targets": {"S3Targets": [target]},
        "SchemaChangePolicy": contract.crawler["schema_change_policy"],
        "RecrawlPolicy": {"RecrawlBehavior": contract.crawler["recrawl_behavior"]},
        "Configuration": json.dumps(contract.crawler["configuration"]),
    }


def workgroup_configuration(contract: Contract, names: ResourceNames) -> dict[str, Any]:
    """The configuration of the workgroup that the reports run in."""
    return {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": contract.athena["publish_metrics"],
        "BytesScannedCutoffPerQuery": contract.athena["bytes_scanned_cutoff"],
        "ResultConfiguration": {"OutputLocation": f"s3://{names.reports_bucket}/{contract.athena['results_prefix']}"},
        "EngineVersion": {"SelectedEngineVersion": contract.versions["athena_engine"]},
    }


def tables(contract: Contract, names: ResourceNames) -> list[dict[str, Any]]:
    """The tables that need no crawler, because their partitions are projected: ledger, quarantine and the reports."""
    projected = [table for name, table in contract.tables.items() if name != contract.crawler["table"]]
    return [_contract_table(table, contract, names) for table in projected] + [
        _report_table(report, contract, names) for report in contract.reports
    ]


def _contract_table(table: Table, contract: Contract, names: ResourceNames) -> dict[str, Any]:
    return _table(
        name=table.name,
        description=table.description,
        columns=table.columns,
        partition_key=table.partition_keys[0],
        location=f"s3://{names.processed_bucket}/{table.prefix}",
        table_format=table.format,
        catalog=contract.catalog,
    )


def _report_table(report: Report, contract: Contract, names: ResourceNames) -> dict[str, Any]:
    return _table(
        name=report.name,
        description=report.title,
        columns=report.columns,
        partition_key=report.partition_key,
        location=f"s3://{names.reports_bucket}/{report.prefix}",
        table_format="parquet",
        catalog=contract.catalog,
    )


def _table(
    *,
    name: str,
    description: str,
    columns: tuple[Column, ...],
    partition_key: Column,
    location: str,
    table_format: str,
    catalog: dict[str, Any],
) -> dict[str, Any]:
    key = partition_key.name
    storage = catalog["formats"][table_format]
    return {
        "Name": name,
        "Description": description,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": table_format,
            "projection.enabled": "true",
            f"projection.{key}.type": "date",
            f"projection.{key}.format": "yyyy-MM-dd",
            f"projection.{key}.range": f"{catalog['first_projected_date']},NOW",
            f"projection.{key}.interval": "1",
            f"projection.{key}.interval.unit": "DAYS",
            "storage.location.template": f"{location}{key}=${{{key}}}/",
        },
        "StorageDescriptor": {
            "Columns": [{"Name": column.name, "Type": column.type} for column in columns],
            "Location": location,
            "InputFormat": storage["input_format"],
            "OutputFormat": storage["output_format"],
            "SerdeInfo": {"SerializationLibrary": storage["serde"], "Parameters": {"serialization.format": "1"}},
        },
        "PartitionKeys": [{"Name": key, "Type": partition_key.type}],
    }
