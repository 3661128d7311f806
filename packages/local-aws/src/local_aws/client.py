"""Speaks to a running server from another process: clients of its services, and its clock."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config

from local_aws.settings import HOST, REGION

CONTROL_TIMEOUT_S = 120
_CONFIG = Config(retries={"max_attempts": 3}, read_timeout=120)


@dataclass(frozen=True)
class LocalAws:
    """A running server on a port of loopback."""

    port: int

    @property
    def endpoint(self) -> str:
        """The address for clients."""
        return f"http://{HOST}:{self.port}"

    def client(self, service: str, role_arn: str | None = None) -> Any:
        """A boto3 client: with the credentials of a role, or with any, as the server takes them from a person."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, config=_CONFIG, **self._credentials(role_arn)
        )

    def _credentials(self, role_arn: str | None) -> dict[str, str]:
        """Credentials, under the names that boto3 gives them."""
        if role_arn is None:
            return {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="local")["Credentials"]
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    def variables(self, role_arn: str | None = None) -> dict[str, str]:
        """The environment variables with which another program speaks to it, and to nothing else of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in self._credentials(role_arn).items()},
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def set_clock(self, instant: datetime | None) -> None:
        """Set the server's clock; None sets it back to the machine's."""
        if instant is None:
            self._control("DELETE", "clock")
        else:
            self._control("PUT", "clock", {"now": instant.isoformat()})

    def flush(self) -> None:
        """Have Firehose deliver what it still buffers."""
        self._control("POST", "firehose/flush")

    def _control(self, method: str, name: str, document: dict[str, Any] | None = None) -> None:
        request = urllib.request.Request(  # noqa: S310 - its own server
            f"{self.endpoint}/_local_aws/{name}",
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        urllib.request.urlopen(request, timeout=CONTROL_TIMEOUT_S).close()  # noqa: S310
