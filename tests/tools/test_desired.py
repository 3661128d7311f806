"""What the local AWS gets of ``iac/``, and what it does without: nothing is left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_dev.iac import NOT_PROVISIONED, desired_state, local_module
from clickstream_dev.paths import REPOSITORY
from local_terraform.resources.types import PROVISIONED
from tests.tools.checkouts import copy_of_what_terraform_reads, rewrite

JOB = "aws_glue_job.to_parquet"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what Terraform reads, to edit."""
    copy_of_what_terraform_reads(tmp_path)
    return tmp_path


def test_every_resource_is_provisioned_or_says_why_not():
    assert desired_state().resources
    addresses = local_module(REPOSITORY).addresses("resource")
    declared = {kind for kind, _ in addresses} | {".".join(address) for address in addresses}
    assert set(PROVISIONED) <= declared
    assert set(NOT_PROVISIONED) <= declared, "these are not in iac/ any more"


def test_what_nobody_needs_is_not_evaluated(checkout: Path):
    rewrite(checkout / "iac", "aws_vpc.this", ("cidr_block",), "cidrhost(1, 2)")
    assert desired_state(checkout).resources


def test_it_knows_which_files_say_so(checkout: Path):
    reads = desired_state(checkout).reads.now()
    found = {path.relative_to(checkout).as_posix() for path in reads}
    assert {"dags/clickstream/contract/contract.json", "iac/glue_job.tf"} <= found
    assert "glue_scripts/clickstream_to_parquet.py" in found
    assert "dags/clickstream_daily.py" not in found
    (checkout / "glue_scripts" / "clickstream_glue" / "added.py").write_text("")
    assert checkout / "glue_scripts" / "clickstream_glue" / "added.py" in desired_state(checkout).reads.now()
