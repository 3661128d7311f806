"""Copies of what Terraform reads, and edits of an argument in them."""

from __future__ import annotations

import shutil
from pathlib import Path

from clickstream_dev.paths import REPOSITORY
from local_terraform.language.module import Module
from local_terraform.language.syntax import Block, Node


def copy_of_what_terraform_reads(folder: Path) -> None:
    """Copy iac/ and all that it reads."""
    for name in ("iac", "dags", "sql", "plugins", "glue_scripts"):
        ignore = shutil.ignore_patterns("__pycache__", ".terraform*", "dist")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    shutil.copy(REPOSITORY / "requirements.txt", folder)


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
