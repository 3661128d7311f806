"""Every type of resource of iac/ is taken through the provider's calls: create, read back, change, delete.

Each test takes one type of resource through the provider's own sequence, with the arguments that it sends, and asserts
on what it compares with them afterwards: a value that does not come back the same is a change in every further plan, or
a wait that never ends.
"""

from __future__ import annotations

import re

from tests.iac.terraform_calls.provider import ACCOUNT, IAC, Client

# The types that the tests of this folder take through their calls; a resource of another type needs a test here first.
COVERED_TYPES = {
    "aws_athena_named_query",
    "aws_athena_workgroup",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_stream",
    "aws_cloudwatch_metric_alarm",
    "aws_glue_catalog_database",
    "aws_glue_catalog_table",
    "aws_glue_crawler",
    "aws_glue_job",
    "aws_glue_security_configuration",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_kinesis_firehose_delivery_stream",
    "aws_kms_alias",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
    "aws_scheduler_schedule",
    "aws_scheduler_schedule_group",
    "aws_sfn_state_machine",
    "aws_sns_topic",
    "aws_sns_topic_policy",
}
# What `make tf-local` leaves out: there is no MWAA, no budget and no address for mail. terraform_data makes no calls.
NOT_APPLIED_TYPES = {"aws_budgets_budget", "aws_mwaa_environment", "aws_sns_topic_subscription", "terraform_data"}
NETWORK_FILES = {"network.tf", "network_endpoints.tf"}


def test_every_type_of_resource_that_is_applied_locally_has_a_test_here() -> None:
    files = [file for file in IAC.glob("*.tf") if file.name not in NETWORK_FILES]
    types = {match for file in files for match in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)}
    assert sorted(types - NOT_APPLIED_TYPES - COVERED_TYPES) == []


def test_caller_identity(aws: Client) -> None:
    assert aws("sts").get_caller_identity()["Account"] == ACCOUNT
