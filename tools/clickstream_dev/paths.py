"""Where this checkout lies, and where the commands keep what they make."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# Everything that the server and the commands keep lies below this one folder.
STATE = Path(os.environ.get("LOCAL_AWS_STATE") or REPOSITORY / ".local").resolve()
DATA_DIR = STATE / "aws"


def format_path(path: Path) -> str:
    """A path as the user sees it: relative to the repository where it lies inside."""
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)
