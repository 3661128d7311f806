"""Changes to one side of the shared facts: an argument in a copy of ``iac/``, or a value in a document."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clickstream_dev.terraform.module import Module
from clickstream_dev.terraform.syntax import Block, Node
from tests.iac.shared_facts import REPOSITORY


def copy_of_what_terraform_reads(folder: Path) -> None:
    for name in ("iac", "dags", "sql", "plugins", "glue_scripts"):
        ignore = shutil.ignore_patterns("__pycache__", ".terraform*", "dist")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)


def rewrite(folder: Path, address: str, argument: tuple[str, ...], expression: str) -> None:
    """Gives an argument another expression, in the file itself."""
    labels = ("local",) if address == "local" else tuple(address.removeprefix("data.").split("."))
    kind = "locals" if address == "local" else "data" if address.startswith("data.") else "resource"
    candidates = [b for b in Module(folder).blocks if b.kind == kind and (kind == "locals" or b.labels == labels)]
    (block, node) = next(found for block in candidates if (found := find(block, argument)))
    file = folder / block.file.split("/")[-1]
    text = file.read_text(encoding="utf-8")
    old = text[node.meta.start_pos : node.meta.end_pos]
    new = expression.replace("@", old)
    file.write_text(text[: node.meta.start_pos] + new + text[node.meta.end_pos :], encoding="utf-8")


def find(block: Block, argument: tuple[str, ...]) -> tuple[Block, Node] | None:
    """The expression of an argument in nested blocks, which may be dynamic ones."""
    name, *rest = argument
    if not rest:
        return (block, block.attributes[name]) if name in block.attributes else None
    nested = [inner for inner in block.blocks if inner.kind == name]
    nested += [inner.blocks[0] for inner in block.blocks if inner.kind == "dynamic" and inner.labels == (name,)]
    return next((found for inner in nested if (found := find(inner, tuple(rest)))), None)


def with_value(fact: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at that place."""
    fact = copy.deepcopy(fact)
    part = fact
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    return fact


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every single fact of the contract; of several alike in a list, the first and the last."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from leaves(entry, (*path, key))
    elif isinstance(value, list) and value:
        for index in sorted({0, len(value) - 1}):
            yield from leaves(value[index], (*path, index))
    else:
        yield path


def other_than(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value[:-1]}x/" if value.endswith("/") else f"{value}x"
    return "x" if value is None else value + 1


def at(document: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        document = document[key]
    return document
