"""contract.schema.json: the JSON schema of contract.json, made of the model's annotations and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from clickstream.contract.constraints import NonEmpty, Pattern, Range
from clickstream.contract.load import SCHEMA_KEY
from clickstream.contract.model import Contract
from clickstream.contract.parse import fields_of, is_from_key, models_by_kind

FILE = "contract.schema.json"
DIALECT = "http://json-schema.org/draft-07/schema#"
_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string"}


def schema_text() -> str:
    """What the file must hold."""
    definitions: dict[str, Any] = {}
    schema = _object(Contract, definitions)
    schema["properties"] = {SCHEMA_KEY: {"type": "string"}, **schema["properties"]}
    document = {"$schema": DIALECT, "title": "contract.json", **schema, "definitions": definitions}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """What values of that annotation must be; the objects in it go to the definitions."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _constrained(arguments[0], arguments[1:], definitions)
    if origin in (Union, types.UnionType):
        models = [_of(model, definitions) for model in models_by_kind(hint).values()]
        return {"oneOf": [*models, {"type": "null"}] if type(None) in arguments else models}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/definitions/{hint.__name__}"}
    return {} if hint is Any else {"type": _PLAIN[hint]}


def _constrained(hint: Any, extras: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _of(hint, definitions)
    for extra in extras:
        match extra:
            case Range(minimum, maximum):
                schema |= {"minimum": minimum} | ({} if maximum is None else {"maximum": maximum})
            case Pattern(regex, meaning):
                schema |= {"pattern": f"^{regex}$", "description": f"{meaning[0].upper()}{meaning[1:]}."}
            case NonEmpty():
                schema["minItems"] = 1
    return schema


def _object(model: type, definitions: dict[str, Any]) -> dict[str, Any]:
    summary, described = _documentation(model)
    properties = {name: _of(hint, definitions) for name, hint in fields_of(model).items() if not is_from_key(hint)}
    for name, text in described.items():
        if "$ref" in properties.get(name, {}):
            properties[name] = {"allOf": [properties[name]], "description": text}  # beside $ref it would not count
        elif name in properties:
            properties[name]["description"] = text
    return {
        "type": "object",
        "description": summary,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _documentation(model: type) -> tuple[str, dict[str, str]]:
    """A docstring's first paragraph, and what it says of each parameter."""
    summary, *rest = re.split(r"^:param (\w+):", inspect.getdoc(model) or "", flags=re.MULTILINE)
    texts = {name: " ".join(text.split()) for name, text in zip(rest[::2], rest[1::2], strict=True)}
    return " ".join(summary.split()), {name: f"{text[0].upper()}{text[1:]}." for name, text in texts.items()}
