"""What a destroy takes first, by what ``iac/`` refers to: a resource goes after all that depend on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lark import Token

from clickstream_dev.iac import local_module
from local_terraform.language.syntax import Block

REPOSITORY = Path(__file__).resolve().parents[2]
GUARD = "terraform_data.destroy_guard"
PROTECTION = "aws_s3_bucket_"  # its policy, public access block, encryption, versions …
MODULE = local_module(has_placeholders=True)


def expressions_in(block: Block) -> Iterator[str]:
    """The text of each expression in a block, also in nested ones."""
    for node in block.attributes.values():
        yield "".join(str(token) for token in node.scan_values(lambda part: isinstance(part, Token)))
    for nested in block.blocks:
        yield from expressions_in(nested)


def references() -> dict[str, set[str]]:
    """What each resource, data source and local value refers to."""
    found: dict[str, set[str]] = {}
    for block in MODULE.blocks:
        if block.kind == "locals":
            for name, node in block.attributes.items():
                local = Block("local", (), {name: node}, (), block.file, block.line)
                found[f"local.{name}"] = set(addresses_in(local))
        elif block.kind in {"resource", "data"}:
            found[".".join(block.labels)] = set(addresses_in(block))
    return found


def addresses_in(block: Block) -> Iterator[str]:
    for text in expressions_in(block):
        yield from re.findall(r"\b(?:aws_\w+|terraform_data|local)\.\w+", text)


def all_that_it_depends_on(address: str) -> set[str]:
    found: set[str] = set()
    waiting = {address}
    while waiting:
        new = REFERENCES.get(waiting.pop(), set()) - found
        found |= new
        waiting |= new
    return found


REFERENCES = references()


def test_the_references_are_those_of_terraform():
    assert "aws_s3_bucket.this" in all_that_it_depends_on("aws_s3_bucket_policy.this")
    assert "aws_cloudwatch_log_group.glue" in all_that_it_depends_on("aws_glue_job.to_parquet")
    assert "local.contract" in all_that_it_depends_on("aws_s3_bucket.this")


def test_the_guard_goes_before_all_that_protects_the_buckets_and_before_the_key():
    protecting = {address for address in REFERENCES if address.startswith((PROTECTION, "aws_kms_"))}
    assert len(protecting) > 8
    assert sorted(protecting - all_that_it_depends_on(GUARD)) == []


def test_the_key_goes_after_the_buckets():
    assert "aws_kms_key.this" in all_that_it_depends_on("aws_s3_bucket.this")


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
def test_terraform_stops_at_the_guard_until_a_destroy_is_asked_for(tmp_path):
    """With the guard of iac/, and something in the place of what it goes before."""
    text = (REPOSITORY / "iac" / "destroy_guard.tf").read_text(encoding="utf-8")
    guard = re.sub(r"depends_on = \[.*?\]", "depends_on = [terraform_data.protection]", text, flags=re.DOTALL)
    variable = 'variable "force_destroy" {\n  type    = bool\n  default = false\n}\n'
    (tmp_path / "main.tf").write_text(f'{guard}\n{variable}\nresource "terraform_data" "protection" {{}}\n')

    def terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["terraform", f"-chdir={tmp_path}", *arguments]
        env = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    def resources() -> list[str]:
        return terraform("state", "list").stdout.split()

    assert terraform("init").returncode == 0
    assert terraform("apply", "-auto-approve").returncode == 0
    refused = terraform("destroy", "-auto-approve")
    assert refused.returncode != 0
    assert "terraform apply -var force_destroy=true" in refused.stdout + refused.stderr
    assert resources() == [GUARD, "terraform_data.protection"]

    assert terraform("apply", "-auto-approve", "-var=force_destroy=true").returncode == 0
    assert terraform("destroy", "-auto-approve", "-var=force_destroy=true").returncode == 0
    assert resources() == []
