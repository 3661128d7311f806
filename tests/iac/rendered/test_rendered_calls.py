"""Every resource of iac/ as the API calls that create it, judged by AWS's own models and documentation.

No stand-in of this project has a say here: the constraints are botocore's, and what its models lack is a sentence of
AWS's documentation (documented.py, quotas.py).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from local_terraform import NotSupportedError
from local_terraform.resources.arguments import Blocks, NotSent, OneBlock, Rules
from local_terraform.resources.types import PROVISIONED
from tests.iac.rendered.calls import RenderedCall, render
from tests.iac.rendered.documented import DOCUMENTED, values_at
from tests.iac.rendered.judge import complaints, complaints_of, input_shape, model_of
from tests.iac.rendered.limits import Documented
from tests.iac.rendered.placeholders import AppliedModule
from tests.iac.rendered.table import CALLS
from tests.iac.rendered.variants import VARIANTS
from tests.tools.checkouts import copy_of_what_terraform_reads

IAC = Path(__file__).resolve().parents[3] / "iac"
# What the calls could tag and Terraform's provider does not.
NOT_TAGGED_BY_THE_PROVIDER = {"cloudwatch.PutDashboard"}


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[RenderedCall]]:
    return {name: render(AppliedModule(IAC, variables), CALLS) for name, variables in VARIANTS.items()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_aws_has_nothing_against_what_terraform_would_ask_of_it(
    variant: str, rendered: dict[str, list[RenderedCall]]
) -> None:
    found = complaints_of(rendered[variant], VARIANTS[variant].get("aws_region", "us-east-1"))

    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_variables_of_iac_allow_every_variant(variant: str) -> None:
    module = AppliedModule(IAC, VARIANTS[variant])
    validations = [
        (block.labels[0], validation)
        for block in module.blocks
        if block.kind == "variable"
        for validation in block.blocks
        if validation.kind == "validation"
    ]
    assert validations
    refused = [
        name
        for name, validation in validations
        if module.evaluate(validation.attributes["condition"], validation.file) is not True
    ]

    assert refused == []


def test_every_resource_of_iac_is_in_some_variant(rendered: dict[str, list[RenderedCall]]) -> None:
    declared = {".".join(address) for address in AppliedModule(IAC, {}).addresses("resource") if CALLS[address[0]]}

    assert declared == {call.resource for calls in rendered.values() for call in calls}


def test_every_type_of_the_table_is_in_iac() -> None:
    assert {kind for kind, _ in AppliedModule(IAC, {}).addresses("resource")} == set(CALLS)


def test_an_argument_that_no_call_sends_is_named(tmp_path: Path) -> None:
    copy_of_what_terraform_reads(tmp_path)
    file = tmp_path / "iac" / "budget.tf"
    file.write_text(file.read_text().replace("  time_unit ", '  auto_adjust_type = "HISTORICAL"\n  time_unit '))

    with pytest.raises(NotSupportedError, match=r"^iac/budget\.tf:\d+: auto_adjust_type of aws_budgets_budget\.this "):
        complaints(tmp_path / "iac", {})


def test_a_type_that_no_call_creates_is_named(tmp_path: Path) -> None:
    copy_of_what_terraform_reads(tmp_path)
    (tmp_path / "iac" / "queue.tf").write_text('\nresource "aws_sqs_queue" "this" {\n  name = "q"\n}\n')

    with pytest.raises(NotSupportedError, match=r"^iac/queue\.tf:2: aws_sqs_queue: "):
        complaints(tmp_path / "iac", {})


def test_nothing_is_left_out_because_the_local_aws_does_not_get_it() -> None:
    local_reasons = {id(rule) for rules in PROVISIONED.values() for rule in _not_sent(rules)}
    left_out = [
        f"{kind}.{rule.reason}"
        for kind, calls in CALLS.items()
        for call in calls
        for rule in _not_sent(call.rules)
        if id(rule) in local_reasons
    ]

    assert left_out == []


def test_every_call_that_takes_tags_gets_them() -> None:
    untagged = {
        call.name
        for calls in CALLS.values()
        for call in calls
        if call.tags is None
        and any(re.fullmatch(r"(?i)(resource)?tags|tagspecifications|tagging", m) for m in _members(call))
    }

    assert untagged == NOT_TAGGED_BY_THE_PROVIDER


@pytest.mark.parametrize(
    "documented",
    [pytest.param(d, id=f"{d.call} {d.member}") for d in DOCUMENTED if d.says],
)
def test_what_the_documentation_is_said_to_say_is_in_it(documented: Documented) -> None:
    service, operation = documented.call.split(".")
    model = model_of(service).operation_model(operation)
    shapes = [*_shapes_on_the_way(model.input_shape, documented.member)]

    assert documented.says in _plain(" ".join(part.documentation for part in (model, *shapes)))


@pytest.mark.parametrize(
    "documented",
    # Objects have no tags; test_faults_put_back.py shows what becomes of those that have.
    [pytest.param(d, id=f"{d.call} {d.member}") for d in DOCUMENTED if d.member != "Tagging"],
)
def test_every_documented_limit_judges_something(
    documented: Documented, rendered: dict[str, list[RenderedCall]]
) -> None:
    names = documented.call.replace(".", r"\.").replace("*", ".*")
    calls = [call for calls in rendered.values() for call in calls if re.fullmatch(names, call.call.name)]

    assert any(True for call in calls for _ in values_at(call.members, documented.member.split(".")))
    assert documented.says or documented.page.startswith("https://docs.aws.amazon.com/")


def _not_sent(rules: Rules) -> Iterator[NotSent]:
    for rule in rules.values():
        if isinstance(rule, NotSent):
            yield rule
        elif isinstance(rule, (OneBlock, Blocks)):
            yield from _not_sent(rule.rules)


def _members(call: Any) -> Mapping[str, Any]:
    members: Mapping[str, Any] = input_shape(call.service, call.operation).members
    return members


def _shapes_on_the_way(shape: Any, member: str) -> Iterator[Any]:
    for name in member.split("."):
        inner = shape.members[name] if name != "*" else shape.member if shape.type_name == "list" else shape.value
        yield inner
        shape = inner


def _plain(documentation: str) -> str:
    """The words of a documentation in HTML, whose entities are escaped twice here and there."""
    return " ".join(html.unescape(html.unescape(re.sub(r"<[^>]+>", " ", documentation))).split())
