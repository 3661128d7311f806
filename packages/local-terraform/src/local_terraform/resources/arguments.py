"""Turns a block's arguments into those of an AWS call. A type's rules name every argument that its block may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.functions import json_decode, text_of
from local_terraform.language.module import Contents


@dataclass(frozen=True)
class Argument:
    """An argument that is sent.

    :param key: its name in the call; with dots, the place in nested structures
    :param convert: makes the call's type of it, as Terraform's provider does
    """

    key: str
    convert: Callable[[Any], Any]


@dataclass(frozen=True)
class OneBlock:
    """A nested block, of which there is at most one; ``key`` as in :class:`Argument`."""

    key: str
    rules: Rules


@dataclass(frozen=True)
class Blocks:
    """Nested blocks, sent as a list; ``key`` as in :class:`Argument`."""

    key: str
    rules: Rules


@dataclass(frozen=True)
class NotSent:
    """An argument that the local AWS does not get."""

    reason: str


Rules = Mapping[str, Argument | OneBlock | Blocks | NotSent]


def text(key: str) -> Argument:
    """A string."""
    return Argument(key, text_of)


def number(key: str) -> Argument:
    """A number."""
    return Argument(key, lambda value: json_decode(value) if isinstance(value, str) else value)


def flag(key: str) -> Argument:
    """True or false."""
    return Argument(key, lambda value: value if isinstance(value, bool) else {"true": True, "false": False}[value])


def texts(key: str) -> Argument:
    """A list of strings."""
    return Argument(key, lambda values: [text_of(value) for value in values])


def text_map(key: str) -> Argument:
    """A map of strings."""
    return Argument(key, lambda values: {name: text_of(value) for name, value in values.items()})


def call_arguments(contents: Contents, rules: Rules) -> dict[str, Any]:
    """The arguments of the AWS call; null and a block that is not there are left out, as Terraform does.

    :raises TerraformError: if an argument has no value or another type
    :raises NotSupportedError: if no rule names an argument
    """
    found: dict[str, Any] = {}
    for name in contents.names:
        rule = rules.get(name)
        if rule is None:
            title = ".".join(contents.block.labels) or contents.block.kind
            raise NotSupportedError(f"{name} of {title} is unknown to the local AWS").at(contents.place_of(name))
        if isinstance(rule, NotSent):
            continue
        try:
            value = contents.get(name)
            if value is not None and (value or not isinstance(rule, OneBlock)):
                *outer, key = rule.key.split(".")
                place = reduce(lambda part, name: part.setdefault(name, {}), outer, found)
                place[key] = _sent(value, rule, name)
        except TerraformError as error:
            raise error.at(contents.place_of(name)) from None
    return found


def _sent(value: Any, rule: Argument | OneBlock | Blocks, name: str) -> Any:
    if isinstance(rule, Blocks):
        return [call_arguments(block, rule.rules) for block in value]
    if isinstance(rule, OneBlock):
        if len(value) > 1:
            raise TerraformError(f"there are {len(value)} blocks {name}")
        return call_arguments(value[0], rule.rules)
    try:
        return rule.convert(value)
    except (AttributeError, LookupError, TypeError, ValueError):
        raise TerraformError(f"{name} can't be {value!r}") from None
