"""What a service answers to a request that it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """An error of the service's own.

    :param message: None where AWS sends none
    :param fields: what the error has besides code and message
    """

    code: str
    message: str | None
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 400
