"""Creates what is missing and updates what differs, for each type of resource."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local_terraform.desired import Resource

ClientFactory = Callable[[str], Any]
# What was done, in the words of the log; None: nothing had to be.
Done = str | None
_Arguments = Callable[[dict[str, Any]], dict[str, Any]]
_Apply = Callable[[Any, dict[str, Any]], Done]


def apply_resource(client: ClientFactory, resource: Resource) -> Done:
    """Make one resource what its arguments say.

    :param client: gives a boto3 client by the service's name
    :raises ClientError: if AWS refuses
    """
    service, apply = _APPLIED[resource.kind]
    return apply(client(service), dict(resource.arguments))


def _role(iam: Any, wanted: dict[str, Any]) -> Done:
    name = wanted["RoleName"]
    try:
        existing = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(**wanted)
        return f"created the role {name}"
    done = None
    policy = wanted["AssumeRolePolicyDocument"]
    if existing["AssumeRolePolicyDocument"] != json.loads(policy):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy)
        done = f"updated the role {name}"
    if existing.get("Description", "") != wanted.get("Description", ""):
        iam.update_role(RoleName=name, Description=wanted.get("Description", ""))
        done = f"updated the role {name}"
    return done


def _bucket(s3: Any, wanted: dict[str, Any]) -> Done:
    try:
        s3.head_bucket(**wanted)
    except ClientError as error:
        if not _is_missing(error):
            raise
        region = s3.meta.region_name
        # S3 takes every region but this one by its name.
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(**wanted, **where)
        return f"created the bucket {wanted['Bucket']}"
    return None


def _object(s3: Any, wanted: dict[str, Any]) -> Done:
    bucket, key = wanted["Bucket"], wanted["Key"]
    etag = f'"{hashlib.md5(wanted["Body"], usedforsecurity=False).hexdigest()}"'
    try:
        existing = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if not _is_missing(error):
            raise
        existing = {}
    if existing.get("ETag") == etag and existing["ContentType"] == wanted.get("ContentType", existing["ContentType"]):
        return None
    s3.put_object(**wanted)
    return f"uploaded s3://{bucket}/{key}"


def _is_missing(error: ClientError) -> bool:
    return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 404)


def _stream(firehose: Any, wanted: dict[str, Any]) -> Done:
    name, destination = wanted["DeliveryStreamName"], wanted["ExtendedS3DestinationConfiguration"]
    try:
        description = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    except firehose.exceptions.ResourceNotFoundException:
        firehose.create_delivery_stream(DeliveryStreamType="DirectPut", **wanted)
        return f"created the delivery stream {name}"
    (existing,) = description["Destinations"]
    if _holds(existing["ExtendedS3DestinationDescription"], destination):
        return None
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=description["VersionId"],
        DestinationId=existing["DestinationId"],
        ExtendedS3DestinationUpdate=destination,
    )
    return f"updated the delivery stream {name}"


def _in_glue(noun: str, key: _Arguments, create: _Arguments, update: _Arguments) -> _Apply:
    """What makes a resource of Glue's, whose calls are ``get_<noun>``, ``create_<noun>`` and ``update_<noun>``.

    :param key: the arguments of the first, from what is wanted; then those of the others
    """

    def apply(glue: Any, wanted: dict[str, Any]) -> Done:
        said = f"the {noun} {'.'.join(key(wanted).values())}"
        try:
            existing = getattr(glue, f"get_{noun}")(**key(wanted))[noun.title()]
        except glue.exceptions.EntityNotFoundException:
            getattr(glue, f"create_{noun}")(**create(wanted))
            return f"created {said}"
        if _holds(existing, wanted):
            return None
        getattr(glue, f"update_{noun}")(**update(wanted))
        return f"updated {said}"

    return apply


def _name(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"Name": wanted["Name"]}


def _job_name(job: dict[str, Any]) -> dict[str, Any]:
    return {"JobName": job["Name"]}


def _table_input(table: dict[str, Any]) -> dict[str, Any]:
    return {"DatabaseName": table["DatabaseName"], "TableInput": _without(table, "DatabaseName")}


def _without(wanted: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name != key}


def _workgroup(athena: Any, wanted: dict[str, Any]) -> Done:
    name = wanted["Name"]
    if name not in {group["Name"] for group in athena.list_work_groups()["WorkGroups"]}:
        athena.create_work_group(**wanted)
        return f"created the workgroup {name}"
    if _holds(athena.get_work_group(WorkGroup=name)["WorkGroup"], wanted):
        return None
    # UpdateWorkGroup names the result configuration differently from CreateWorkGroup.
    updates = dict(wanted.get("Configuration", {}))
    if "ResultConfiguration" in updates:
        updates["ResultConfigurationUpdates"] = updates.pop("ResultConfiguration")
    athena.update_work_group(WorkGroup=name, ConfigurationUpdates=updates, Description=wanted.get("Description", ""))
    return f"updated the workgroup {name}"


def _holds(existing: Any, wanted: Any) -> bool:
    """Whether everything wanted is there; AWS adds fields of its own."""
    if isinstance(wanted, dict):
        return isinstance(existing, dict) and all(
            key in existing and _holds(existing[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(existing, list)
            and len(existing) == len(wanted)
            and all(_holds(has, wants) for has, wants in zip(existing, wanted, strict=True))
        )
    return bool(existing == wanted)


# type -> service, and what makes it
_APPLIED: dict[str, tuple[str, _Apply]] = {
    "aws_iam_role": ("iam", _role),
    "aws_s3_bucket": ("s3", _bucket),
    "aws_s3_object": ("s3", _object),
    "aws_kinesis_firehose_delivery_stream": ("firehose", _stream),
    "aws_glue_job": (
        "glue",
        _in_glue("job", _job_name, dict, lambda job: {**_job_name(job), "JobUpdate": _without(job, "Name")}),
    ),
    "aws_glue_catalog_database": (
        "glue",
        _in_glue(
            "database", _name, lambda new: {"DatabaseInput": new}, lambda new: {**_name(new), "DatabaseInput": new}
        ),
    ),
    "aws_glue_catalog_table": (
        "glue",
        _in_glue(
            "table",
            lambda table: {"DatabaseName": table["DatabaseName"], "Name": table["Name"]},
            _table_input,
            _table_input,
        ),
    ),
    "aws_glue_crawler": ("glue", _in_glue("crawler", _name, dict, dict)),
    "aws_athena_workgroup": ("athena", _workgroup),
}
