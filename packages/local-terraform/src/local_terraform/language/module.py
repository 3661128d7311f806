"""The root module in a folder: its variables, locals, outputs and resources, evaluated when they are asked for.

A file is parsed only when something in it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lark.exceptions import UnexpectedInput

from local_terraform.account import Account
from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.expressions import Attributes, Evaluation, Lazy, Scope, Unknown, pairs_of
from local_terraform.language.files import FilesRead
from local_terraform.language.functions import number_of
from local_terraform.language.known import data_attribute, resource_attribute
from local_terraform.language.sets import Set
from local_terraform.language.syntax import Block, Node, expression_of, parse_text, word

META_ARGUMENTS = {"count", "for_each", "depends_on", "lifecycle", "provider"}
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/", re.DOTALL | re.MULTILINE)
_LOCALS = re.compile(r"^locals\s*\{.*?^\}", re.DOTALL | re.MULTILINE)
_HEADER = re.compile(r'^[ \t]*(resource|data)\s+"?([\w-]+)"?\s+"?([\w-]+)"?\s*\{', re.MULTILINE)


@dataclass(frozen=True)
class Contents(Attributes):
    """What is in a block, evaluated argument by argument."""

    module: Module
    block: Block
    scope: Scope = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Its arguments and nested blocks, without what only tells Terraform how to make it."""
        nested = [block.labels[0] if block.kind == "dynamic" else block.kind for block in self.block.blocks]
        return [name for name in dict.fromkeys([*self.block.attributes, *nested]) if name not in META_ARGUMENTS]

    def get(self, attribute: str) -> Any:
        """The value of an argument, or the nested blocks of that name."""
        if attribute in self.block.attributes:
            return self.module.evaluate(self.block.attributes[attribute], self.block.file, self.scope)
        if attribute in self.names:
            return list(self._nested(attribute))
        raise TerraformError(f"{'.'.join(self.block.labels) or self.block.kind} has no {attribute}")

    def values(self) -> dict[str, Any]:
        """All arguments; nested blocks are lists of the same."""
        found = {}
        for name in self.names:
            value = self.get(name)
            is_nested = name not in self.block.attributes
            found[name] = [block.values() for block in value] if is_nested else value
        return found

    def place_of(self, name: str) -> str:
        """File and line of an argument or nested block, for messages."""
        return self.block.place_of(name)

    def _nested(self, name: str) -> Iterator[Contents]:
        for block in self.block.blocks:
            if block.kind == name:
                yield Contents(self.module, block, self.scope)
            elif block.kind == "dynamic" and block.labels[0] == name:
                if "iterator" in block.attributes:
                    raise NotSupportedError("iterator is not supported here").at(block.place_of("iterator"))
                (content,) = block.blocks
                for key, value in pairs_of(self.module.evaluate(block.attributes["for_each"], block.file, self.scope)):
                    yield Contents(self.module, content, {**self.scope, name: {"key": key, "value": value}})


@dataclass(frozen=True)
class Instance(Contents):
    """A resource or data source, or one of its instances."""

    def get(self, attribute: str) -> Any:
        """The value of an argument, the nested blocks of that name, or what AWS adds.

        :raises NotSupportedError: if only AWS could tell, unless the module has placeholders
        """
        kind = self.block.labels[0]
        if attribute in self.block.attributes or attribute in self.names:
            return super().get(attribute)
        if self.block.kind == "data":
            known = data_attribute(kind, attribute, self.module.account, super().get)
        else:
            known = resource_attribute(kind, attribute, self.module.account, super().get)
        return self.module.after_apply(f"{self.address}.{attribute}") if known is None else known

    @property
    def address(self) -> str:
        """``type.name``, with ``data.`` in front of a data source's; the instance's key is left out."""
        return ".".join([*(["data"] if self.block.kind == "data" else []), *self.block.labels])


class Module:
    """The root module in a folder.

    :param variables: values in the place of the variables' defaults
    :param account: where it is applied
    :param has_placeholders: what is known after apply only gets an :class:`Unknown` instead of an error
    :raises NotSupportedError: if the folder has files that change what others say
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, Any] | None = None,
        *,
        account: Account | None = None,
        has_placeholders: bool = False,
    ) -> None:
        self.folder = folder
        self.account = account or Account()
        self.reads = FilesRead()
        self.files = sorted(folder.glob("*.tf"))
        self._has_placeholders = has_placeholders
        self._given = dict(variables or {})
        self._texts = {file: file.read_text(encoding="utf-8") for file in self.files}
        self._locals: dict[str, Any] = {}
        self._found: dict[tuple[str, ...], Block | None] = {}
        self._evaluating: set[str] = set()
        for file in (*folder.glob("*.tf.json"), *folder.glob("*override.tf")):
            raise NotSupportedError(f"{self._name_of(file)}: neither JSON nor override files are supported here")

    @cached_property
    def blocks(self) -> list[Block]:
        """Every block of every file.

        :raises TerraformError: if a file is not Terraform's language
        """
        return [block for file in self.files for block in self._parsed(file)]

    def addresses(self, mode: str) -> list[tuple[str, str]]:
        """Type and name of each resource or data source, in the order of the files and of the lines in them.

        :param mode: ``resource`` or ``data``
        :raises NotSupportedError: if there are resources in other modules
        """
        for block in self._blocks_like(r'module\s+"'):
            if block.kind == "module":
                raise NotSupportedError("modules are not supported here").at(block.place)
        # What stands in a comment of many lines looks like a block.
        texts = (_COMMENT.sub("", text) for text in self._texts.values())
        headers = (match for text in texts for match in _HEADER.finditer(text))
        return [(match[2], match[3]) for match in headers if match[1] == mode]

    def block_of(self, kind: str, *labels: str) -> Block | None:
        """The block of a kind with these labels."""
        address = (kind, *labels)
        if address not in self._found:
            header = r"\s+".join([kind, *(f'"?{re.escape(label)}"?' for label in labels)])
            blocks = self._blocks_like(header + r"\s*\{")
            self._found[address] = next((block for block in blocks if (block.kind, *block.labels) == address), None)
        return self._found[address]

    def variable(self, name: str) -> Any:
        """A variable's value."""
        block = self.block_of("variable", name)
        if block is None:
            raise TerraformError(f"var.{name} is not declared")
        if "type" in block.attributes and _has_optional(block.attributes["type"]):
            raise NotSupportedError("optional attributes are not supported here").at(block.place_of("type"))
        if name in self._given and (self._given[name] is not None or self._takes_null(block)):
            value = self._given[name]
        elif "default" in block.attributes:
            value = self.evaluate(block.attributes["default"], block.file)
        else:
            raise TerraformError(f"var.{name} has no value")
        is_set = "type" in block.attributes and word(block.attributes["type"]) == "set"
        return Set(value) if is_set and value is not None else value

    def _takes_null(self, block: Block) -> bool:
        return bool(self.evaluate(block.attributes["nullable"], block.file)) if "nullable" in block.attributes else True

    def variable_from_text(self, name: str, text: str) -> Any:
        """A variable's value from the text that stands for it with ``-var``: an expression, unless it is a string.

        :raises TerraformError: if there is no such variable, or the text is no expression
        """
        block = self.block_of("variable", name)
        if block is None:
            raise TerraformError(f"var.{name} is not declared")
        if "type" not in block.attributes or word(block.attributes["type"]) == "string":
            return text
        try:
            return self.evaluate(expression_of(text), f"var.{name}")
        except UnexpectedInput:
            raise TerraformError(f"var.{name} can't be {text}") from None

    def local(self, name: str) -> Any:
        """A local value."""
        if name not in self._locals:
            declared = (block for block in self._blocks_with_local(name) if block.kind == "locals")
            block = next((block for block in declared if name in block.attributes), None)
            if block is None:
                raise TerraformError(f"local.{name} is not declared")
            if name in self._evaluating:
                raise TerraformError(f"local.{name} refers to itself")
            self._evaluating.add(name)
            try:
                self._locals[name] = self.evaluate(block.attributes[name], block.file)
            finally:
                self._evaluating.remove(name)
        return self._locals[name]

    def output(self, name: str) -> Any:
        """An output's value."""
        block = self.block_of("output", name)
        if block is None:
            raise TerraformError(f"output {name} is not declared")
        return self.evaluate(block.attributes["value"], block.file)

    def values(self, address: str) -> dict[Any, Any]:
        """All arguments of ``type.name``; of one with for_each or count, by its instances' keys."""
        found = self.instances("resource", *address.split("."))
        if isinstance(found, Instance):
            return found.values()
        return {key: instance.values() for key, instance in pairs_of(found)}

    def each(self, mode: str, kind: str, name: str) -> list[Instance]:
        """All instances of a resource or data source."""
        found = self.instances(mode, kind, name)
        return [found] if isinstance(found, Instance) else [instance for _, instance in pairs_of(found)]

    def instances(self, mode: str, kind: str, name: str) -> Any:
        """A resource, or the list or map of its instances.

        :param mode: ``resource`` or ``data``
        """
        block = self.block_of(mode, kind, name)
        if block is None:
            raise TerraformError(f"{mode} {kind}.{name} is not declared")
        if "for_each" in block.attributes:
            chosen = self.evaluate(block.attributes["for_each"], block.file)
            if not isinstance(chosen, (dict, Set)):
                raise TerraformError("for_each takes a map or a set").at(block.place_of("for_each"))
            return {k: Instance(self, block, {"each": {"key": k, "value": v}}) for k, v in pairs_of(chosen)}
        if "count" in block.attributes:
            return [Instance(self, block, {"count": {"index": index}}) for index in range(self._count(block))]
        return Instance(self, block)

    def _count(self, block: Block) -> int:
        try:
            count = number_of(self.evaluate(block.attributes["count"], block.file))
            if count < 0 or count != int(count):
                raise TerraformError(f"there can't be {count} of it")
        except TerraformError as error:
            raise error.at(block.place_of("count")) from None
        return int(count)

    def after_apply(self, name: str) -> Unknown:
        """What stands for a value that only AWS could tell.

        :raises NotSupportedError: unless the module has placeholders
        """
        if self._has_placeholders:
            return Unknown(f"<{name}>")
        raise NotSupportedError(f"{name} is known only after terraform apply")

    def evaluate(self, node: Node, file: str = "", scope: Scope | None = None) -> Any:
        """The value of an expression.

        :param file: what messages call the file that it stands in
        """
        return Evaluation(self._root, scope or {}, file, self.reads).value(node)

    def _root(self, name: str) -> Any:
        if name == "path":
            return {"module": str(self.folder), "root": str(self.folder)}
        if name == "data":
            return Lazy(lambda kind: Lazy(lambda own: self.instances("data", kind, own)))
        known: dict[str, Callable[[str], Any]] = {"var": self.variable, "local": self.local}
        return Lazy(known.get(name, lambda own: self.instances("resource", name, own)))

    def _blocks_like(self, begin: str) -> Iterator[Block]:
        """The blocks of the files in which a line begins like this."""
        wanted = re.compile(rf"^[ \t]*{begin}", re.MULTILINE)
        return (block for file, text in self._texts.items() if wanted.search(text) for block in self._parsed(file))

    def _blocks_with_local(self, name: str) -> Iterator[Block]:
        """The blocks of the files that may declare it, first of those that seem to: `name =` stands everywhere."""
        wanted = re.compile(rf"^[ \t]*(?:locals\s*\{{)?\s*{re.escape(name)}\s*=", re.MULTILINE)
        files = [file for file, text in self._texts.items() if wanted.search(text)]
        files.sort(key=lambda file: not any(map(wanted.search, _LOCALS.findall(self._texts[file]))))
        return (block for file in files for block in self._parsed(file))

    def _parsed(self, file: Path) -> tuple[Block, ...]:
        return parse_text(self._texts[file], self._name_of(file))

    def _name_of(self, file: Path) -> str:
        return f"{self.folder.name}/{file.name}"


def _has_optional(kind: Node) -> bool:
    """Whether a type gives attributes that are left out their value."""
    return any(word(call) == "optional" for call in kind.find_data("function_call"))
