"""Makes a local AWS what a module says, as Terraform does in the cloud. Running it again changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError, WaiterError
from botocore.waiter import WaiterModel, create_waiter_with_client

from local_terraform.desired import Desired, Resource
from local_terraform.errors import ProvisioningError
from local_terraform.resources.calls import apply_resource

log = logging.getLogger(__name__)
CRAWL_TIMEOUT_S = 60
_TELL_TIMEOUT_S = 60
_CRAWL_POLL_S = 0.1
_CRAWL_ENDED = WaiterModel(
    {
        "version": 2,
        "waiters": {
            "CrawlEnded": {
                "operation": "GetCrawler",
                "delay": _CRAWL_POLL_S,
                "maxAttempts": round(CRAWL_TIMEOUT_S / _CRAWL_POLL_S),
                "acceptors": [
                    {"matcher": "path", "argument": "Crawler.State", "expected": "READY", "state": "success"}
                ],
            }
        },
    }
)


def say_provisioned(endpoint: str, provisioned: bool) -> None:
    """Tell those who wait at local-aws' health endpoint whether the resources are there; others know no such call."""
    requests.put(f"{endpoint}/_local_aws/provisioned", json={"provisioned": provisioned}, timeout=_TELL_TIMEOUT_S)


def apply(endpoint: str, desired: Desired, because: str = "") -> None:
    """Make the local AWS at that address what is desired.

    :param because: why it is done again, for the log; empty at the start
    :raises ProvisioningError: if a resource is refused
    """

    @cache
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=desired.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - no secret: local_aws takes any
            config=Config(retries={"total_max_attempts": 1}),
        )

    for resource in desired.resources:
        with _refused(resource):
            done = apply_resource(client, resource)
        if done and because:
            log.info("%s because %s", done, because)
        elif done and resource.kind == "aws_s3_object":
            log.info("%s", done)
    for crawler in desired.of("aws_glue_crawler"):
        with _refused(crawler):
            _crawl_what_is_there(client("s3"), client("glue"), crawler)
    say_provisioned(endpoint, True)


@contextmanager
def _refused(resource: Resource) -> Iterator[None]:
    """What AWS refuses of a resource is an error with its place."""
    try:
        yield
    except (ClientError, ParamValidationError) as error:
        raise ProvisioningError(f"{resource.place}: {' '.join(str(error).split())}") from None


def _crawl_what_is_there(s3: Any, glue: Any, crawler: Resource) -> None:
    """The catalog does not outlive the process, the objects do: catalogue those that an earlier process left."""
    name, database = crawler.arguments["Name"], crawler.arguments["DatabaseName"]
    for target in crawler.arguments["Targets"]["S3Targets"]:
        bucket, _, prefix = target["Path"].removeprefix("s3://").partition("/")
        try:
            listing = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        except s3.exceptions.NoSuchBucket:
            continue
        if not listing.get("Contents"):
            continue
        if target["Path"].rstrip("/") not in _locations(glue, database):
            glue.start_crawler(Name=name)
            _wait_for_crawl(glue, name)
            return


def _locations(glue: Any, database: str) -> set[str]:
    """Where the database's tables lie, without a slash at the end."""
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    try:
        tables = [table for page in pages for table in page["TableList"]]
    except glue.exceptions.EntityNotFoundException:  # the crawler makes it
        return set()
    return {table.get("StorageDescriptor", {}).get("Location", "").rstrip("/") for table in tables}


def _wait_for_crawl(glue: Any, crawler: str) -> None:
    try:
        create_waiter_with_client("CrawlEnded", _CRAWL_ENDED, glue).wait(Name=crawler)
    except WaiterError:
        log.warning("the crawl of %s goes on after %s s", crawler, CRAWL_TIMEOUT_S)
        return
    last = glue.get_crawler(Name=crawler)["Crawler"].get("LastCrawl", {})
    log.info("crawled what an earlier process left: %s", last.get("Status"))
    if last.get("Status") != "SUCCEEDED":
        log.error("%s failed: %s", crawler, last.get("ErrorMessage"))
