"""The error that ends a command."""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot go on; the message is the one line that the user sees: what is wrong and what to do."""
