"""What the provider sends and compares, for the tests of its calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import xmltodict  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

from clickstream_dev.iac import desired_state
from clickstream_dev.resource_names import names
from local_aws_server import LocalAwsServer

IAC = Path(__file__).resolve().parents[3] / "iac"
ACCOUNT = "123456789012"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TAGS = {"Project": "clickstream", "Environment": "local", "ManagedBy": "terraform"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
DESIRED = desired_state()
NAMES = names()
Client = Callable[[str], Any]


def arguments_of(kind: str) -> dict[str, Any]:
    """What iac/ says of the resource of that type, without its name."""
    return {key: value for key, value in DESIRED.of(kind)[0].arguments.items() if key != "Name"}


def error_code(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def tags_of(answer: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer}


def policy(*actions: str) -> str:
    statement = {"Sid": "Some", "Effect": "Allow", "Action": list(actions), "Resource": ["arn:aws:s3:::b/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def query(server: LocalAwsServer, action: str, parameters: dict[str, str]) -> dict[str, Any]:
    """A call in the form that the provider's SDK for Go gives CloudWatch's calls; boto3 sends JSON."""
    answer = requests.post(
        server.endpoint,
        data={"Action": action, "Version": "2010-08-01", **parameters},
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, "},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = xmltodict.parse(answer.content)
    return document
