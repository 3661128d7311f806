"""The types of resource that are made, and which of their arguments are sent. What is not sent says why."""

from __future__ import annotations

from local_terraform.resources.arguments import (
    Argument,
    Blocks,
    NotSent,
    OneBlock,
    Rules,
    flag,
    number,
    text,
    text_map,
    texts,
)

_NO_KEY = NotSent("there is no key: nothing is encrypted on one's own disk")
# Arguments of Glue's own whose values only the cloud can use.
_JOB_ARGUMENTS_NOT_SENT = {
    "--enable-spark-ui": "there is no Spark history server",
    "--spark-event-logs-path": "there is no Spark history server",
}


def _job_arguments(values: dict[str, str]) -> dict[str, str]:
    sent: dict[str, str] = text_map("").convert(values)
    return {name: value for name, value in sent.items() if name not in _JOB_ARGUMENTS_NOT_SENT}


_PARAMETER: Rules = {"parameter_name": text("ParameterName"), "parameter_value": text("ParameterValue")}
_PROCESSOR: Rules = {"type": text("Type"), "parameters": Blocks("Parameters", _PARAMETER)}
_DESTINATION: Rules = {
    "role_arn": text("RoleARN"),
    "bucket_arn": text("BucketARN"),
    "prefix": text("Prefix"),
    "error_output_prefix": text("ErrorOutputPrefix"),
    "buffering_size": number("BufferingHints.SizeInMBs"),
    "buffering_interval": number("BufferingHints.IntervalInSeconds"),
    "compression_format": text("CompressionFormat"),
    "processing_configuration": OneBlock(
        "ProcessingConfiguration", {"enabled": flag("Enabled"), "processors": Blocks("Processors", _PROCESSOR)}
    ),
    "kms_key_arn": _NO_KEY,
    "cloudwatch_logging_options": NotSent("logs are files"),
}
_WORKGROUP_CONFIGURATION: Rules = {
    "enforce_workgroup_configuration": flag("EnforceWorkGroupConfiguration"),
    "publish_cloudwatch_metrics_enabled": flag("PublishCloudWatchMetricsEnabled"),
    "bytes_scanned_cutoff_per_query": number("BytesScannedCutoffPerQuery"),
    "engine_version": OneBlock("EngineVersion", {"selected_engine_version": text("SelectedEngineVersion")}),
    "result_configuration": OneBlock(
        "ResultConfiguration",
        {
            "output_location": text("OutputLocation"),
            "expected_bucket_owner": NotSent("there is one owner"),
            "encryption_configuration": _NO_KEY,
        },
    ),
}
_COLUMN: Rules = {"name": text("Name"), "type": text("Type"), "comment": text("Comment")}
_STORAGE: Rules = {
    "columns": Blocks("Columns", _COLUMN),
    "location": text("Location"),
    "input_format": text("InputFormat"),
    "output_format": text("OutputFormat"),
    "ser_de_info": OneBlock(
        "SerdeInfo", {"serialization_library": text("SerializationLibrary"), "parameters": text_map("Parameters")}
    ),
}

# type -> its arguments. They are made in this order.
PROVISIONED: dict[str, Rules] = {
    "aws_iam_role": {
        "name": text("RoleName"),
        "description": text("Description"),
        "assume_role_policy": text("AssumeRolePolicyDocument"),
    },
    "aws_s3_bucket": {
        "bucket": text("Bucket"),
        "force_destroy": NotSent("deleting the state folder destroys it"),
    },
    "aws_s3_object": {
        "bucket": text("Bucket"),
        "key": text("Key"),
        "content_type": text("ContentType"),
        "source": NotSent("its bytes are sent"),
        "content": NotSent("its bytes are sent"),
        "content_base64": NotSent("its bytes are sent"),
        "source_hash": NotSent("S3's own ETag tells whether it differs"),
        "kms_key_id": _NO_KEY,
        "override_provider": NotSent("a local AWS gets no tags"),
    },
    "aws_kinesis_firehose_delivery_stream": {
        "name": text("DeliveryStreamName"),
        "destination": NotSent("every stream delivers to S3"),
        "extended_s3_configuration": OneBlock("ExtendedS3DestinationConfiguration", _DESTINATION),
        "server_side_encryption": _NO_KEY,
    },
    "aws_glue_job": {
        "name": text("Name"),
        "description": text("Description"),
        "role_arn": text("Role"),
        "glue_version": text("GlueVersion"),
        "worker_type": text("WorkerType"),
        "number_of_workers": number("NumberOfWorkers"),
        "timeout": number("Timeout"),
        "max_retries": number("MaxRetries"),
        "command": OneBlock(
            "Command",
            {"name": text("Name"), "script_location": text("ScriptLocation"), "python_version": text("PythonVersion")},
        ),
        "execution_property": OneBlock("ExecutionProperty", {"max_concurrent_runs": number("MaxConcurrentRuns")}),
        "default_arguments": Argument("DefaultArguments", _job_arguments),
        "security_configuration": _NO_KEY,
    },
    "aws_glue_catalog_database": {"name": text("Name"), "description": text("Description")},
    "aws_glue_catalog_table": {
        "name": text("Name"),
        "database_name": text("DatabaseName"),
        "description": text("Description"),
        "table_type": text("TableType"),
        "parameters": text_map("Parameters"),
        "partition_keys": Blocks("PartitionKeys", _COLUMN),
        "storage_descriptor": OneBlock("StorageDescriptor", _STORAGE),
    },
    "aws_glue_crawler": {
        "name": text("Name"),
        "description": text("Description"),
        "role": text("Role"),
        "database_name": text("DatabaseName"),
        "configuration": text("Configuration"),
        "s3_target": Blocks("Targets.S3Targets", {"path": text("Path"), "exclusions": texts("Exclusions")}),
        "schema_change_policy": OneBlock(
            "SchemaChangePolicy", {"update_behavior": text("UpdateBehavior"), "delete_behavior": text("DeleteBehavior")}
        ),
        "recrawl_policy": OneBlock("RecrawlPolicy", {"recrawl_behavior": text("RecrawlBehavior")}),
        "security_configuration": _NO_KEY,
    },
    "aws_athena_workgroup": {
        "name": text("Name"),
        "description": text("Description"),
        "configuration": OneBlock("Configuration", _WORKGROUP_CONFIGURATION),
        "force_destroy": NotSent("deleting the state folder destroys it"),
    },
}
