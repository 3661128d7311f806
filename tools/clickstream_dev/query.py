"""`make query`: one Athena statement, its rows and what it read."""

from __future__ import annotations

from clickstream_dev import server
from clickstream_dev.athena import run_query
from clickstream_dev.errors import CommandError
from clickstream_dev.tables import print_table


def query(sql: str) -> int:
    """Run the statement and print its rows as a table, with the bytes that Athena would bill."""
    if not sql.strip():
        raise CommandError('give the statement: make query SQL="select count(*) from events"')
    with server.ensured() as local:
        result = run_query(local, sql)
    if result.columns:
        print_table(result.columns, result.rows, result.types)
    print(f"{len(result.rows)} rows, {result.bytes_scanned:,} bytes scanned, {result.duration_s:.2f} s")
    return 0
