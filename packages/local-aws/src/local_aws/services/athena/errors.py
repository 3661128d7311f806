"""Athena's own errors: those that refuse a call and those that fail a query."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError

# Athena's categories of failed queries; 1, its own fault, does not happen here.
USER = 2
OTHER = 3


class InvalidRequestError(JsonRESTError):
    """The call can't be carried out as it is (``InvalidRequestException``)."""

    code = 400

    def __init__(self, message: str, error_code: str = "INVALID_INPUT") -> None:
        super().__init__("InvalidRequestException", message)
        self.athena_error_code = error_code


class QueryNotFoundError(InvalidRequestError):
    """There is no such execution."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(f"QueryExecution {execution_id} was not found")


class MetadataError(JsonRESTError):
    """The catalog has no such thing (``MetadataException``)."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("MetadataException", message)


class ResourceNotFoundError(JsonRESTError):
    """There is no such prepared statement (``ResourceNotFoundException``)."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message)


class StatementError(Exception):
    """The statement can't be run: the execution ends FAILED with this message as its reason.

    :param reason: Athena's message, with its error code in front
    :param category: 1 system, 2 user, 3 other
    :param error_type: number in Athena's error type reference
    """

    def __init__(self, reason: str, category: int = USER, error_type: int = 1006) -> None:
        super().__init__(reason)
        self.reason = reason
        self.category = category
        self.error_type = error_type


class StatementSyntaxError(StatementError):
    """The text is no statement of Athena's dialect; Athena refuses it at the start."""

    def __init__(self, message: str) -> None:
        super().__init__(message, USER, 1)


class UnsupportedStatementError(StatementError):
    """The statement is valid in Athena, but can't be done here."""

    def __init__(self, what: str) -> None:
        super().__init__(f"NOT_SUPPORTED: local_aws can't run this statement: {what}", USER, 1)


class CancelledError(Exception):
    """The execution was stopped by StopQueryExecution or by the end of the server."""


def at(position: tuple[int, int]) -> str:
    """How Athena names a position: the line and the column, from 1."""
    return f"line {position[0]}:{position[1]}"
