"""A block's arguments as those of an AWS call (local_terraform/resources/arguments.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local_terraform import Module, TerraformError
from local_terraform.resources.arguments import OneBlock, Rules, call_arguments, number, text

RULES: Rules = {"name": text("Name"), "expiration": OneBlock("Rule.Expiration", {"days": number("Days")})}


def call_of(folder: Path, blocks: str) -> dict[str, Any]:
    (folder / "main.tf").write_text(f'resource "aws_thing" "this" {{\n  name = null\n{blocks}\n}}\n')
    (instance,) = Module(folder).each("resource", "aws_thing", "this")
    return call_arguments(instance, RULES)


def test_a_block_has_its_place_in_the_call(tmp_path: Path) -> None:
    assert call_of(tmp_path, "  expiration {\n    days = 7\n  }") == {"Rule": {"Expiration": {"Days": 7}}}


def test_a_dynamic_block_without_content_is_left_out_as_null_is(tmp_path: Path) -> None:
    block = '  dynamic "expiration" {\n    for_each = []\n\n    content {\n      days = 7\n    }\n  }'

    assert call_of(tmp_path, block) == {}


def test_a_second_block_where_one_may_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"main\.tf:3: there are 2 blocks expiration"):
        call_of(tmp_path, "  expiration {\n  }\n  expiration {\n  }")
