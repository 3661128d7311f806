"""Reads a JSON-lines file as bytes: what is wrong in a line is for the pipeline to judge, not for the reader."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

TEXT_PROBE_BYTES = 1024 * 1024
# A few broken bytes are an event to be quarantined; a tenth of them is no text.
MAX_BROKEN_SHARE = 0.1
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class InputFileError(Exception):
    """The file can't be used; the message is one line: what is wrong and what to do."""


class RecordFile:
    """The lines of a JSON-lines file, without their ends and without blank ones; it can be read again and again.

    The whole file is read once at the start, so that whatever can't be read is known before anything is sent. A file
    is streamed after that; what can be read just once (standard input, a pipe) is kept in memory.

    :param path: ``-`` is standard input; a name that ends in ``.gz`` is unpacked
    :raises InputFileError: if the file is missing, not text, or holds no line
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: bytes | None = None
        if str(path) == "-":
            self._kept = sys.stdin.buffer.read()
        elif path.is_fifo():
            self._kept = path.read_bytes()
        with self._open() as file:
            if not _is_text(file.read(TEXT_PROBE_BYTES)):
                raise InputFileError(f"{path} is not text: give a file with one JSON object a line (.jsonl, .jsonl.gz)")
        self._count = sum(1 for _ in self)
        if not self._count:
            raise InputFileError(f"{path} is empty: there is nothing to send")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        with self._open() as file:
            for number, line in enumerate(file):
                record = line.rstrip(b"\r\n")
                if number == 0:
                    record = record.removeprefix(BYTE_ORDER_MARK)
                if record.strip():
                    yield record

    @contextmanager
    def _open(self) -> Iterator[IO[bytes] | gzip.GzipFile]:
        path = self._path
        try:
            if self._kept is not None:
                yield io.BytesIO(self._kept)
            elif path.suffix == ".gz":
                with gzip.open(path, "rb") as unpacked:
                    yield unpacked
            else:
                with path.open("rb") as file:
                    yield file
        except FileNotFoundError:
            raise InputFileError(f"{path} does not exist: give the path of a JSON-lines file") from None
        except IsADirectoryError:
            raise InputFileError(f"{path} is a folder: give the path of a JSON-lines file") from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputFileError(f"{path} is named .gz but can't be unpacked: {error}") from None
        except OSError as error:
            raise InputFileError(f"{path} can't be read: {error.strerror or error}") from None


def _is_text(probe: bytes) -> bool:
    if b"\x00" in probe:
        return False
    text = probe.decode("utf-8", errors="replace")
    return text.count("\ufffd") <= MAX_BROKEN_SHARE * len(text)
