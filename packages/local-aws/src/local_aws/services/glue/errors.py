"""AWS's own error codes for what moto's Glue does not raise."""

from __future__ import annotations

from moto.glue.exceptions import GlueClientError


class InvalidInputError(GlueClientError):
    """The request can't be carried out as it is."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidInputException", message)


class IdempotentParameterMismatchError(GlueClientError):
    """A job of that name exists with another definition."""

    def __init__(self, job_name: str) -> None:
        super().__init__(
            "IdempotentParameterMismatchException",
            f"Job with name {job_name} already submitted with different configuration.",
        )


class ConcurrentRunsExceededError(GlueClientError):
    """As many runs of the job are going on as it allows."""

    def __init__(self, job_name: str) -> None:
        super().__init__("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job_name}")


class CrawlerRunningError(GlueClientError):
    """The crawler is running."""

    def __init__(self, name: str) -> None:
        super().__init__("CrawlerRunningException", f"Crawler with name {name} has already started")


class CrawlerNotRunningError(GlueClientError):
    """The crawler is not running."""

    def __init__(self, name: str) -> None:
        super().__init__("CrawlerNotRunningException", f"Crawler with name {name} isn't running")


class CrawlerStoppingError(GlueClientError):
    """The crawler is stopping already."""

    def __init__(self, name: str) -> None:
        super().__init__("CrawlerStoppingException", f"Crawler with name {name} is stopping")
