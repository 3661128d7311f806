"""What can go wrong in a benchmark."""


class BenchmarkError(Exception):
    """The measurement can't be made or must not count; the message says why."""
