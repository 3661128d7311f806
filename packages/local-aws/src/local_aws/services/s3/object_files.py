"""How an S3 key becomes a file below its bucket's folder, and how such a file is written, removed and listed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moto.s3.exceptions import S3ClientError

MAX_KEY_BYTES = 1024
MAX_SEGMENT_BYTES = 250  # file systems take 255; the checksum file beside it has five more
# Hadoop's local file system leaves a checksum file beside every file that it writes.
_CHECKSUM_FILE = re.compile(r"\..+\.crc")


class UnstorableKeyError(S3ClientError):
    """The key cannot be a file below the bucket's folder; S3 clients get it as an error response."""

    def __init__(self, key: str, reason: str, code: str = "InvalidArgument") -> None:
        super().__init__(
            code, f"local_aws keeps every object as a file and can't store the key {key[:200]!r}: {reason}"
        )


@dataclass(frozen=True)
class FileState:
    """What tells that a file changed: its modification time and its size."""

    modified_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileState:
        """The state in a stat result."""
        return cls(status.st_mtime_ns, status.st_size)


def file_of(folder: Path, key: str) -> Path:
    """The file of a key below its bucket's folder.

    :raises UnstorableKeyError: if the key is not the path of one file below that folder
    """
    try:
        encoded = key.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnstorableKeyError(key, "it is not valid UTF-8") from error
    if len(encoded) > MAX_KEY_BYTES:
        raise UnstorableKeyError(key, f"it is longer than {MAX_KEY_BYTES} bytes", code="KeyTooLongError")
    segments = key.split("/")
    for segment in segments:
        if segment == "":
            raise UnstorableKeyError(key, "it has an empty segment (a slash at its start or end, or two in a row)")
        if segment in {".", ".."}:
            raise UnstorableKeyError(key, f"it has the segment {segment!r}")
        if "\0" in segment:
            raise UnstorableKeyError(key, "it has a null character")
        if len(segment.encode("utf-8")) > MAX_SEGMENT_BYTES:
            raise UnstorableKeyError(key, f"one of its segments is longer than {MAX_SEGMENT_BYTES} bytes")
    if is_checksum_file(segments[-1]):
        raise UnstorableKeyError(key, "names like .*.crc are kept for Hadoop's checksum files")
    return folder.joinpath(*segments)


def is_checksum_file(name: str) -> bool:
    """Whether a file of that name is one of Hadoop's checksum files."""
    return _CHECKSUM_FILE.fullmatch(name) is not None


def write_temporary(folder: Path, data: bytes | Path) -> Path:
    """Write the data (or a copy of that file) to a new file in ``folder`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as target:
        if isinstance(data, Path):
            with data.open("rb") as source:
                shutil.copyfileobj(source, target, 1024 * 1024)
        else:
            target.write(data)
    Path(name).chmod(0o644)
    return Path(name)


def make_room(folder: Path, key: str) -> Path:
    """Make the folders that the key's file needs and return the file's path.

    :raises UnstorableKeyError: if a part of the key already is an object, or the key already is a folder of objects
    """
    path = file_of(folder, key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UnstorableKeyError(key, "one of the folders in it already is an object") from error
    except OSError as error:
        raise UnstorableKeyError(key, str(error.strerror)) from error
    if path.is_dir():
        if next(files_below(path), None) is not None:
            raise UnstorableKeyError(key, "it already is a folder that holds other objects")
        shutil.rmtree(path)
    return path


def move_in(temporary: Path, path: Path) -> None:
    """Let the temporary file become the object's file; a checksum of its former content would be wrong now."""
    _checksum_file_of(path).unlink(missing_ok=True)
    temporary.replace(path)


def remove(folder: Path, path: Path) -> None:
    """Remove an object's file and the folders that this leaves empty, up to the bucket's own."""
    try:
        _checksum_file_of(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return  # a part of the key is an object itself, so there is no such file
    parent = path.parent
    while parent != folder:
        try:
            parent.rmdir()
        except OSError:
            # Something else lies in it, or another deletion was quicker: both leave nothing to do.
            return
        parent = parent.parent


def files_below(folder: Path) -> Iterator[tuple[Path, FileState]]:
    """All files below the folder that are objects, with their state.

    Files and folders that vanish during the walk are left out: other processes write and delete here.
    """
    try:
        with os.scandir(folder) as entries:
            listed = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in listed:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from files_below(Path(entry.path))
            elif entry.is_file(follow_symlinks=False) and not is_checksum_file(entry.name):
                yield Path(entry.path), FileState.of(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue


def state_of(path: Path) -> FileState | None:
    """The state of a file, or None if there is no such file."""
    try:
        status = path.stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileState.of(status) if stat.S_ISREG(status.st_mode) else None


def _checksum_file_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.crc")
