"""A progress bar with the rate, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PLAIN_INTERVAL_S = 5.0


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Show how far the work is; the function given takes how many are done in all.

    Where stderr is no terminal there is a plain line every few seconds, and one at the end.
    """
    console = Console(stderr=True)
    started = shown_at = time.monotonic()
    shown = 0
    bar = Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}/s"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = bar.add_task(what, total=total, rate="-")

    def advance_to(done: int) -> None:
        nonlocal shown, shown_at
        now = time.monotonic()
        rate = f"{done / max(now - started, 1e-6):,.0f}"
        bar.update(task, completed=done, rate=rate)
        if not console.is_terminal and done > shown and (done >= total or now - shown_at > PLAIN_INTERVAL_S):
            shown, shown_at = done, now
            print(f"  {done:,} of {total:,} {what}, {rate}/s", file=sys.stderr, flush=True)

    with bar:
        yield advance_to
