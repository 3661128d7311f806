"""Parses Terraform's files into blocks whose arguments are trees of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import hcl2
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from local_terraform.errors import TerraformError

Node = Tree[Token]


@dataclass(frozen=True)
class Block:
    """A block: its labels, and what is in it, not evaluated.

    :param file: as it is named in messages
    :param line: of its first line, from 1
    """

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, Node]
    blocks: tuple[Block, ...]
    file: str
    line: int

    @property
    def place(self) -> str:
        """Where it begins, for messages."""
        return f"{self.file}:{self.line}"

    def place_of(self, argument: str) -> str:
        """Where one of its arguments, or the first nested block of that name, begins."""
        if argument in self.attributes:
            return f"{self.file}:{line_of(self.attributes[argument])}"
        return next((block.place for block in self.blocks if argument in {block.kind, *block.labels}), self.place)


@lru_cache(maxsize=1024)
def parse_text(text: str, name: str) -> tuple[Block, ...]:
    """The blocks of a file. The same text is parsed once.

    :param name: what messages call the file
    :raises TerraformError: if it is not Terraform's language
    """
    try:
        (body,) = trees(hcl2.parses_to_tree(text))
    except UnexpectedInput as error:
        raise TerraformError(f"this is not Terraform's language ({_in_one_line(error)})").at(
            f"{name}:{max(error.line, 1)}"
        ) from None
    return tuple(_block(child, name) for child in trees(body))


def _in_one_line(error: UnexpectedInput) -> str:
    return str(error).splitlines()[0].rstrip(".,:")


def _block(node: Node, file: str) -> Block:
    if node.data != "block":
        raise TerraformError("an argument outside of any block").at(f"{file}:{line_of(node)}")
    *names, body = trees(node)
    kind, *labels = (word(trees(name)[0]) if name.data == "string" else word(name) for name in names)
    parts = trees(body)
    attributes = {word(part): trees(part)[1] for part in parts if part.data == "attribute"}
    blocks = tuple(_block(part, file) for part in parts if part.data == "block")
    return Block(kind, tuple(labels), attributes, blocks, file, line_of(node))


def trees(node: Node) -> list[Node]:
    """The children that mean something: no punctuation, no comments."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def word(node: Node) -> str:
    """The name, number or operator that a node is, without the dot in front of it."""
    return str(next(node.scan_values(lambda part: part != ".")))


def line_of(node: Node) -> int:
    """The line that a node begins on, from 1."""
    return int(getattr(node.meta, "line", 1))


@cache
def expression_of(text: str) -> Node:
    """An expression's tree."""
    (body,) = trees(hcl2.parses_to_tree(f"x = {text}"))
    return trees(trees(body)[0])[1]
