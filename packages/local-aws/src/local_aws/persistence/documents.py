"""The JSON documents in the state file: values that JSON lacks, and the attributes that an object keeps."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_TIME, _BYTES = "local_aws:time", "local_aws:bytes"


def encode(document: Any) -> str:
    """The document as text.

    :raises TypeError: if a value has no place in a document
    """
    return json.dumps(document, default=_as_json, separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> Any:
    """The document in a text that :func:`encode` made.

    :raises ValueError: if it is none
    """
    return json.loads(text, object_hook=_from_json)


def key(*parts: str) -> str:
    """The identity of a document, out of the names that it has in AWS."""
    return json.dumps(parts, ensure_ascii=False)


def fields(of: Any, names: Iterable[str]) -> dict[str, Any]:
    """These attributes of an object."""
    return {name: getattr(of, name) for name in names}


def restore(kind: type[Any], document: Mapping[str, Any], names: Iterable[str], **others: Any) -> Any:
    """An object of that class with the attributes that :func:`fields` gave and ``others``; its __init__ is not run.

    :raises KeyError: if the document lacks one of them
    """
    made = object.__new__(kind)
    for name in names:
        setattr(made, name, document[name])
    for name, value in others.items():
        setattr(made, name, value)
    return made


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in a document of the state")


def _from_json(document: dict[str, Any]) -> Any:
    if len(document) == 1:
        if _TIME in document:
            return datetime.fromisoformat(document[_TIME])
        if _BYTES in document:
            return base64.b64decode(document[_BYTES])
    return document
