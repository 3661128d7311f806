"""What a module says that can't be applied is an error with its place, and never left out in silence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from local_terraform import Desired, Module, TerraformError, desired_state

LEFT_OUT = {
    "aws_kms_key": "there is no key",
    "aws_vpc": "there is no network",
    "aws_s3_bucket.elsewhere": "it is somebody else's",
}
MODULE = """
resource "aws_kms_key" "this" {
  description = cidrhost("10.0.0.0/8", 1)
}

resource "aws_vpc" "this" {
  count      = 1
  cidr_block = "10.0.0.0/16"
}

resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket" "elsewhere" {
  bucket = "elsewhere"
}

data "archive_file" "modules" {
  type             = "zip"
  output_path      = "${path.module}/modules.zip"
  output_file_mode = "0644"

  dynamic "source" {
    for_each = fileset(path.module, "modules/*.py")

    content {
      filename = basename(source.value)
      content  = file("${path.module}/${source.value}")
    }
  }
}

resource "aws_s3_object" "modules" {
  bucket = aws_s3_bucket.lake.bucket
  key    = "modules.zip"
  source = data.archive_file.modules.output_path
}

resource "aws_s3_object" "script" {
  bucket = aws_s3_bucket.lake.bucket
  key    = "script.py"
  source = "${path.module}/script.py"
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module to edit."""
    folder = tmp_path / "iac"
    (folder / "modules").mkdir(parents=True)
    (folder / "main.tf").write_text(MODULE)
    (folder / "script.py").write_text("import one\n")
    (folder / "modules" / "one.py").write_text("ONE = 1\n")
    return folder


def desired(folder: Path) -> Desired:
    return desired_state(Module(folder), LEFT_OUT)


def body(folder: Path, key: str) -> bytes:
    (found,) = (each for each in desired(folder).of("aws_s3_object") if each.arguments["Key"] == key)
    return bytes(found.arguments["Body"])


def test_what_is_left_out_is_not_made_nor_evaluated(folder: Path) -> None:
    assert [each.arguments for each in desired(folder).of("aws_s3_bucket")] == [{"Bucket": "lake"}]
    assert {each.kind for each in desired(folder).resources} == {"aws_s3_bucket", "aws_s3_object"}


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
        (
            'resource "aws_s3_bucket" "more" {\n  bucket   = "more"\n  provider = aws.elsewhere\n}',
            r":3: a provider of its own is not supported here",
        ),
        ('resource "aws_s3_bucket" "more" {\n  count = null\n  bucket = "b"\n}', r":2: None is no number"),
        ('resource "aws_s3_bucket" "more" {\n  count = -1\n  bucket = "b"\n}', r":2: there can't be -1"),
        ('resource "aws_s3_bucket" "more" {\n  bucket = [1]\n}', r":2: .*can't be part of a string"),
    ],
)
def test_what_can_not_be_evaluated_names_file_and_line(folder: Path, added: str, message: str) -> None:
    (folder / "added.tf").write_text(added)
    with pytest.raises(TerraformError, match=rf"^iac/added\.tf{message}"):
        desired(folder)


def test_half_a_file_of_which_nothing_is_asked_is_refused_all_the_same(folder: Path) -> None:
    (folder / "added.tf").write_text("locals {\n  nobody_asks = 1\n\n  half_")
    with pytest.raises(TerraformError, match=r"^iac/added\.tf:4: this is not Terraform's language"):
        desired(folder)


def test_a_commented_out_resource_is_none(folder: Path) -> None:
    (folder / "added.tf").write_text('/*\nresource "aws_sqs_queue" "this" {\n  name = "q"\n}\n*/\n')
    assert desired(folder).resources


@pytest.mark.parametrize("name", ["more_override.tf", "override.tf", "more.tf.json"])
def test_a_file_that_would_change_what_others_say_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    with pytest.raises(TerraformError, match=rf"^iac/{name}: "):
        desired(folder)


def test_an_archive_of_another_type_is_refused(folder: Path) -> None:
    (folder / "main.tf").write_text(MODULE.replace('"zip"', '"tar.gz"'))
    with pytest.raises(TerraformError, match=r"^iac/main\.tf:\d+: only zip"):
        desired(folder)


def test_a_count_may_be_a_text(folder: Path) -> None:
    (folder / "added.tf").write_text(
        'resource "aws_s3_bucket" "more" {\n  count = "2"\n  bucket = "b${count.index}"\n}'
    )
    assert [each.arguments["Bucket"] for each in desired(folder).of("aws_s3_bucket")] == ["b0", "b1", "lake"]


def test_an_archive_needs_no_mode(folder: Path) -> None:
    (folder / "main.tf").write_text(MODULE.replace('  output_file_mode = "0644"\n', ""))
    assert zipfile.ZipFile(io.BytesIO(body(folder, "modules.zip"))).namelist() == ["one.py"]


def test_an_archive_is_made_of_its_files_the_same_bytes_from_the_same_files(folder: Path) -> None:
    archive = body(folder, "modules.zip")
    assert zipfile.ZipFile(io.BytesIO(archive)).read("one.py") == b"ONE = 1\n"
    (folder / "modules" / "one.py").touch()
    assert body(folder, "modules.zip") == archive
    (folder / "modules" / "two.py").write_text("")
    assert zipfile.ZipFile(io.BytesIO(body(folder, "modules.zip"))).namelist() == ["one.py", "two.py"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("data.local_file.modules.content_base64", id="through_local_file"),
        pytest.param('base64encode("bytes")', id="written_out"),
    ],
)
def test_content_can_be_given_in_base64(folder: Path, content: str) -> None:
    reading = 'data "local_file" "modules" {\n  filename = data.archive_file.modules.output_path\n}\n'
    archive = body(folder, "modules.zip")
    text = MODULE.replace("source = data.archive_file.modules.output_path", f"content_base64 = {content}")
    (folder / "main.tf").write_text(text + reading)
    assert body(folder, "modules.zip") == (archive if "local_file" in content else b"bytes")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param('content = null\n  source = "${path.module}/script.py"', b"import one\n", id="null_is_none"),
        pytest.param('content_base64 = null\n  content = "x"', b"x", id="null_in_base64_is_none"),
        pytest.param("content = true", b"true", id="converted"),
    ],
)
def test_content_is_what_terraform_makes_of_it(folder: Path, content: str, found: bytes) -> None:
    text = MODULE.replace("source = data.archive_file.modules.output_path", content)
    (folder / "main.tf").write_text(text)
    assert body(folder, "modules.zip") == found


def test_what_is_no_base64_is_refused_with_its_place(folder: Path) -> None:
    text = MODULE.replace("source = data.archive_file.modules.output_path", 'content_base64 = "a"')
    (folder / "main.tf").write_text(text)
    with pytest.raises(TerraformError, match=r"^iac/main\.tf:\d+: .*[Bb]ase64"):
        desired(folder)


def test_a_missing_file_is_named_with_the_line_that_wants_it(folder: Path) -> None:
    (folder / "script.py").unlink()
    with pytest.raises(TerraformError, match=r"^iac/main\.tf:\d+: .*script\.py can't be read"):
        desired(folder)


def test_it_knows_which_files_say_so(folder: Path) -> None:
    reads = desired(folder).reads
    (folder / "modules" / "added.py").write_text("")
    (folder / "added.tf").write_text("")
    found = {path.relative_to(folder).as_posix() for path in reads.now()}
    assert found == {"main.tf", "added.tf", "script.py", "modules/one.py", "modules/added.py"}
