"""``clickstream query``: one Athena statement, its rows and what it read."""

from __future__ import annotations

import sys
from pathlib import Path

from clickstream_dev import server
from clickstream_dev.athena import run_query
from clickstream_dev.errors import CommandError
from clickstream_dev.tables import print_table


def read_statement(sql: str, file: Path | None) -> str:
    """The statement itself: as given, from a file, or from standard input where ``-`` is given.

    :raises CommandError: if there is none, or two
    """
    if file and sql:
        raise CommandError("give the statement or --file, not both")
    if file:
        try:
            sql = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"can't read {file}: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    elif sql == "-":
        sql = sys.stdin.read()
    if not sql.strip():
        raise CommandError('give the statement, for example "select count(*) from events"')
    return sql


def query(sql: str) -> int:
    """Run the statement and print its rows as a table, with the bytes that Athena would bill."""
    with server.running_server() as local:
        result = run_query(local, sql)
    if result.columns:
        print_table(result.columns, result.rows, result.types)
    print(f"{len(result.rows)} rows, {result.bytes_scanned:,} bytes scanned, {result.duration_s:.2f} s")
    return 0
