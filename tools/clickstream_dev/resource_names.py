"""The names of the pipeline's resources in one environment."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream.contract import load_contract
from local_aws.settings import ACCOUNT_ID, REGION

LOCAL_ENVIRONMENT = "local"


@dataclass(frozen=True)
class ResourceNames:
    """Every name that Terraform would give, and the prefix that it hands on; roles by their short name."""

    environment: str
    raw_bucket: str
    processed_bucket: str
    reports_bucket: str
    artifacts_bucket: str
    delivery_stream: str
    glue_job: str
    crawler: str
    database: str
    workgroup: str
    dashboard_prefix: str
    roles: dict[str, str]

    @property
    def buckets(self) -> tuple[str, str, str, str]:
        """All four buckets."""
        return (self.raw_bucket, self.processed_bucket, self.reports_bucket, self.artifacts_bucket)

    def role_arn(self, short_name: str) -> str:
        """The ARN of a role, such as that of ``glue-job``."""
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{self.roles[short_name]}"

    @property
    def delivery_stream_arn(self) -> str:
        """The ARN of the delivery stream."""
        return f"arn:aws:firehose:{REGION}:{ACCOUNT_ID}:deliverystream/{self.delivery_stream}"


def names(environment: str = LOCAL_ENVIRONMENT) -> ResourceNames:
    """The names in that environment: ``<project>-<environment>-<thing>``."""
    contract = load_contract()
    resources = contract.resources
    stem = f"{contract.project}-{environment}"
    return ResourceNames(
        environment=environment,
        raw_bucket=f"{stem}-raw",
        processed_bucket=f"{stem}-processed",
        reports_bucket=f"{stem}-reports",
        artifacts_bucket=f"{stem}-artifacts",
        delivery_stream=f"{stem}-{resources['delivery_stream']}",
        glue_job=f"{stem}-{resources['glue_job']}",
        crawler=f"{stem}-{resources['crawler']}",
        database=stem.replace("-", "_"),  # Athena takes no hyphen in a database's name without quotes
        workgroup=f"{stem}-{resources['workgroup']}",
        dashboard_prefix=contract.dashboard_prefix,
        roles={role: f"{stem}-{role}" for role in resources["roles"]},
    )
