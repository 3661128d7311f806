"""The policies in ``iac/`` as the roles of the local environment have them, with the comments that explain them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local_terraform.language.module import Instance, Module
from tests.iac.iam_comparison import Statement, statements_of
from tests.iac.mwaa_airflow import local_module

IAC = Path(__file__).resolve().parents[2] / "iac"
# Stands for whoever sends events: its policy is an output, to be attached by the producer's owner.
PRODUCER_ROLE = "clickstream-local-producer"
# Stands for people who ask the tables, in the same way; the pipeline itself does nothing with it.
ANALYST_ROLE = "clickstream-local-analyst"
FOR_PEOPLE = {"analyst", "airflow_login"}
_SID = re.compile(r'\bSid\s*=\s*"([^"]+)"')
_ACTION = re.compile(r'"([a-z0-9-]+:[A-Za-z*]+)"')


def policy_statements(folder: Path = IAC) -> list[Statement]:
    """Every statement of every policy that ``folder`` gives to a role.

    :raises ValueError: if a policy belongs to no role
    """
    module = local_module(folder.parent)
    texts = {name: text for file in sorted(folder.glob("*.tf")) for name, text in _policy_blocks(file.read_text())}
    found: list[Statement] = []
    for kind, name in sorted(texts):
        policy = _only(module.instances("resource", kind, name))
        if policy is None:
            continue
        if name in FOR_PEOPLE:
            continue
        text = texts[kind, name]
        for role in _roles(module, kind, name, text):
            document = json.loads(policy.get("policy"))
            found += statements_of(role, document, _explained(text, document))
    return found


def analyst_statements() -> list[Statement]:
    """The statements of the policy for people who ask the tables."""
    texts = dict(_policy_blocks((IAC / "iam_people.tf").read_text()))
    document = json.loads(local_module().values("aws_iam_policy.analyst")["policy"])
    return statements_of(ANALYST_ROLE, document, _explained(texts["aws_iam_policy", "analyst"], document))


def _policy_blocks(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    for block in re.finditer(r'^resource "(aws_iam_policy|aws_iam_role_policy)" "(\w+)" \{\n.*?^\}', text, re.M | re.S):
        yield (block[1], block[2]), block[0]


def _roles(module: Module, kind: str, name: str, text: str) -> list[str]:
    """The names of the roles that a policy is attached to."""
    if kind == "aws_iam_role_policy":
        reference = re.search(r"^\s*role\s*=\s*aws_iam_role\.(\w+)", text, re.M)
        return [_role_name(module, reference[1])] if reference else []
    attachments = [b for b in module.blocks if b.labels[:1] == ("aws_iam_role_policy_attachment",)]
    instances = [
        _only(module.instances("resource", *attachment.labels))
        for attachment in attachments
        if any(token == name for token in attachment.attributes["policy_arn"].scan_values(lambda token: True))
    ]
    roles = [str(instance.get("role")) for instance in instances if instance is not None]
    if not roles and name != "producer":
        raise ValueError(f"aws_iam_policy.{name} is attached to no role")
    return roles or [PRODUCER_ROLE]


def _role_name(module: Module, resource: str) -> str:
    return str(_only(module.instances("resource", "aws_iam_role", resource)).get("name"))


def _only(instances: Instance | list[Instance]) -> Any:
    if isinstance(instances, list):
        return instances[0] if instances else None
    return instances


def _explained(text: str, document: dict[str, Any]) -> dict[str, set[str]]:
    """By Sid: the actions and resources with a comment on their own line or directly above it."""
    marks = list(_SID.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    segments = {mark[1]: text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}
    explained: dict[str, set[str]] = {}
    for entry in document["Statement"]:
        lines = segments.get(entry.get("Sid", ""), "").splitlines()
        commented = [line for number, line in enumerate(lines) if _is_explained(lines, number)]
        explained[entry.get("Sid", "")] = {
            *(action for line in commented for action in _ACTION.findall(line.partition("#")[0])),
            *_explained_resources(lines, entry["Resource"]),
        }
    return explained


def _is_explained(lines: list[str], number: int) -> bool:
    own = re.search(r"[\"\]\w,]\s*#\s*\w", lines[number])
    return own is not None or (number > 0 and re.match(r"\s*#\s*\w", lines[number - 1]) is not None)


def _explained_resources(lines: list[str], resources: str | list[str]) -> set[str]:
    """The resources with a comment, where each stands on a line of its own."""
    start = next((number for number, line in enumerate(lines) if re.match(r"\s*Resource\s*=", line)), None)
    if start is None:
        return set()
    if isinstance(resources, str):
        return {resources} if _is_explained(lines, start) else set()
    end = next((number for number in range(start, len(lines)) if re.match(r"\s*\]", lines[number])), start)
    own = [number for number in range(start + 1, end) if not re.match(r"\s*#|\s*$", lines[number])]
    if len(own) != len(resources):
        return set()  # a for expression: its line says nothing of a single resource
    return {resource for number, resource in zip(own, resources, strict=True) if _is_explained(lines, number)}
