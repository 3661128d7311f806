"""Prints tables to the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

NUMERIC_TYPES = ("tinyint", "smallint", "integer", "int", "bigint", "float", "double", "decimal")
PIPE_WIDTH = 160


def console() -> Console:
    """A console that does not wrap at 80 columns where the output goes to a file or pipe."""
    return Console(width=None if Console().is_terminal else max(PIPE_WIDTH, shutil.get_terminal_size().columns))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], types: Sequence[str] = (), title: str = ""
) -> None:
    """Print rows under their column names, numbers to the right; values are shown as they are, never as markup."""
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        number = index < len(types) and types[index].startswith(NUMERIC_TYPES)
        table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    console().print(table)
