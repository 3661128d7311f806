"""Athena's workgroups, named queries, prepared statements and query executions."""

from __future__ import annotations

import threading
from dataclasses import asdict
from functools import partial
from typing import Any

from moto.athena.models import NamedQuery, WorkGroup, athena_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.history import History, newest
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.athena.backend import LocalAthenaBackend
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.execution import ATHENA, FAILED, QueryExecution
from local_aws.services.athena.executor import QueryRun
from local_aws.services.athena.results import ResultColumn
from local_aws.services.athena.statement import StatementResult

GROUP, NAMED, PREPARED, QUERY, TOKEN = (
    "athena.workgroup",
    "athena.named_query",
    "athena.prepared_statement",
    "athena.query",
    "athena.token",
)
INTERRUPTED = "local_aws ended while the query was running, without a clean stop: run it again"
_GROUP_FIELDS = (
    "region_name",
    "region",
    "resource_name",
    "tags",
    "arn",
    "name",
    "description",
    "configuration",
    "state",
)
_NAMED_FIELDS = ("id", "name", "description", "database", "query_string")
_QUERY_FIELDS = (
    "id",
    "query",
    "context",
    "workgroup",
    "parameters",
    "submitted_at",
    "completed_at",
    "state",
    "state_reason",
    "result_configuration",
    "kind",
    "times_ms",
    "bytes_scanned",
)
_GIVEN_BY_OTHERS = {"times_ms", "bytes_scanned"}
_queries = History()


def save(store: Store) -> None:
    """Write what differs of everything, and of the newest queries."""
    kinds: dict[str, dict[str, str]] = {kind: {} for kind in (GROUP, NAMED, PREPARED, QUERY, TOKEN)}
    for region, backend in by_region(athena_backends):
        with backend.lock:
            for group in list(backend.work_groups.values()):
                created = backend.creation_times.get(group.name)
                kinds[GROUP][key(region, group.name)] = encode({**fields(group, _GROUP_FIELDS), "created": created})
            for named in list(backend.named_queries.values()):
                document = {**fields(named, _NAMED_FIELDS), "workgroup": named.workgroup.name}
                kinds[NAMED][key(region, named.id)] = encode(document)
            for (group_name, name), statement in list(backend.statements.items()):
                kinds[PREPARED][key(region, group_name, name)] = encode(statement)
            kept = {execution.id: execution for execution in newest(list(backend.query_executions.values()))}
            for token, (request, execution_id) in backend.tokens.items():
                if execution_id in kept:
                    kinds[TOKEN][key(region, token)] = encode([request, execution_id])
        for execution in kept.values():
            name = key(region, execution.id)
            kinds[QUERY][name] = _queries.text(name, execution.is_over, partial(_query_document, execution))
    _queries.keep_only(kinds[QUERY])
    for kind, documents in kinds.items():
        store.replace(kind, documents)


def load(store: Store) -> None:
    """Bring back what was saved; a query that was running has failed."""
    store.each(GROUP, _load_group)
    store.each(NAMED, _load_named)
    store.each(PREPARED, _load_prepared)
    store.each(QUERY, _load_query)
    store.each(TOKEN, _load_token)


def _backend(region: str) -> LocalAthenaBackend:
    backend: LocalAthenaBackend = of_region(athena_backends, region)
    return backend


def _load_group(name: list[str], document: dict[str, Any]) -> None:
    backend = _backend(name[0])
    backend.work_groups[name[1]] = restore(WorkGroup, document, _GROUP_FIELDS, athena_backend=backend)
    if document["created"] is not None:
        backend.creation_times[name[1]] = document["created"]


def _load_named(name: list[str], document: dict[str, Any]) -> None:
    backend = _backend(name[0])
    group = backend.work_groups[document["workgroup"]]
    backend.named_queries[name[1]] = restore(NamedQuery, document, _NAMED_FIELDS, workgroup=group)


def _load_prepared(name: list[str], document: dict[str, Any]) -> None:
    _backend(name[0]).statements[name[1], name[2]] = document


def _load_token(name: list[str], document: list[Any]) -> None:
    request, execution_id = document
    _backend(name[0]).tokens[name[1]] = (request, execution_id)


def _query_document(execution: QueryExecution) -> dict[str, Any]:
    error, result = execution.error, execution.result
    return {
        **fields(execution, _QUERY_FIELDS),
        "error": fields(error, ("reason", "category", "error_type")) if error else None,
        "result": asdict(result) if result else None,
    }


def _load_query(name: list[str], document: dict[str, Any]) -> None:
    error, result = document["error"], document["result"]
    run = QueryRun(document["context"].get("Database", ""))
    run.bytes_scanned = document["bytes_scanned"]
    execution: QueryExecution = restore(
        QueryExecution,
        document,
        [field for field in _QUERY_FIELDS if field not in _GIVEN_BY_OTHERS],
        error=StatementError(**error) if error else None,
        result=_result(result) if result else None,
        _run=run,
        _lock=threading.Lock(),
        _thread=threading.Thread(),
        _final_times_ms=tuple(document["times_ms"]),
    )
    if not execution.is_over:
        execution.end(FAILED, INTERRUPTED)
    _backend(name[0]).query_executions[execution.id] = execution


def _result(document: dict[str, Any]) -> StatementResult:
    columns = [ResultColumn(**column) for column in document.pop("columns")]
    return StatementResult(columns, **document)


PART = Part(ATHENA, save, load, written_by("athena"))
