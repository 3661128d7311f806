"""Resource type -> API calls, argument -> member: what works on events and reports.

What the local AWS is created with is taken from its own rules; what it does not get is added.
"""

from __future__ import annotations

from dataclasses import replace

from local_terraform.resources.arguments import Argument, Blocks, NotSent, OneBlock, Rules, flag, text, text_map
from local_terraform.resources.types import PROVISIONED
from tests.iac.rendered.calls import Call
from tests.iac.rendered.tags import tag_list, tag_map

_ON_DESTROY = NotSent("Terraform's own: it matters when the resource is destroyed")
_GLUE_ENCRYPTION: Rules = {
    "s3_encryption": Blocks(
        "S3Encryption", {"s3_encryption_mode": text("S3EncryptionMode"), "kms_key_arn": text("KmsKeyArn")}
    ),
    "cloudwatch_encryption": OneBlock(
        "CloudWatchEncryption",
        {"cloudwatch_encryption_mode": text("CloudWatchEncryptionMode"), "kms_key_arn": text("KmsKeyArn")},
    ),
    "job_bookmarks_encryption": OneBlock(
        "JobBookmarksEncryption",
        {"job_bookmarks_encryption_mode": text("JobBookmarksEncryptionMode"), "kms_key_arn": text("KmsKeyArn")},
    ),
}


def _within(rule: object, **rules: Argument | OneBlock | Blocks | NotSent) -> OneBlock:
    """The same nested block with rules for what the local AWS does not get."""
    assert isinstance(rule, OneBlock)
    return OneBlock(rule.key, {**rule.rules, **rules})


def _inside(member: str, rule: Argument | OneBlock | Blocks | NotSent) -> Argument | OneBlock | Blocks | NotSent:
    return rule if isinstance(rule, NotSent) else replace(rule, key=f"{member}.{rule.key}")


_FIREHOSE = PROVISIONED["aws_kinesis_firehose_delivery_stream"]
_WORKGROUP = PROVISIONED["aws_athena_workgroup"]
_WORKGROUP_CONFIGURATION = _WORKGROUP["configuration"]
assert isinstance(_WORKGROUP_CONFIGURATION, OneBlock)
_DELIVERY_LOG: Rules = {
    "enabled": flag("Enabled"),
    "log_group_name": text("LogGroupName"),
    "log_stream_name": text("LogStreamName"),
}
_RESULT_ENCRYPTION: Rules = {"encryption_option": text("EncryptionOption"), "kms_key_arn": text("KmsKey")}

PIPELINE: dict[str, tuple[Call, ...]] = {
    "aws_athena_named_query": (
        Call(
            "athena",
            "CreateNamedQuery",
            {
                "name": text("Name"),
                "workgroup": text("WorkGroup"),
                "database": text("Database"),
                "query": text("QueryString"),
            },
        ),
    ),
    "aws_athena_workgroup": (
        Call(
            "athena",
            "CreateWorkGroup",
            {
                **_WORKGROUP,
                "force_destroy": _ON_DESTROY,
                "configuration": _within(
                    _WORKGROUP_CONFIGURATION,
                    result_configuration=_within(
                        _WORKGROUP_CONFIGURATION.rules["result_configuration"],
                        expected_bucket_owner=text("ExpectedBucketOwner"),
                        encryption_configuration=OneBlock("EncryptionConfiguration", _RESULT_ENCRYPTION),
                    ),
                ),
            },
            tags=tag_list("Tags"),
        ),
    ),
    "aws_glue_catalog_database": (
        Call(
            "glue",
            "CreateDatabase",
            {"name": text("DatabaseInput.Name"), "description": text("DatabaseInput.Description")},
            tags=tag_map("Tags"),
        ),
    ),
    "aws_glue_catalog_table": (
        Call(
            "glue",
            "CreateTable",
            {
                name: rule if name == "database_name" else _inside("TableInput", rule)
                for name, rule in PROVISIONED["aws_glue_catalog_table"].items()
            },
        ),
    ),
    "aws_glue_crawler": (
        Call(
            "glue",
            "CreateCrawler",
            {**PROVISIONED["aws_glue_crawler"], "security_configuration": text("CrawlerSecurityConfiguration")},
            tags=tag_map("Tags"),
        ),
    ),
    "aws_glue_job": (
        Call(
            "glue",
            "CreateJob",
            {
                **PROVISIONED["aws_glue_job"],
                "default_arguments": text_map("DefaultArguments"),
                "security_configuration": text("SecurityConfiguration"),
            },
            tags=tag_map("Tags"),
        ),
    ),
    "aws_glue_security_configuration": (
        Call(
            "glue",
            "CreateSecurityConfiguration",
            {"name": text("Name"), "encryption_configuration": OneBlock("EncryptionConfiguration", _GLUE_ENCRYPTION)},
        ),
    ),
    "aws_kinesis_firehose_delivery_stream": (
        Call(
            "firehose",
            "CreateDeliveryStream",
            {
                **_FIREHOSE,
                "destination": NotSent("the configuration's own name says it"),
                "server_side_encryption": OneBlock(
                    "DeliveryStreamEncryptionConfigurationInput",
                    {
                        "enabled": NotSent("that it is sent says it"),
                        "key_type": text("KeyType"),
                        "key_arn": text("KeyARN"),
                    },
                ),
                "extended_s3_configuration": _within(
                    _FIREHOSE["extended_s3_configuration"],
                    kms_key_arn=text("EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN"),
                    cloudwatch_logging_options=OneBlock("CloudWatchLoggingOptions", _DELIVERY_LOG),
                ),
            },
            fixed=lambda instance: {"DeliveryStreamType": "DirectPut"},
            tags=tag_list("Tags"),
        ),
    ),
}
