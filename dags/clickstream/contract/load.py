"""Reads contract.json, whole and checked, or says in one line what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from clickstream.contract.checks import find_contradictions
from clickstream.contract.errors import ContractError
from clickstream.contract.model import Contract
from clickstream.contract.parse import Parser

FILE = "contract.json"
# Where the file names its JSON schema, for editors.
SCHEMA_KEY = "$schema"


@cache
def load_contract() -> Contract:
    """The contract that lies beside this module (also inside a zip, where Glue imports it from).

    :raises ContractError: naming everything that is wrong with it
    """
    return read_contract(resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8"))


def read_contract(text: str) -> Contract:
    """The contract that the text of a file states.

    :raises ContractError: naming everything that is wrong with it
    """
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ContractError(f"{FILE}: line {error.lineno} column {error.colno}: {error.msg}") from None
    return parse_contract(document)


def parse_contract(document: Mapping[str, Any]) -> Contract:
    """The contract that a JSON document states.

    :raises ContractError: naming everything that is wrong with it
    """
    parser = Parser()
    if isinstance(document, Mapping):
        document = {name: value for name, value in document.items() if name != SCHEMA_KEY}
    contract: Contract = parser.parse(Contract, document, "")
    if problems := parser.problems or list(find_contradictions(contract)):
        raise ContractError(f"{FILE}: {'; '.join(problems)}")
    return contract


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        names = [name for name, _ in pairs]
        (repeated, *_) = (name for name in names if names.count(name) > 1)
        raise ContractError(f"{FILE}: {repeated}: the key is there twice in one object")
    return document


def _refuse_constant(text: str) -> Any:
    raise ContractError(f"{FILE}: {text} is no JSON")
