"""The names of the pipeline's resources in one environment, as Terraform gives them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from clickstream_dev.iac import LOCAL_ENVIRONMENT, NOT_PROVISIONED, local_module
from local_aws.settings import ACCOUNT_ID
from local_terraform import Module

MWAA_OPTION = "clickstream."


@dataclass(frozen=True)
class ResourceNames:
    """Every name that Terraform gives, and the prefix that it hands on; roles by their short name."""

    name_prefix: str
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
        """The ARN of a role, such as that of ``glue-job``, or of one that is not ours, such as the producer's."""
        name = self.roles.get(short_name, f"{self.name_prefix}-{short_name}")
        return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


@cache
def names(environment: str = LOCAL_ENVIRONMENT) -> ResourceNames:
    """The names in that environment. They are evaluated once in a process.

    :raises TerraformError: if ``iac/`` can't be evaluated
    """
    return names_of(local_module(environment=environment))


def names_of(module: Module) -> ResourceNames:
    """The names that a module gives."""
    buckets = module.output("bucket_names")
    return ResourceNames(
        name_prefix=module.local("name"),
        raw_bucket=buckets["raw"],
        processed_bucket=buckets["processed"],
        reports_bucket=buckets["reports"],
        artifacts_bucket=buckets["artifacts"],
        delivery_stream=module.output("delivery_stream_name"),
        glue_job=module.output("glue_job_name"),
        crawler=module.output("crawler_name"),
        database=module.output("database_name"),
        workgroup=module.output("workgroup_name"),
        dashboard_prefix=dag_options(module)["dashboard_prefix"],
        roles=_roles(module),
    )


def dag_options(module: Module) -> dict[str, str]:
    """What Terraform sets in MWAA's section ``[clickstream]``, by key."""
    (environment,) = module.each("resource", "aws_mwaa_environment", "this")
    options = environment.get("airflow_configuration_options")
    return {key.removeprefix(MWAA_OPTION): value for key, value in options.items() if key.startswith(MWAA_OPTION)}


def _roles(module: Module) -> dict[str, str]:
    return {
        label.replace("_", "-"): role.get("name")
        for kind, label in module.addresses("resource")
        if kind == "aws_iam_role" and f"{kind}.{label}" not in NOT_PROVISIONED
        for role in module.each("resource", kind, label)
    }
