"""Reads rows from Athena."""

from __future__ import annotations

from collections.abc import Mapping

from airflow.providers.amazon.aws.hooks.athena import AthenaHook

from clickstream.errors import ServiceRunError

Row = list[str | None]


def select_rows(
    hook: AthenaHook, statements: Mapping[str, str], database: str, workgroup: str, poll_interval_s: int
) -> dict[str, list[Row]]:
    """Run SELECTs side by side; the rows of each under its key, every value as Athena's text.

    :raises ServiceRunError: if one does not succeed, with Athena's reason
    """
    context = {"Database": database, "Catalog": "AwsDataCatalog"}
    queries = {key: hook.run_query(sql, context, {}, workgroup=workgroup) for key, sql in statements.items()}
    rows: dict[str, list[Row]] = {}
    for key, query_id in queries.items():
        state = hook.poll_query_status(query_id, sleep_time=poll_interval_s)
        if state not in AthenaHook.SUCCESS_STATES:
            reason = hook.get_state_change_reason(query_id)
            raise ServiceRunError(f"Athena query {query_id} for {key} is {state}: {reason}")
        rows[key] = _all_rows(hook, query_id)
    return rows


def _all_rows(hook: AthenaHook, query_id: str) -> list[Row]:
    pages = hook.get_conn().get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    return rows[1:]  # the first row of a SELECT is its header
