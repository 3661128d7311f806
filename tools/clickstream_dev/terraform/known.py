"""What can be known of AWS before anything is made: the account, and the ARNs that follow from a resource's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.settings import ACCOUNT_ID, REGION

_AT = f"{REGION}:{ACCOUNT_ID}"
DATA_SOURCES: dict[str, dict[str, str]] = {
    "aws_caller_identity": {"account_id": ACCOUNT_ID, "id": ACCOUNT_ID},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_region": {"region": REGION, "name": REGION},
}
# type -> ARN from the resource's own arguments, as AWS documents it. A key, a VPC or a version gets its name from AWS.
_ARNS = {
    "aws_athena_workgroup": f"arn:aws:athena:{_AT}:workgroup/{{name}}",
    "aws_cloudwatch_log_group": f"arn:aws:logs:{_AT}:log-group:{{name}}",
    "aws_glue_catalog_database": f"arn:aws:glue:{_AT}:database/{{name}}",
    "aws_glue_crawler": f"arn:aws:glue:{_AT}:crawler/{{name}}",
    "aws_glue_job": f"arn:aws:glue:{_AT}:job/{{name}}",
    "aws_iam_policy": f"arn:aws:iam::{ACCOUNT_ID}:policy/{{name}}",
    "aws_iam_role": f"arn:aws:iam::{ACCOUNT_ID}:role/{{name}}",
    "aws_kinesis_firehose_delivery_stream": f"arn:aws:firehose:{_AT}:deliverystream/{{name}}",
    "aws_s3_bucket": "arn:aws:s3:::{bucket}",
    "aws_sfn_state_machine": f"arn:aws:states:{_AT}:stateMachine:{{name}}",
    "aws_sns_topic": f"arn:aws:sns:{_AT}:{{name}}",
}
# type -> the argument that the provider gives out as `id`
_IDS = {
    "aws_athena_workgroup": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_glue_crawler": "name",
    "aws_glue_job": "name",
    "aws_iam_role": "name",
    "aws_s3_bucket": "bucket",
}


def attribute_of(kind: str, attribute: str, argument: Callable[[str], Any]) -> str | None:
    """What AWS adds to a resource of that type; None where nobody knows before it is made.

    :param argument: gives one of the resource's own arguments
    """
    if attribute == "arn" and kind in _ARNS:
        name = "bucket" if kind == "aws_s3_bucket" else "name"
        return _ARNS[kind].format(**{name: argument(name)})
    if attribute == "id" and kind in _IDS:
        return str(argument(_IDS[kind]))
    return None
