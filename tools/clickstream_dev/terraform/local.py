"""``iac/`` as the local AWS gets it."""

from __future__ import annotations

from pathlib import Path

from clickstream_dev.paths import REPOSITORY
from clickstream_dev.terraform.module import Module
from local_aws.settings import REGION

LOCAL_ENVIRONMENT = "local"


def local_variables(environment: str = LOCAL_ENVIRONMENT) -> dict[str, str]:
    """Terraform's variables for the local AWS; every other one has its default."""
    return {
        "environment": environment,
        "aws_region": REGION,
        # Nobody else has buckets there.
        "bucket_suffix": "",
    }


def local_module(
    repository: Path = REPOSITORY, environment: str = LOCAL_ENVIRONMENT, *, has_placeholders: bool = False
) -> Module:
    """``iac/`` of a checkout with those variables."""
    return Module(repository / "iac", local_variables(environment), has_placeholders=has_placeholders)
