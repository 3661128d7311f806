"""moto's Athena backend with executions that run; named queries, data catalogs and reservations are moto's own."""

from __future__ import annotations

import threading
import time
from typing import Any

from moto.athena.models import AthenaBackend, WorkGroup

from local_aws import clock
from local_aws.services.athena import statement_parser
from local_aws.services.athena.errors import (
    InvalidRequestError,
    QueryNotFoundError,
    ResourceNotFoundError,
    StatementError,
    StatementSyntaxError,
)
from local_aws.services.athena.execution import ENGINE_VERSION, QueryExecution
from local_aws.services.athena.statement import Statement
from local_aws.services.athena.work_groups import check_configuration, result_configuration, updated_configuration

SHUTDOWN_TIMEOUT_S = 10
MAX_QUERY_BYTES = 262_144


class LocalAthenaBackend(AthenaBackend):
    """One region's Athena."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self.query_executions: dict[str, QueryExecution] = {}
        self.statements: dict[tuple[str, str], dict[str, Any]] = {}
        self.tokens: dict[str, tuple[dict[str, Any], str]] = {}
        self.creation_times: dict[str, float] = {}
        self.lock = threading.RLock()
        super().__init__(region_name, account_id)

    @property
    def _url_module(self) -> Any:
        from moto.athena import urls

        return urls

    def reset(self) -> None:
        """Stop everything that is going on and forget everything."""
        self.shutdown()
        super().reset()

    def shutdown(self) -> None:
        """Cancel the executions that are going on and wait for their threads."""
        with self.lock:
            executions = list(self.query_executions.values())
        for execution in executions:
            execution.stop("local_aws was stopped")
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT_S
        for execution in executions:
            execution.join(max(0.0, deadline - time.monotonic()))

    def work_group(self, name: str) -> WorkGroup:
        """The workgroup of that name.

        :raises InvalidRequestError: if there is none
        """
        found = self.work_groups.get(name)
        if found is None:
            raise InvalidRequestError(f"WorkGroup {name} is not found.")
        return found

    def start(self, request: dict[str, Any]) -> str:
        """StartQueryExecution; the same client token gives the same execution.

        :raises InvalidRequestError: if the request can't be carried out
        """
        with self.lock:
            token = request.get("ClientRequestToken")
            content = {name: value for name, value in request.items() if name != "ClientRequestToken"}
            if token in self.tokens:
                earlier, execution_id = self.tokens[token]
                if earlier != content:
                    raise InvalidRequestError("Idempotent parameters do not match")
                return execution_id
            execution = self._execution(content)
            self.query_executions[execution.id] = execution
            if token:
                self.tokens[token] = (content, execution.id)
        execution.start()
        return execution.id

    def execution(self, execution_id: str) -> QueryExecution:
        """The execution of that id.

        :raises QueryNotFoundError: if there is none
        """
        found = self.query_executions.get(execution_id)
        if found is None:
            raise QueryNotFoundError(execution_id)
        return found

    def executions_of(self, workgroup: str) -> list[QueryExecution]:
        """The workgroup's executions, the newest first."""
        with self.lock:
            found = [execution for execution in self.query_executions.values() if execution.workgroup == workgroup]
        return found[::-1]

    def define_work_group(
        self, name: str, configuration: dict[str, Any], description: str, tags: list[dict[str, str]]
    ) -> None:
        """CreateWorkGroup.

        :raises InvalidRequestError: if there is one of that name, or the configuration is not valid
        """
        with self.lock:
            if name in self.work_groups:
                raise InvalidRequestError("WorkGroup is already created")
            check_configuration(configuration)
            self.create_work_group(name, configuration, description, tags)

    def redefine_work_group(self, request: dict[str, Any]) -> None:
        """UpdateWorkGroup.

        :raises InvalidRequestError: if there is no such workgroup, or the configuration would not be valid
        """
        with self.lock:
            group = self.work_group(request["WorkGroup"])
            changed = updated_configuration(group.configuration, request.get("ConfigurationUpdates") or {})
            check_configuration(changed)
            group.configuration = changed
            group.description = request.get("Description", group.description)
            group.state = request.get("State", group.state)

    def remove_work_group(self, name: str, with_history: bool) -> None:
        """DeleteWorkGroup.

        :raises InvalidRequestError: if there is none, it is the primary one, or it has a history that is to stay
        """
        with self.lock:
            self.work_group(name)
            if name == "primary":
                raise InvalidRequestError("The primary workgroup can't be deleted")
            if self.executions_of(name) and not with_history:
                raise InvalidRequestError(f"WorkGroup {name} is not empty")
            self.delete_work_group(name)

    def shown_work_group(self, group: WorkGroup) -> dict[str, Any]:
        """The workgroup as GetWorkGroup shows it."""
        created = self.creation_times.setdefault(group.name, clock.now().timestamp())
        configuration = {
            **group.configuration,
            "EngineVersion": {"SelectedEngineVersion": ENGINE_VERSION, "EffectiveEngineVersion": ENGINE_VERSION},
        }
        return {
            "Name": group.name,
            "State": group.state,
            "Description": group.description or "",
            "Configuration": configuration,
            "CreationTime": created,
        }

    def create_work_group(
        self, name: str, configuration: dict[str, Any], description: str, tags: list[dict[str, str]]
    ) -> WorkGroup | None:
        """Keep a new workgroup, and when it was made."""
        self.creation_times[name] = clock.now().timestamp()
        return super().create_work_group(name, configuration, description, tags)

    def prepare(self, request: dict[str, Any], *, exists: bool) -> None:
        """CreatePreparedStatement, or UpdatePreparedStatement if it ``exists`` already.

        :raises InvalidRequestError: if there is no such workgroup, or one of that name
        :raises ResourceNotFoundError: if it should exist and does not
        """
        group, name = self.work_group(request["WorkGroup"]).name, request["StatementName"]
        if exists:
            self.prepared(group, name)
        elif (group, name) in self.statements:
            raise InvalidRequestError(f"Prepared statement {name} already exists in workgroup {group}")
        self.statements[group, name] = {
            "StatementName": name,
            "QueryStatement": request["QueryStatement"],
            "WorkGroupName": group,
            "Description": request.get("Description") or "",
            "LastModifiedTime": clock.now().timestamp(),
        }

    def prepared(self, group: str, name: str) -> dict[str, Any]:
        """The prepared statement of that name.

        :raises ResourceNotFoundError: if there is none
        """
        found = self.statements.get((self.work_group(group).name, name))
        if found is None:
            raise ResourceNotFoundError(f"PreparedStatement {name} was not found in workGroup {group}")
        return found

    def _execution(self, request: dict[str, Any]) -> QueryExecution:
        query = request.get("QueryString") or ""
        if not query.strip() or len(query.encode()) > MAX_QUERY_BYTES:
            raise InvalidRequestError(f"QueryString must have from 1 to {MAX_QUERY_BYTES} bytes")
        group = self.work_group(request.get("WorkGroup") or "primary")
        if group.state != "ENABLED":
            raise InvalidRequestError(f"WorkGroup {group.name} is disabled.")
        context = dict(request.get("QueryExecutionContext") or {})
        configuration = result_configuration(group.configuration, request.get("ResultConfiguration") or {})
        return QueryExecution(
            query,
            context,
            group.name,
            configuration,
            request.get("ExecutionParameters"),
            group.configuration.get("BytesScannedCutoffPerQuery"),
            self._parsed(query, context, request.get("ExecutionParameters"), group.name),
        )

    def _parsed(
        self, query: str, context: dict[str, str], parameters: list[str] | None, group: str
    ) -> Statement | StatementError:
        """The statement, or the error that its execution ends with.

        :raises InvalidRequestError: if the text is no statement at all
        """
        prepared = {
            name.lower(): statement["QueryStatement"]
            for (of_group, name), statement in self.statements.items()
            if of_group == group
        }
        try:
            return statement_parser.parse(query, context.get("Database", ""), parameters, prepared)
        except StatementSyntaxError as error:
            raise InvalidRequestError(error.reason, "MALFORMED_QUERY") from error
        except StatementError as error:
            return error
