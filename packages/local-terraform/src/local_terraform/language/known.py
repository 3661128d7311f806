"""What can be known of AWS before anything is made: the account, and the ARNs that follow from a resource's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_terraform.account import Account

# type -> ARN from the resource's own arguments, as AWS documents it. A key, a VPC or a version gets its name from AWS.
_ARNS = {
    "aws_athena_workgroup": "arn:aws:athena:{at}:workgroup/{name}",
    "aws_cloudwatch_log_group": "arn:aws:logs:{at}:log-group:{name}",
    "aws_glue_catalog_database": "arn:aws:glue:{at}:database/{name}",
    "aws_glue_crawler": "arn:aws:glue:{at}:crawler/{name}",
    "aws_glue_job": "arn:aws:glue:{at}:job/{name}",
    "aws_iam_policy": "arn:aws:iam::{account}:policy/{name}",
    "aws_iam_role": "arn:aws:iam::{account}:role/{name}",
    "aws_kinesis_firehose_delivery_stream": "arn:aws:firehose:{at}:deliverystream/{name}",
    "aws_s3_bucket": "arn:aws:s3:::{name}",
    "aws_sfn_state_machine": "arn:aws:states:{at}:stateMachine:{name}",
    "aws_sns_topic": "arn:aws:sns:{at}:{name}",
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


@dataclass(frozen=True)
class FileInBase64:
    """Stands for a file's bytes in Base64: the file may be an archive, which nobody has written."""

    path: str


def data_attribute(
    kind: str, attribute: str, account: Account, argument: Callable[[str], Any]
) -> str | FileInBase64 | None:
    """What a data source of that type says; None where only AWS could tell.

    :param argument: gives one of the data source's own arguments
    """
    if (kind, attribute) == ("local_file", "content_base64"):
        return FileInBase64(str(argument("filename")))
    known = {
        "aws_caller_identity": {"account_id": account.id, "id": account.id},
        "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
        "aws_region": {"region": account.region, "name": account.region},
    }
    return known.get(kind, {}).get(attribute)


def resource_attribute(kind: str, attribute: str, account: Account, argument: Callable[[str], Any]) -> str | None:
    """What AWS adds to a resource of that type; None where nobody knows before it is made.

    :param argument: gives one of the resource's own arguments
    """
    if attribute == "arn" and kind in _ARNS:
        name = argument("bucket" if kind == "aws_s3_bucket" else "name")
        return _ARNS[kind].format(at=f"{account.region}:{account.id}", account=account.id, name=name)
    if attribute == "id" and kind in _IDS:
        return str(argument(_IDS[kind]))
    return None
