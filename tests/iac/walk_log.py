"""What the commands of docs/deploy.md did when they were walked: a line of JSON each, in the file WALK_LOG."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Walked:
    """A command that was run.

    :param block: which of the document's blocks it stands in
    :param proven: whether what answered was what the document means: the local AWS, executing the call
    :param request: what it sent to a service that no local AWS has
    """

    block: int
    command: list[str]
    proven: bool
    request: dict[str, Any] | None = None


def write(command: list[str], *, proven: bool, request: dict[str, Any] | None = None) -> None:
    """Add a line."""
    line = {"block": int(os.environ["WALK_BLOCK"]), "command": command, "proven": proven, "request": request}
    with Path(os.environ["WALK_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{json.dumps(line)}\n")


def read(file: Path) -> list[Walked]:
    """All lines."""
    return [Walked(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    write(sys.argv[1:], proven=False)
