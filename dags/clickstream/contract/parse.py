"""Builds the model's dataclasses from JSON by their annotations, and says in one line what does not fit, and where."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from clickstream.contract.constraints import FromKey, NonEmpty, Pattern, Range

KIND = "kind"
SHOWN_CHARACTERS = 60
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


@cache
def fields_of(model: type) -> dict[str, Any]:
    """The fields of a dataclass with their annotations, in order."""
    hints = get_type_hints(model, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(model)}


def is_from_key(hint: Any) -> bool:
    """Whether the field is not in the file itself, but the key under which its object lies."""
    return any(isinstance(extra, FromKey) for extra in getattr(hint, "__metadata__", ()))


def models_by_kind(union: Any) -> dict[str, type]:
    """The dataclasses of a union that are told apart by ``kind``; empty if it is none."""
    models = [model for model in get_args(union) if dataclasses.is_dataclass(model)]
    return {get_args(fields_of(model)[KIND])[0]: model for model in models if isinstance(model, type)}


class Parser:
    """Collects in ``problems`` what does not fit; what :meth:`parse` gives is of use only where there is none."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def parse(self, hint: Any, value: Any, path: str) -> Any:
        """The value as the annotation says."""
        origin = get_origin(hint)
        if origin is Annotated:
            inner, *extras = get_args(hint)
            parsed = self.parse(inner, value, path)
            if parsed is not None:
                self._constrain(extras, parsed, path)
            return parsed
        if origin in (Union, types.UnionType):
            return self._union(hint, value, path)
        if origin is Literal:
            return value if value in get_args(hint) else self._refuse(path, value, _one_of(get_args(hint)))
        if origin is tuple:
            return self._list(get_args(hint)[0], value, path)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(get_args(hint)[1], value, path)
        if dataclasses.is_dataclass(hint):
            return self._object(hint, value, path)
        return value if hint is Any else self._plain(hint, value, path)

    def _object(self, model: Any, value: Any, path: str, key: str = "") -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, value, "an object")
        fields = fields_of(model)
        wanted = [name for name, hint in fields.items() if not is_from_key(hint)]
        missing = [name for name in wanted if name not in value]
        for name in value:
            if name not in wanted:
                (near,) = get_close_matches(name, [*missing, *wanted], 1) or [""]
                advice = f", did you mean {_join(path, near)}?" if near else ""
                self.problems.append(f"{_join(path, name)}: unknown key{advice}")
                missing = [other for other in missing if other != near]
        self.problems += [f"{_join(path, name)}: missing" for name in missing]
        values: dict[str, Any] = {name: key for name, hint in fields.items() if is_from_key(hint)}
        for name in wanted:
            values[name] = self._child(fields[name], value[name], path, name) if name in value else None
        return model(**values)

    def _child(self, hint: Any, value: Any, path: str, name: str) -> Any:
        if dataclasses.is_dataclass(hint):
            return self._object(hint, value, _join(path, name), key=name)
        return self.parse(hint, value, _join(path, name))

    def _union(self, hint: Any, value: Any, path: str) -> Any:
        if value is None and type(None) in get_args(hint):
            return None
        models = models_by_kind(hint)
        if not isinstance(value, Mapping):
            return self._refuse(path, value, "an object or null")
        if KIND not in value:
            self.problems.append(f"{_join(path, KIND)}: missing")
            return None
        if value[KIND] not in models:
            return self._refuse(_join(path, KIND), value[KIND], _one_of(models))
        return self._object(models[value[KIND]], value, path)

    def _list(self, hint: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            return self._refuse(path, value, "a list")
        return tuple(self.parse(hint, element, f"{path}[{index}]") for index, element in enumerate(value))

    def _mapping(self, hint: Any, value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, value, "an object")
        return {name: self._child(hint, element, path, name) for name, element in value.items()}

    def _plain(self, kind: Any, value: Any, path: str) -> Any:
        fits = isinstance(value, int | float if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            return self._refuse(path, value, _WORDS[kind])
        return value

    def _constrain(self, extras: Iterable[Any], value: Any, path: str) -> None:
        for extra in extras:
            match extra:
                case Range(minimum, maximum) if not minimum <= value <= (value if maximum is None else maximum):
                    self._refuse(path, value, str(extra))
                case Pattern(regex, meaning) if not re.fullmatch(regex, value):
                    self._refuse(path, value, meaning)
                case NonEmpty() if not value:
                    self.problems.append(f"{path}: empty, must have an element")

    def _refuse(self, path: str, value: Any, wanted: str) -> Any:
        self.problems.append(f"{path or 'the document'}: {_short(value)} is not {wanted}")
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _one_of(values: Iterable[Any]) -> str:
    return f"one of {', '.join(map(str, values))}"


def _short(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "null", bool: str(value).lower()}
    text = kinds.get(type(value), repr(value))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
