"""``iac/`` as the local AWS gets it: with which variables, and what it does without."""

from __future__ import annotations

from pathlib import Path

from clickstream_dev.paths import REPOSITORY
from local_aws.settings import ACCOUNT_ID, REGION
from local_terraform import Account, Desired, Module
from local_terraform import desired_state as desired_state_of

LOCAL_ENVIRONMENT = "local"
_NO_KEY = "there is no key: nothing is encrypted on one's own disk"
_NO_MWAA = "Airflow reads the DAGs, the SQL and the plugins of the checkout itself"
_NOT_ALLOWED = "everything is allowed to everybody; tests/iac holds the recorded calls against the policies"
_NOT_WATCHED = "a local run tells on the screen"
_NO_NETWORK = "everything is on one machine"
# Type, or type.name, of each resource that is not made there -> why. tests/tools/test_desired.py holds it against iac/.
NOT_PROVISIONED: dict[str, str] = {
    "aws_athena_named_query": "sql/sample_queries.sql is at hand",
    "aws_budgets_budget": "it costs nothing",
    "aws_cloudwatch_dashboard": _NOT_WATCHED,
    "aws_cloudwatch_event_rule": _NOT_WATCHED,
    "aws_cloudwatch_event_target": _NOT_WATCHED,
    "aws_cloudwatch_log_group": "logs are files",
    "aws_cloudwatch_log_stream": "logs are files",
    "aws_cloudwatch_metric_alarm": _NOT_WATCHED,
    "aws_default_security_group": _NO_NETWORK,
    "aws_eip": _NO_NETWORK,
    "aws_flow_log": _NO_NETWORK,
    "aws_glue_security_configuration": _NO_KEY,
    "aws_iam_policy": _NOT_ALLOWED,
    "aws_iam_role.flow_log": _NO_NETWORK,
    "aws_iam_role.freshness_check": _NOT_WATCHED,
    "aws_iam_role.freshness_schedule": _NOT_WATCHED,
    "aws_iam_role_policy": _NOT_ALLOWED,
    "aws_iam_role_policy_attachment": _NOT_ALLOWED,
    "aws_internet_gateway": _NO_NETWORK,
    "aws_kms_alias": _NO_KEY,
    "aws_kms_key": _NO_KEY,
    "aws_mwaa_environment": "there is no MWAA; dag_settings.py takes the DAGs' settings from it",
    "aws_nat_gateway": _NO_NETWORK,
    "aws_route": _NO_NETWORK,
    "aws_route_table": _NO_NETWORK,
    "aws_route_table_association": _NO_NETWORK,
    "aws_s3_bucket_lifecycle_configuration": "nothing grows old there",
    "aws_s3_bucket_logging": "it is off unless a deployment names a bucket for it",
    "aws_s3_bucket_ownership_controls": "there is one owner",
    "aws_s3_bucket_policy": "moto denies everybody what the policy denies without TLS",
    "aws_s3_bucket_public_access_block": "nobody else can reach it",
    "aws_s3_bucket_server_side_encryption_configuration": _NO_KEY,
    "aws_s3_bucket_versioning": "the buckets are folders to look into: one file for each object",
    "aws_s3_object.dags": _NO_MWAA,
    "aws_s3_object.plugins": _NO_MWAA,
    "aws_s3_object.requirements": _NO_MWAA,
    "aws_scheduler_schedule": _NOT_WATCHED,
    "aws_scheduler_schedule_group": _NOT_WATCHED,
    "aws_security_group": _NO_NETWORK,
    "aws_sfn_state_machine": _NOT_WATCHED,
    "aws_sns_topic": _NOT_WATCHED,
    "aws_sns_topic_policy": _NOT_WATCHED,
    "aws_sns_topic_subscription": _NOT_WATCHED,
    "aws_subnet": _NO_NETWORK,
    "aws_vpc": _NO_NETWORK,
    "aws_vpc_endpoint": _NO_NETWORK,
    "aws_vpc_security_group_egress_rule": _NO_NETWORK,
    "aws_vpc_security_group_ingress_rule": _NO_NETWORK,
    "terraform_data.destroy_guard": "nothing is destroyed there but by deleting the state folder",
}


def local_variables(environment: str = LOCAL_ENVIRONMENT) -> dict[str, str]:
    """Terraform's variables for the local AWS; every other one has its default."""
    return {
        "environment": environment,
        "aws_region": REGION,
        # Nobody else has buckets there.
        "bucket_suffix": "",
    }


def local_module(
    repository: Path = REPOSITORY, environment: str = LOCAL_ENVIRONMENT, *, has_placeholders: bool = False
) -> Module:
    """``iac/`` of a checkout with those variables."""
    return Module(
        repository / "iac",
        local_variables(environment),
        account=Account(ACCOUNT_ID, REGION),
        has_placeholders=has_placeholders,
    )


def desired_state(repository: Path = REPOSITORY, environment: str = LOCAL_ENVIRONMENT) -> Desired:
    """Evaluate ``iac/`` of a checkout.

    :raises TerraformError: if it can't be evaluated; the message begins with file and line
    """
    return desired_state_of(local_module(repository, environment), NOT_PROVISIONED)
