"""Pages of a listing."""

from __future__ import annotations

import base64
import binascii
from typing import TypeVar

Entry = TypeVar("Entry")
_MARK = "after"


class InvalidTokenError(ValueError):
    """The NextToken was not given out here."""


def one_page(entries: list[Entry], size: int, token: str | None) -> tuple[list[Entry], str | None]:
    """The page that the token stands for, and the token of the next one; None on the last page.

    :raises InvalidTokenError: if the token was not given out here
    """
    start = _position(token) if token else 0
    end = start + size
    return entries[start:end], _token(end) if end < len(entries) else None


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"{_MARK}:{position}".encode()).decode()


def _position(token: str) -> int:
    try:
        mark, position = base64.urlsafe_b64decode(token).decode().split(":")
        if mark == _MARK:
            return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise InvalidTokenError(f"NextToken {token!r} is not valid")
