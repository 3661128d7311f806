"""The Athena calls that moto lacks or pretends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.athena.models import athena_backends
from moto.athena.responses import AthenaResponse
from moto.core.responses import ActionResult, EmptyResult

from local_aws.services.athena import metadata
from local_aws.services.athena.backend import LocalAthenaBackend
from local_aws.services.athena.errors import InvalidRequestError, QueryNotFoundError
from local_aws.services.athena.execution import ENGINE_VERSION
from local_aws.services.athena.result_pages import page_of


class LocalAthenaResponse(AthenaResponse):
    """Turns requests into calls of :class:`LocalAthenaBackend` and its answers into responses."""

    @property
    def athena_backend(self) -> LocalAthenaBackend:
        """The backend of the request's account and region."""
        backend: LocalAthenaBackend = athena_backends[self.current_account][self.region]
        return backend

    @property
    def _request(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body or "{}")
        return document

    def start_query_execution(self) -> ActionResult:
        """StartQueryExecution."""
        return ActionResult({"QueryExecutionId": self.athena_backend.start(self._request)})

    def get_query_execution(self) -> ActionResult:
        """GetQueryExecution."""
        execution = self.athena_backend.execution(self._request["QueryExecutionId"])
        return ActionResult({"QueryExecution": execution.as_dict()})

    def batch_get_query_execution(self) -> ActionResult:
        """BatchGetQueryExecution."""
        found, missing = [], []
        for execution_id in self._request["QueryExecutionIds"]:
            try:
                found.append(self.athena_backend.execution(execution_id).as_dict())
            except QueryNotFoundError as error:
                entry = {"QueryExecutionId": execution_id, "ErrorCode": "INVALID_INPUT", "ErrorMessage": error.message}
                missing.append(entry)
        return ActionResult({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})

    def list_query_executions(self) -> ActionResult:
        """ListQueryExecutions, the newest first."""
        group = self.athena_backend.work_group(self._request.get("WorkGroup") or "primary").name
        executions = self.athena_backend.executions_of(group)
        return self._page("QueryExecutionIds", executions, lambda execution: execution.id, 50)

    def stop_query_execution(self) -> ActionResult:
        """StopQueryExecution."""
        self.athena_backend.execution(self._request["QueryExecutionId"]).stop()
        return EmptyResult()

    def get_query_results(self) -> ActionResult:
        """GetQueryResults."""
        request = self._request
        execution = self.athena_backend.execution(request["QueryExecutionId"])
        return ActionResult(page_of(execution, request.get("MaxResults"), request.get("NextToken")))

    def get_query_runtime_statistics(self) -> ActionResult:
        """GetQueryRuntimeStatistics: times and rows, without stages."""
        execution = self.athena_backend.execution(self._request["QueryExecutionId"])
        return ActionResult({"QueryRuntimeStatistics": execution.runtime_statistics()})

    def get_database(self) -> ActionResult:
        """GetDatabase."""
        return ActionResult({"Database": metadata.database(self._catalog(), self._request["DatabaseName"])})

    def list_databases(self) -> ActionResult:
        """ListDatabases."""
        return self._page("DatabaseList", metadata.databases(self._catalog()), lambda entry: entry, 50)

    def get_table_metadata(self) -> ActionResult:
        """GetTableMetadata."""
        request = self._request
        found = metadata.table(self._catalog(), request["DatabaseName"], request["TableName"])
        return ActionResult({"TableMetadata": found})

    def list_table_metadata(self) -> ActionResult:
        """ListTableMetadata."""
        request = self._request
        found = metadata.tables(self._catalog(), request["DatabaseName"], request.get("Expression"))
        return self._page("TableMetadataList", found, lambda entry: entry, 50)

    def list_data_catalogs(self) -> ActionResult:
        """ListDataCatalogs: the Glue catalog before all others."""
        summaries = [{"CatalogName": metadata.GLUE_CATALOG, "Type": "GLUE"}, *self.athena_backend.list_data_catalogs()]
        return self._page("DataCatalogsSummary", summaries, lambda entry: entry, 50)

    def get_data_catalog(self) -> ActionResult:
        """GetDataCatalog."""
        name = self._request["Name"]
        if name.lower() == metadata.GLUE_CATALOG.lower():
            return ActionResult({"DataCatalog": {"Name": metadata.GLUE_CATALOG, "Type": "GLUE", "Parameters": {}}})
        found = self.athena_backend.get_data_catalog(name)
        if found is None:
            raise InvalidRequestError(f"Data catalog {name} was not found")
        return ActionResult({"DataCatalog": found})

    def get_named_query(self) -> Any:
        """GetNamedQuery."""
        self._named_query()
        return super().get_named_query()

    def create_named_query(self) -> Any:
        """CreateNamedQuery."""
        self.athena_backend.work_group(self._request.get("WorkGroup") or "primary")
        return super().create_named_query()

    def update_named_query(self) -> ActionResult:
        """UpdateNamedQuery."""
        query, request = self._named_query(), self._request
        query.name, query.query_string = request["Name"], request["QueryString"]
        query.description = request.get("Description", query.description)
        return EmptyResult()

    def delete_named_query(self) -> ActionResult:
        """DeleteNamedQuery."""
        del self.athena_backend.named_queries[self._named_query().id]
        return EmptyResult()

    def create_work_group(self) -> ActionResult:
        """CreateWorkGroup."""
        request = self._request
        self.athena_backend.define_work_group(
            request["Name"],
            request.get("Configuration") or {},
            request.get("Description") or "",
            request.get("Tags") or [],
        )
        return EmptyResult()

    def get_work_group(self) -> ActionResult:
        """GetWorkGroup."""
        group = self.athena_backend.work_group(self._request["WorkGroup"])
        return ActionResult({"WorkGroup": self.athena_backend.shown_work_group(group)})

    def list_work_groups(self) -> ActionResult:
        """ListWorkGroups."""
        backend = self.athena_backend
        groups = [backend.shown_work_group(group) for group in backend.work_groups.values()]
        version = {"SelectedEngineVersion": ENGINE_VERSION, "EffectiveEngineVersion": ENGINE_VERSION}

        def summary(group: dict[str, Any]) -> dict[str, Any]:
            return {**{name: group[name] for name in group if name != "Configuration"}, "EngineVersion": version}

        return self._page("WorkGroups", groups, summary, 50)

    def update_work_group(self) -> ActionResult:
        """UpdateWorkGroup."""
        self.athena_backend.redefine_work_group(self._request)
        return EmptyResult()

    def delete_work_group(self) -> ActionResult:
        """DeleteWorkGroup."""
        request = self._request
        self.athena_backend.remove_work_group(request["WorkGroup"], bool(request.get("RecursiveDeleteOption")))
        return EmptyResult()

    def list_engine_versions(self) -> ActionResult:
        """ListEngineVersions."""
        version = {"SelectedEngineVersion": ENGINE_VERSION, "EffectiveEngineVersion": ENGINE_VERSION}
        return ActionResult({"EngineVersions": [version]})

    def create_prepared_statement(self) -> ActionResult:
        """CreatePreparedStatement."""
        self.athena_backend.prepare(self._request, exists=False)
        return EmptyResult()

    def update_prepared_statement(self) -> ActionResult:
        """UpdatePreparedStatement."""
        self.athena_backend.prepare(self._request, exists=True)
        return EmptyResult()

    def get_prepared_statement(self) -> ActionResult:
        """GetPreparedStatement."""
        request = self._request
        found = self.athena_backend.prepared(request["WorkGroup"], request["StatementName"])
        return ActionResult({"PreparedStatement": found})

    def delete_prepared_statement(self) -> ActionResult:
        """DeletePreparedStatement."""
        request = self._request
        found = self.athena_backend.prepared(request["WorkGroup"], request["StatementName"])
        del self.athena_backend.statements[found["WorkGroupName"], found["StatementName"]]
        return EmptyResult()

    def list_prepared_statements(self) -> ActionResult:
        """ListPreparedStatements."""
        group = self.athena_backend.work_group(self._request["WorkGroup"]).name
        found = [entry for (of_group, _), entry in self.athena_backend.statements.items() if of_group == group]

        def summary(entry: dict[str, Any]) -> dict[str, Any]:
            return {name: entry[name] for name in ("StatementName", "LastModifiedTime")}

        return self._page("PreparedStatements", found, summary, 50)

    def _catalog(self) -> str:
        return str(self._request.get("CatalogName") or metadata.GLUE_CATALOG)

    def _named_query(self) -> Any:
        found = self.athena_backend.get_named_query(self._request["NamedQueryId"])
        if found is None:
            raise InvalidRequestError(f"NamedQuery {self._request['NamedQueryId']} does not exist")
        return found

    def _page(self, name: str, entries: list[Any], shown: Callable[[Any], Any], default_size: int) -> ActionResult:
        size, token = self._request.get("MaxResults") or default_size, self._request.get("NextToken") or "0"
        if not token.isdigit() or not 0 <= int(token) <= len(entries):
            raise InvalidRequestError("Invalid NextToken")
        start = int(token)
        answer: dict[str, Any] = {name: [shown(entry) for entry in entries[start : start + size]]}
        if start + size < len(entries):
            answer["NextToken"] = str(start + size)
        return ActionResult(answer)
