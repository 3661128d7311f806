"""Evaluates the Terraform in a folder without terraform and without AWS: what each resource's arguments come to.

Everything is evaluated when it is asked for. What only AWS could tell, such as a generated id, is an :class:`Unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from tests.iac.terraform_expressions import Attributes, Lazy, Node, Scope, Unknown, evaluate, pairs_of, trees, word
from tests.iac.terraform_functions import TerraformError

ACCOUNT_ID, REGION = "123456789012", "us-east-1"
META_ARGUMENTS = {"count", "for_each", "depends_on", "lifecycle", "provider"}
_DATA = {
    "aws_caller_identity": {"account_id": ACCOUNT_ID},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_region": {"region": REGION, "name": REGION},
}
# type -> the ARN after "arn:aws:", from the resource's own arguments
_ARNS = {
    "aws_athena_workgroup": "athena:{at}:workgroup/{name}",
    "aws_cloudwatch_log_group": "logs:{at}:log-group:{name}",
    "aws_glue_catalog_database": "glue:{at}:database/{name}",
    "aws_glue_crawler": "glue:{at}:crawler/{name}",
    "aws_glue_job": "glue:{at}:job/{name}",
    "aws_iam_policy": "iam::" + ACCOUNT_ID + ":policy/{name}",
    "aws_iam_role": "iam::" + ACCOUNT_ID + ":role/{name}",
    "aws_kms_key": "kms:{at}:key/{label}",
    "aws_kinesis_firehose_delivery_stream": "firehose:{at}:deliverystream/{name}",
    "aws_s3_bucket": "s3:::{bucket}",
    "aws_sfn_state_machine": "states:{at}:stateMachine:{name}",
    "aws_sns_topic": "sns:{at}:{name}",
}


@dataclass(frozen=True)
class Block:
    """A block: its labels, and what is in it, not evaluated."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Node]
    blocks: tuple[Block, ...]
    file: str


@dataclass(frozen=True)
class Instance(Attributes):
    """A resource or data source, or one of its instances."""

    module: Module
    block: Block
    scope: Scope = field(default_factory=dict)

    def get(self, attribute: str) -> Any:
        """The value of an argument, of the nested blocks of that name, or of what AWS adds."""
        kind, own = self.block.labels[0], self.block.attributes
        if attribute in own:
            return self.module.evaluate(own[attribute], self.scope)
        if nested := self._nested(self.block, self.scope).get(attribute):
            return nested
        if self.block.kind == "data" and attribute in _DATA.get(kind, {}):
            return _DATA[kind][attribute]
        if attribute == "arn" and kind in _ARNS:
            known = {name: self.get(name) for name in ("name", "bucket") if name in own}
            return "arn:aws:" + _ARNS[kind].format(at=f"{REGION}:{ACCOUNT_ID}", label=self.block.labels[1], **known)
        if attribute == "id" and (name := {"name", "bucket"} & set(own)):
            return self.get(name.pop())
        return Unknown(f"<{'.'.join(self.block.labels)}.{attribute}>")

    def values(self) -> dict[str, Any]:
        """All arguments; nested blocks are lists of the same."""
        return self._contents(self.block, self.scope)

    def _contents(self, block: Block, scope: Scope) -> dict[str, Any]:
        own = {name: node for name, node in block.attributes.items() if name not in META_ARGUMENTS}
        return {name: self.module.evaluate(node, scope) for name, node in own.items()} | self._nested(block, scope)

    def _nested(self, block: Block, scope: Scope) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for nested in block.blocks:
            if nested.kind == "dynamic":
                name = nested.labels[0]
                (content,) = nested.blocks
                for key, value in pairs_of(self.module.evaluate(nested.attributes["for_each"], scope)):
                    inner = {**scope, name: {"key": key, "value": value}}
                    found.setdefault(name, []).append(self._contents(content, inner))
            elif nested.kind not in META_ARGUMENTS:
                found.setdefault(nested.kind, []).append(self._contents(nested, scope))
        return found


class Module:
    """The root module in a folder.

    :param variables: values in the place of the variables' defaults
    """

    def __init__(self, folder: Path, variables: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.blocks = [
            b for file in sorted(folder.glob("*.tf")) for b in _blocks_of(file.read_text(encoding="utf-8"), file.name)
        ]
        self.variables = {b.labels[0]: b for b in self.blocks if b.kind == "variable"}
        self._given = dict(variables or {})
        self._locals = {k: v for b in self.blocks if b.kind == "locals" for k, v in b.attributes.items()}
        self._known: dict[str, Any] = {}
        self._declared = {(b.kind, *b.labels): b for b in self.blocks if b.kind in {"resource", "data"}}

    def variable(self, name: str) -> Any:
        """A variable's value."""
        if name in self._given:
            return self._given[name]
        if name not in self.variables or "default" not in self.variables[name].attributes:
            raise TerraformError(f"var.{name} is not declared, or has no value")
        return self.evaluate(self.variables[name].attributes["default"])

    def local(self, name: str) -> Any:
        """A local value."""
        if name not in self._known:
            if name not in self._locals:
                raise TerraformError(f"local.{name} is not declared")
            self._known[name] = self.evaluate(self._locals[name])
        return self._known[name]

    def output(self, name: str) -> Any:
        """An output's value."""
        (block,) = [b for b in self.blocks if b.kind == "output" and b.labels == (name,)]
        return self.evaluate(block.attributes["value"])

    def values(self, address: str) -> dict[Any, Any]:
        """All arguments of ``type.name``; of one with for_each or count, by its instances' keys."""
        found = self.instances("resource", *address.split("."))
        if isinstance(found, Instance):
            return found.values()
        return {key: instance.values() for key, instance in pairs_of(found)}

    def instances(self, mode: str, kind: str, name: str) -> Any:
        """A resource, or the list or map of its instances."""
        block = self._declared.get((mode, kind, name))
        if block is None:
            raise TerraformError(f"{mode} {kind}.{name} is not declared")
        if "for_each" in block.attributes:
            chosen = self.evaluate(block.attributes["for_each"])
            entries = chosen.items() if isinstance(chosen, dict) else ((key, key) for key in chosen)
            return {k: Instance(self, block, {"each": {"key": k, "value": v}}) for k, v in entries}
        if "count" in block.attributes:
            count = self.evaluate(block.attributes["count"])
            return [Instance(self, block, {"count": {"index": index}}) for index in range(count)]
        return Instance(self, block)

    def evaluate(self, node: Node, scope: Scope | None = None) -> Any:
        """The value of an expression."""
        return evaluate(node, self.root, scope)

    def root(self, name: str) -> Any:
        """What a name at the start of a reference stands for."""
        if name == "path":
            return {"module": str(self.folder), "root": str(self.folder)}
        if name == "data":
            return Lazy(lambda kind: Lazy(lambda own: self.instances("data", kind, own)))
        known = {"var": self.variable, "local": self.local}
        return Lazy(known.get(name, lambda own: self.instances("resource", name, own)))


@cache
def _blocks_of(text: str, file: str) -> tuple[Block, ...]:
    (body,) = trees(hcl2.parses_to_tree(text))
    return tuple(_block(child, file) for child in trees(body))


def _block(node: Node, file: str) -> Block:
    *names, body = trees(node)
    kind, *labels = (word(trees(name)[0]) if name.data == "string" else word(name) for name in names)
    parts = trees(body)
    attributes = {word(part): trees(part)[1] for part in parts if part.data == "attribute"}
    blocks = tuple(_block(part, file) for part in parts if part.data == "block")
    return Block(kind, tuple(labels), attributes, blocks, file)
