"""Pages of GetQueryResults."""

from __future__ import annotations

from typing import Any

from local_aws import access_log
from local_aws.services.athena.errors import InvalidRequestError
from local_aws.services.athena.execution import CANCELLED, FAILED, SUCCEEDED, QueryExecution
from local_aws.services.athena.results import read_rows
from local_aws.services.s3 import storage

MAX_ROWS = 1000


def page_of(execution: QueryExecution, max_results: int | None, token: str | None) -> dict[str, Any]:
    """One page of an execution's rows, the column names first if it is a query.

    :raises InvalidRequestError: if it did not succeed, or the request is not valid
    """
    limit = MAX_ROWS if max_results is None else max_results
    if not 1 <= limit <= MAX_ROWS:
        raise InvalidRequestError(f"MaxResults is more than maximum allowed length {MAX_ROWS}.")
    result = execution.result
    if execution.state != SUCCEEDED or result is None:
        if execution.state in {FAILED, CANCELLED}:
            reason = f": {execution.state_reason}" if execution.state_reason else ""
            raise InvalidRequestError(
                f"Query did not finish successfully. Final query state: {execution.state}{reason}"
            )
        raise InvalidRequestError(f"Query has not yet finished. Current state: {execution.state}")
    try:
        offset = int(token or 0)
    except ValueError as error:
        raise InvalidRequestError("Invalid NextToken") from error
    if offset < 0:
        raise InvalidRequestError("Invalid NextToken")
    if result.rows is None:
        rows, following = _rows_of_file(execution, offset, limit)
    else:
        rows = result.rows[offset : offset + limit]
        following = offset + limit if offset + limit < len(result.rows) else None
    answer: dict[str, Any] = {
        "UpdateCount": result.update_count,
        "ResultSet": {
            "Rows": [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows],
            "ResultSetMetadata": {"ColumnInfo": [column.as_dict() for column in result.columns]},
        },
    }
    if following is not None:
        answer["NextToken"] = str(following)
    return answer


def _rows_of_file(execution: QueryExecution, offset: int, limit: int) -> tuple[list[list[str | None]], int | None]:
    location = execution.result_configuration["OutputLocation"]
    bucket, key = storage.split_uri(location)
    access_log.record_object("s3:GetObject", bucket, key)
    try:
        with storage.object_path(bucket, key).open("rb") as stream:
            return read_rows(stream, offset, limit)
    except (LookupError, FileNotFoundError) as error:
        raise InvalidRequestError(f"Could not find results for query {execution.id}: {location} is gone") from error
    except ValueError as error:
        raise InvalidRequestError("Invalid NextToken") from error
