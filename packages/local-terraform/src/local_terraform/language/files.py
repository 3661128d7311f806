"""Terraform's functions that read files, and which files and folders they read."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.sets import Set

_INTERPOLATION = re.compile(r"\$\$\{|\$\{([^}]*)\}")


@dataclass
class FilesRead:
    """What an evaluation has read: single files, and folders by the pattern that it looked for in them."""

    files: set[Path] = field(default_factory=set)
    patterns: set[tuple[Path, str]] = field(default_factory=set)

    def now(self) -> set[Path]:
        """All files that an evaluation would read now, new ones that a pattern matches among them."""
        matching = {folder / name for folder, pattern in self.patterns for name in fileset(str(folder), pattern)}
        return self.files | matching

    def note(self, function: str, arguments: list[Any]) -> None:
        """Remember what a call of one of the functions below reads."""
        if function == "fileset":
            self.patterns.add((tidy(arguments[0]), arguments[1]))
        else:
            self.files.add(tidy(arguments[0]))


def tidy(path: str | Path) -> Path:
    """A path without the ``..`` that it goes through."""
    return Path(os.path.normpath(path))


def text_of_file(path: str) -> str:
    """A file's text.

    :raises TerraformError: if it can't be read
    """
    return content_of(path).decode()


def content_of(path: str) -> bytes:
    """A file's bytes.

    :raises TerraformError: if it can't be read
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise TerraformError(f"{tidy(path)} can't be read: {error.strerror}") from None


def fileset(folder: str, pattern: str) -> Set:
    """The files below a folder whose path matches; ``*`` stays within a folder, ``**`` does not."""
    matches = re.compile(_pattern(pattern)).fullmatch
    root = Path(folder)
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return Set(path for path in found if matches(path))


def _pattern(glob: str) -> str:
    translated, depth, place = "", 0, 0
    while place < len(glob):
        for token, meaning in (("**/", "(?:[^/]+/)*"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if glob.startswith(token, place):
                translated, place = translated + meaning, place + len(token)
                break
        else:
            character = glob[place]
            depth += {"{": 1, "}": -1}.get(character, 0)
            alternatives = {"{": "(?:", "}": ")"} | ({",": "|"} if depth else {})
            translated, place = translated + alternatives.get(character, re.escape(character)), place + 1
    return translated


def fill_template(path: str, values: dict[str, Any], text_of: Callable[[Any], str]) -> str:
    """A template's text: names only, ``${name}``; ``$${`` is a ``${`` of the file's own.

    :raises TerraformError: if a name has no value
    :raises NotSupportedError: if the template has more than names
    """
    text = text_of_file(path)
    if re.search(r"(?<!%)%\{", text):
        raise NotSupportedError(f"{tidy(path)}: directives are not supported in templates")

    def fill(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1].strip()
        if not name.isidentifier():
            raise NotSupportedError(f"{tidy(path)}: ${{{name}}}: only names are supported in templates")
        if name not in values:
            raise TerraformError(f"{tidy(path)}: {name} has no value")
        return text_of(values[name])

    return _INTERPOLATION.sub(fill, text).replace("%%{", "%{")


def _hashed(algorithm: str) -> Callable[[str], str]:
    return lambda path: hashlib.new(algorithm, content_of(path)).hexdigest()


FILE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "file": text_of_file,
    "filebase64": lambda path: base64.b64encode(content_of(path)).decode(),
    "filebase64sha256": lambda path: base64.b64encode(hashlib.sha256(content_of(path)).digest()).decode(),
    "filemd5": _hashed("md5"),
    "fileset": fileset,
    "filesha1": _hashed("sha1"),
    "filesha256": _hashed("sha256"),
    "filesha512": _hashed("sha512"),
}
