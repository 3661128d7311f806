"""Rules about how ``iac/`` is written, each over all of its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_terraform.language.module import Module
from local_terraform.language.syntax import Block, word

IAC = Path(__file__).resolve().parents[2] / "iac"
MODULE = Module(IAC, has_placeholders=True)
VARIABLES = [block for block in MODULE.blocks if block.kind == "variable"]
OUTPUTS = [block for block in MODULE.blocks if block.kind == "output"]
# Any value of the type will do.
FREE_VARIABLES = {"tags", "additional_tags"}
UNITS = "days|hours|hour_utc|minutes|s|mib|gib|gib_per_day|usd|count|max"


def title(block: Block) -> str:
    return ".".join(block.labels)


def lines_of(pattern: str) -> list[str]:
    """``file:line: text`` of every line of code that has the pattern; comments do not count."""
    found = []
    for file in sorted(IAC.glob("*.tf")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            code = re.sub(r"(^|\s)(#|//).*$", "", line)
            if re.search(pattern, code):
                found.append(f"{file.name}:{number}: {line.strip()}")
    return found


@pytest.mark.parametrize("variable", VARIABLES, ids=title)
def test_a_variable_says_what_it_is(variable: Block):
    assert "type" in variable.attributes
    description = MODULE.evaluate(variable.attributes["description"])
    assert description.endswith((".", "`", ")")), description
    assert len(description.split()) >= 3, description


@pytest.mark.parametrize("variable", VARIABLES, ids=title)
def test_a_variable_refuses_what_can_not_work(variable: Block):
    kind = word(variable.attributes["type"])
    checked = [block for block in variable.blocks if block.kind == "validation"]
    assert checked or kind == "bool" or title(variable) in FREE_VARIABLES
    for validation in checked:
        message = MODULE.evaluate(validation.attributes["error_message"])
        assert title(variable) in message, message


@pytest.mark.parametrize("variable", VARIABLES, ids=title)
def test_a_default_passes_its_own_checks(variable: Block):
    if "default" not in variable.attributes:
        pytest.skip("it has no default")
    for validation in variable.blocks:
        assert MODULE.evaluate(validation.attributes["condition"]) is True


@pytest.mark.parametrize("variable", [v for v in VARIABLES if word(v.attributes["type"]) == "number"], ids=title)
def test_a_number_has_its_unit_in_its_name(variable: Block):
    assert re.search(f"_({UNITS})$", title(variable))


def test_there_are_no_variables_that_nothing_uses():
    code = "\n".join(file.read_text(encoding="utf-8") for file in IAC.glob("*.tf"))
    unused = [
        title(v)
        for v in VARIABLES
        if len(re.findall(rf"\bvar\.{title(v)}\b", re.sub(r"error_message.*", "", code))) == 0
    ]
    assert not unused


@pytest.mark.parametrize("output", OUTPUTS, ids=title)
def test_an_output_says_what_it_is(output: Block):
    assert len(MODULE.evaluate(output.attributes["description"]).split()) >= 3


def test_variables_and_outputs_have_files_of_their_own():
    misplaced = [
        f"{block.file}: {block.kind} {title(block)}"
        for block in MODULE.blocks
        if (block.kind in {"variable", "output"}) != block.file.startswith(("iac/variables", "iac/outputs"))
    ]
    assert not misplaced


def test_names_are_snake_case_without_the_type_in_them():
    blocks = [block for block in MODULE.blocks if block.kind in {"resource", "data"}]
    wrong = [
        title(block)
        for block in blocks
        if not re.fullmatch("[a-z][a-z0-9_]*", block.labels[1])
        or block.labels[1] in block.labels[0].removeprefix("aws_").split("_")
    ]
    assert not wrong


def test_no_policy_grants_a_whole_service():
    granting = []
    for file in sorted(IAC.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(r'"[a-z0-9-]+:\*"|\bActions? *= *(\[\s*)?"\*"', text):
            statement = text[text.rindex("{\n", 0, found.start()) : found.end()]
            if not re.search(r'Effect *= *"Deny"', statement):
                granting.append(f"{file.name}: {statement}")
    assert not granting, "\n".join(granting)


def test_a_resource_of_everything_says_why():
    silent = []
    for file in sorted(IAC.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        for found in re.finditer(r'^ *Resource *= *(\[\s*)?"\*".*$', text, re.MULTILINE):
            statement = text[text.rindex("{\n", 0, found.start()) : found.end()]
            if "#" not in statement:
                silent.append(f"{file.name}: {statement}")
    assert not silent, "\n".join(silent)


def test_every_action_is_written_out_where_it_is_granted():
    part_of_a_service = r'"[a-z0-9-]+:(?=[A-Za-z]*\*)[A-Za-z]+\**[A-Za-z]*"'
    assert not [line for line in lines_of(part_of_a_service) if "#" not in line]


def test_no_provider_and_no_terraform_is_unpinned():
    text = (IAC / "versions.tf").read_text(encoding="utf-8")
    assert re.search(r'required_version = ">= [\d.]+, < [\d.]+"', text)
    sources, versions = re.findall(r"source\s+=", text), re.findall(r'version\s+= "~> [\d.]+"', text)
    assert len(sources) == len(versions) > 0


def test_nothing_names_an_account_or_a_key():
    assert not lines_of(r"\b\d{12}\b|AKIA[0-9A-Z]{16}")


def test_a_log_group_is_this_deployments_own():
    """One that others of the account use fails to be made where it exists, and takes their logs along when it goes."""
    groups = [
        (title(group.block), group.get("name"))
        for kind, label in MODULE.addresses("resource")
        if kind == "aws_cloudwatch_log_group"
        for group in MODULE.each("resource", kind, label)
    ]
    assert groups
    assert [(where, name) for where, name in groups if MODULE.local("name") not in name] == []
