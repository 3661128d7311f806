"""The clients that the provider has, and a bucket that it made."""

from __future__ import annotations

import itertools
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws_server import LocalAwsServer
from tests.iac.terraform_calls.provider import TAG_LIST, Client

BUCKET_NUMBERS = itertools.count()


@pytest.fixture
def aws(bare_local_aws: LocalAwsServer) -> Client:
    return bare_local_aws.client


@pytest.fixture
def s3_control(bare_local_aws: LocalAwsServer) -> Any:
    """S3 Control as `make tf-local` has the provider reach it: through local_aws as the proxy."""
    return boto3.client(
        "s3control",
        endpoint_url=bare_local_aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={"http": bare_local_aws.endpoint}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def bucket(aws: Client) -> str:
    """A new bucket, made as the provider makes it."""
    name = f"clickstream-local-{next(BUCKET_NUMBERS)}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": TAG_LIST})
    return name
