"""Creates the pipeline's resources in local_aws, as Terraform does in the cloud. Running it again changes nothing."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from clickstream.contract import Contract, load_contract
from clickstream_dev import resource_definitions as definitions
from clickstream_dev.artifacts import artifacts
from clickstream_dev.resource_names import LOCAL_ENVIRONMENT, ResourceNames, names
from local_aws.settings import REGION

__all__ = ["ResourceNames", "names", "provision"]

log = logging.getLogger(__name__)
CRAWL_TIMEOUT_S = 60
_CRAWL_POLL_S = 0.1
ClientFactory = Callable[[str], Any]


def provision(endpoint: str, environment: str = LOCAL_ENVIRONMENT, because: str = "") -> ResourceNames:
    """Create what is missing and update what differs from contract.json.

    :param endpoint: address of a running local_aws, such as ``http://127.0.0.1:4566``
    :param because: why it is done again, for the log; empty at the start
    :returns: the names of everything that now exists
    """

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - no secret: local_aws takes any
            config=Config(retries={"total_max_attempts": 1}),
        )

    contract, resources = load_contract(), names(environment)
    _roles(client("iam"), resources)
    _buckets(client("s3"), resources)
    _artifacts(client("s3"), contract, resources, because)
    _stream(client("firehose"), contract, resources)
    glue = client("glue")
    _job(glue, contract, resources)
    _catalog(glue, contract, resources, because)
    _crawler(glue, contract, resources)
    _workgroup(client("athena"), contract, resources)
    _crawl_what_is_there(client("s3"), glue, contract, resources)
    _say_that_it_is_done(endpoint)
    return resources


def _say_that_it_is_done(endpoint: str) -> None:
    requests.put(f"{endpoint}/_local_aws/provisioned", json={"provisioned": True}, timeout=CRAWL_TIMEOUT_S)


def _roles(iam: Any, resources: ResourceNames) -> None:
    for short_name, role in resources.roles.items():
        policy = definitions.trust_policy(short_name)
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy)
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)


def _buckets(s3: Any, resources: ResourceNames) -> None:
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for bucket in resources.buckets:
        if bucket not in existing:
            s3.create_bucket(Bucket=bucket)


def _artifacts(s3: Any, contract: Contract, resources: ResourceNames, because: str) -> None:
    for key, content in artifacts(contract).items():
        wanted = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        if _etag(s3, resources.artifacts_bucket, key) != wanted:
            s3.put_object(Bucket=resources.artifacts_bucket, Key=key, Body=content)
            log.info("uploaded s3://%s/%s%s", resources.artifacts_bucket, key, because and f" because {because}")


def _etag(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return str(s3.head_object(Bucket=bucket, Key=key)["ETag"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


def _stream(firehose: Any, contract: Contract, resources: ResourceNames) -> None:
    wanted = definitions.stream_destination(contract, resources)
    try:
        answer = firehose.describe_delivery_stream(DeliveryStreamName=resources.delivery_stream)
    except firehose.exceptions.ResourceNotFoundException:
        firehose.create_delivery_stream(
            DeliveryStreamName=resources.delivery_stream,
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration=wanted,
        )
        return
    description = answer["DeliveryStreamDescription"]
    destination = description["Destinations"][0]
    if not _holds(destination["ExtendedS3DestinationDescription"], wanted):
        firehose.update_destination(
            DeliveryStreamName=resources.delivery_stream,
            CurrentDeliveryStreamVersionId=description["VersionId"],
            DestinationId=destination["DestinationId"],
            ExtendedS3DestinationUpdate=wanted,
        )


def _job(glue: Any, contract: Contract, resources: ResourceNames) -> None:
    wanted = definitions.job(contract, resources)
    try:
        existing = glue.get_job(JobName=resources.glue_job)["Job"]
    except glue.exceptions.EntityNotFoundException:
        glue.create_job(Name=resources.glue_job, **wanted)
        return
    if not _holds(existing, wanted):
        glue.update_job(JobName=resources.glue_job, JobUpdate=wanted)


def _catalog(glue: Any, contract: Contract, resources: ResourceNames, because: str) -> None:
    database = resources.database
    try:
        glue.get_database(Name=database)
    except glue.exceptions.EntityNotFoundException:
        glue.create_database(DatabaseInput={"Name": database, "Description": "Clickstream events and reports."})
    for wanted in definitions.tables(contract, resources):
        try:
            existing = glue.get_table(DatabaseName=database, Name=wanted["Name"])["Table"]
        except glue.exceptions.EntityNotFoundException:
            glue.create_table(DatabaseName=database, TableInput=wanted)
            done = "created"
        else:
            if _holds(existing, wanted):
                continue
            glue.update_table(DatabaseName=database, TableInput=wanted)
            done = "updated"
        if because:
            log.info("%s the table %s.%s because %s", done, database, wanted["Name"], because)


def _crawler(glue: Any, contract: Contract, resources: ResourceNames) -> None:
    wanted = definitions.crawler(contract, resources)
    try:
        existing = glue.get_crawler(Name=resources.crawler)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        glue.create_crawler(Name=resources.crawler, **wanted)
        return
    if not _holds(existing, wanted):
        glue.update_crawler(Name=resources.crawler, **wanted)


def _workgroup(athena: Any, contract: Contract, resources: ResourceNames) -> None:
    wanted = definitions.workgroup_configuration(contract, resources)
    if resources.workgroup not in {group["Name"] for group in athena.list_work_groups()["WorkGroups"]}:
        athena.create_work_group(Name=resources.workgroup, Configuration=wanted)
        return
    existing = athena.get_work_group(WorkGroup=resources.workgroup)["WorkGroup"]["Configuration"]
    if not _holds(existing, wanted):
        athena.update_work_group(WorkGroup=resources.workgroup, ConfigurationUpdates=_as_updates(wanted))


def _as_updates(configuration: dict[str, Any]) -> dict[str, Any]:
    """UpdateWorkGroup names the result configuration differently from CreateWorkGroup."""
    updates = dict(configuration)
    updates["ResultConfigurationUpdates"] = updates.pop("ResultConfiguration")
    return updates


def _crawl_what_is_there(s3: Any, glue: Any, contract: Contract, resources: ResourceNames) -> None:
    """The catalog does not outlive the process, the objects do: catalogue those that an earlier process left."""
    table = contract.crawler["table"]
    listing = s3.list_objects_v2(Bucket=resources.processed_bucket, Prefix=contract.tables[table].prefix, MaxKeys=1)
    if not listing.get("Contents"):
        return
    try:
        glue.get_table(DatabaseName=resources.database, Name=table)
    except glue.exceptions.EntityNotFoundException:
        glue.start_crawler(Name=resources.crawler)
        _wait_for_crawl(glue, resources.crawler)


def _wait_for_crawl(glue: Any, crawler: str) -> None:
    deadline = time.monotonic() + CRAWL_TIMEOUT_S
    while time.monotonic() < deadline:
        state = glue.get_crawler(Name=crawler)["Crawler"]
        if state["State"] == "READY":
            last = state.get("LastCrawl", {})
            log.info("crawled what an earlier process left: %s", last.get("Status"))
            if last.get("Status") != "SUCCEEDED":
                log.error("%s failed: %s", crawler, last.get("ErrorMessage"))
            return
        time.sleep(_CRAWL_POLL_S)
    log.warning("the crawl of %s goes on after %s s", crawler, CRAWL_TIMEOUT_S)


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
