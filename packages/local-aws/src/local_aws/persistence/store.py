"""The state file: JSON documents by kind and key in one SQLite database.

SQLite's write-ahead log makes each commit whole or absent, whenever the process is killed or the power fails.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_aws.persistence.documents import decode

log = logging.getLogger(__name__)
FORMAT = 1
_TABLE = """CREATE TABLE IF NOT EXISTS document (
    position INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, UNIQUE (kind, key)
)"""
_UPSERT = (
    "INSERT INTO document (kind, key, content) VALUES (?, ?, ?) "
    "ON CONFLICT (kind, key) DO UPDATE SET content = excluded.content"
)


class StateError(RuntimeError):
    """The state file can't be used; the message says why and what to do."""


class Store:
    """The documents; one process at a time.

    :raises StateError: if the file can't be opened, or has a format that only a later version knows
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._saved: dict[str, dict[str, str]] = {}
        try:
            self._connection = _open(path)
        except sqlite3.OperationalError as error:
            raise StateError(
                f"can't use {path} ({error}): close what else has it open, or choose another --data-dir"
            ) from error
        except sqlite3.DatabaseError as error:
            aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
            path.replace(aside)
            for suffix in ("-wal", "-shm", "-journal"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            log.error("%s is damaged (%s): kept as %s, going on with the objects alone", path, error, aside.name)
            self._connection = _open(path)

    def each(self, kind: str, load: Callable[[list[str], Any], None]) -> None:
        """Call ``load`` with the parts of each document's key and its content, in the order of their first saving.

        What can't be read or loaded is named in one line of the log and left out.
        """
        for name, text in list(self._texts(kind).items()):
            try:
                load(decode(name), decode(text))
            except Exception as error:
                log.error("%s %s in %s is left out: %s: %s", kind, name, self.path, type(error).__name__, error)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Save what happens in this block as a whole, or nothing of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._saved.clear()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def replace(self, kind: str, wanted: Mapping[str, str]) -> None:
        """Let the documents of a kind be these, in this order; only what differs is written."""
        saved = self._texts(kind)
        if [name for name in saved if name in wanted] != [name for name in wanted if name in saved]:
            self._connection.execute("DELETE FROM document WHERE kind = ?", (kind,))
            saved = {}
        self.delete(kind, [name for name in saved if name not in wanted])
        self.put(kind, {name: text for name, text in wanted.items() if saved.get(name) != text})
        self._saved[kind] = dict(wanted)

    def put(self, kind: str, texts: Mapping[str, str]) -> None:
        """Add documents, or change those that are there."""
        self._saved.pop(kind, None)
        self._connection.executemany(_UPSERT, [(kind, name, text) for name, text in texts.items()])

    def delete(self, kind: str, names: list[str]) -> None:
        """Remove documents."""
        self._saved.pop(kind, None)
        self._connection.executemany(
            "DELETE FROM document WHERE kind = ? AND key = ?", [(kind, name) for name in names]
        )

    def delete_below(self, kind: str, name: str) -> None:
        """Remove the documents whose key begins with all parts of this one."""
        self._saved.pop(kind, None)
        prefix = f"{name[:-1]}, "
        self._connection.execute(
            "DELETE FROM document WHERE kind = ? AND substr(key, 1, ?) = ?", (kind, len(prefix), prefix)
        )

    def close(self) -> None:
        """Write everything into the one file."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    def _texts(self, kind: str) -> dict[str, str]:
        with self._lock:
            if kind not in self._saved:
                rows = self._connection.execute(
                    "SELECT key, content FROM document WHERE kind = ? ORDER BY position", (kind,)
                )
                self._saved[kind] = dict(rows.fetchall())
            return self._saved[kind]


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive, the log needs no shared memory, which the file systems behind containers may lack.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise StateError(
                f"{path} was written by a newer local_aws (format {version}, this one knows {FORMAT}): use that one, "
                "choose another folder with --data-dir, or delete the file to go on with the objects alone"
            )
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    except BaseException:
        connection.close()
        raise
    return connection
