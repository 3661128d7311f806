"""What ``iac/`` says that nobody can provision is an error with its place, and never left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from clickstream_dev.artifacts import artifacts
from clickstream_dev.desired import desired_state
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_types import NOT_PROVISIONED, PROVISIONED
from clickstream_dev.terraform import TerraformError
from clickstream_dev.terraform.local import local_module
from tests.tools.terraform.checkouts import copy_of_what_terraform_reads, rewrite

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


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('resource "aws_sqs_queue" "this" {\n  name = "q"\n}', r":1: aws_sqs_queue is unknown to the local AWS"),
        ('module "more" {\n  source = "./more"\n}', r":1: modules are not supported here"),
        (
            'resource "aws_s3_bucket" "more" {\n  bucket        = "more"\n  bucket_prefix = "m"\n}',
            r":3: bucket_prefix of aws_s3_bucket\.more is unknown to the local AWS",
        ),
        ('resource "aws_s3_bucket" "more" {\n  bucket = cidrhost("10.0.0.0/8", 1)\n}', r":2: function cidrhost is not"),
        (
            'resource "aws_s3_bucket" "more" {\n  bucket = aws_kms_key.this.key_id\n}',
            r":2: aws_kms_key\.this\.key_id is known only after terraform apply",
        ),
        (
            'resource "aws_s3_bucket" "more" {\n  bucket = try(aws_vpc.this[0].id, "x")\n}',
            r":2: aws_vpc\.this\.id is known only after terraform apply",
        ),
        ('resource "aws_s3_bucket" "more" {\n  bucket = {\n', r":\d: this is not Terraform's language"),
        ('resource "aws_s3_bucket" "more" {\n  for_each = ["a"]\n  bucket = "b"\n}', r":2: for_each takes a map or"),
        (
            'resource "aws_s3_bucket" "more" {\n  bucket = local.a\n}\nlocals {\n  a = local.b\n  b = local.a\n}',
            r":6: local\.a refers to itself",
        ),
        ('resource "aws_s3_bucket" "more" {\n  bucket = jsondecode("{").a\n}', r":2: jsondecode\(\): "),
        ('resource "aws_s3_bucket" "more" {\n  bucket = [1]\n}', r":2: .*can't be part of a string"),
    ],
)
def test_what_can_not_be_evaluated_names_file_and_line(checkout: Path, added: str, message: str):
    (checkout / "iac" / "added.tf").write_text(added)
    with pytest.raises(TerraformError, match=rf"^iac/added\.tf{message}"):
        desired_state(checkout)


def test_what_nobody_needs_is_not_evaluated(checkout: Path):
    rewrite(checkout / "iac", "aws_vpc.this", ("cidr_block",), "cidrhost(1, 2)")
    assert desired_state(checkout).resources


def test_a_commented_out_resource_is_none(checkout: Path):
    (checkout / "iac" / "added.tf").write_text('/*\nresource "aws_sqs_queue" "this" {\n  name = "q"\n}\n*/\n')
    assert desired_state(checkout).resources


@pytest.mark.parametrize("name", ["more_override.tf", "override.tf", "more.tf.json"])
def test_a_file_that_would_change_what_others_say_is_refused(checkout: Path, name: str):
    (checkout / "iac" / name).write_text("{}")
    with pytest.raises(TerraformError, match=rf"^iac/{name}: "):
        desired_state(checkout)


def test_an_archive_of_another_type_is_refused(checkout: Path):
    rewrite(checkout / "iac", "data.archive_file.glue_modules", ("type",), '"tar.gz"')
    with pytest.raises(TerraformError, match=r"^iac/glue_artifacts\.tf:\d+: only zip"):
        artifacts(checkout)


def test_it_knows_which_files_say_so(checkout: Path):
    reads = desired_state(checkout).reads.now()
    found = {path.relative_to(checkout).as_posix() for path in reads}
    assert {"dags/clickstream/contract/contract.json", "iac/glue_job.tf"} <= found
    assert "glue_scripts/clickstream_to_parquet.py" in found
    assert "dags/clickstream_daily.py" not in found
    (checkout / "glue_scripts" / "clickstream_glue" / "added.py").write_text("")
    assert checkout / "glue_scripts" / "clickstream_glue" / "added.py" in desired_state(checkout).reads.now()
