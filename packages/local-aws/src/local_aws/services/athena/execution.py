"""One query execution: its life from QUEUED to its end, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

from local_aws import access_log, clock
from local_aws.persistence import dirty
from local_aws.services.athena.errors import CancelledError, StatementError
from local_aws.services.athena.executor import QueryRun
from local_aws.services.athena.statement import TEXT_RESULT, UTILITY, Environment, Output, Statement, StatementResult
from local_aws.services.glue.catalog import CATALOG
from local_aws.services.s3 import storage
from local_aws.services.s3.storage import NoSuchBucketError, UnstorableKeyError

QUEUED = "QUEUED"
RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
ENGINE_VERSION = "Athena engine version 3"
MAX_RUNNING = 4
_slots = threading.BoundedSemaphore(MAX_RUNNING)
ATHENA = "athena"
log = logging.getLogger(__name__)


class QueryExecution:
    """A statement that was started.

    :param statement: what to run, or the error that it ends with
    :param result_configuration: the effective one; its output location is a folder
    """

    def __init__(
        self,
        query: str,
        context: dict[str, str],
        workgroup: str,
        result_configuration: dict[str, Any],
        parameters: list[str] | None,
        bytes_cutoff: int | None,
        statement: Statement | StatementError,
    ) -> None:
        self._final_times_ms: tuple[int, int, int] | None = None
        self.id = str(uuid4())
        self.query = query
        self.context = context
        self.workgroup = workgroup
        self.parameters = parameters
        self._statement = statement
        self.kind = _kind_of(statement)
        self.submitted_at: datetime = clock.now()
        self.completed_at: datetime | None = None
        self.state = QUEUED
        self.error: StatementError | None = None
        self.state_reason: str | None = None
        self.result: StatementResult | None = None
        folder = result_configuration["OutputLocation"].rstrip("/")
        suffix = TEXT_RESULT if isinstance(statement, StatementError) else statement.result_suffix
        self.result_configuration = {**result_configuration, "OutputLocation": f"{folder}/{self.id}{suffix}"}
        database = context.get("Database", "")
        self._run = QueryRun(database, bytes_cutoff)
        self._environment = Environment(self._run, Output(f"{folder}/{self.id}"), database)
        self._role = access_log.acting_role()
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._began: float | None = None
        self._thread = threading.Thread(target=self._execute_for_caller, name=f"athena-{self.id}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self, reason: str = "Query cancelled by user") -> None:
        """Cancel it, if it has not ended."""
        with self._lock:
            if self.is_over:
                return
            self.end(CANCELLED, reason)
        self._run.cancel()

    def join(self, timeout_s: float) -> None:
        """Wait until its thread has ended."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in {SUCCEEDED, FAILED, CANCELLED}

    @property
    def bytes_scanned(self) -> int:
        """What Athena would bill."""
        return self._run.bytes_scanned

    def _execute_for_caller(self) -> None:
        """Athena reads and writes with the rights of whoever started the query."""
        with access_log.acting_as(self._role):
            self._execute()

    def _execute(self) -> None:
        with _slots:
            with self._lock:
                if self.state != QUEUED:
                    return
                self.state = RUNNING
                self._began = time.monotonic()
            try:
                if isinstance(self._statement, StatementError):
                    raise self._statement
                storage.check_bucket(storage.split_uri(self.result_configuration["OutputLocation"])[0])
                result = self._statement.execute(self._environment)
            except CancelledError:
                self.stop()
            except StatementError as error:
                self._fail(error)
            except (NoSuchBucketError, UnstorableKeyError) as error:
                self._fail(StatementError(f"Unable to verify/create output bucket: {error}"))
            except Exception as error:
                log.exception("query %s failed", self.id)
                self._fail(
                    StatementError(f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}", category=1, error_type=2)
                )
            else:
                with self._lock:
                    if self.state == RUNNING:
                        self.result = result
                        self.end(SUCCEEDED)

    def _fail(self, error: StatementError) -> None:
        with self._lock:
            if self.state == RUNNING:
                self.error = error
                self.end(FAILED, error.reason)

    def end(self, state: str, reason: str | None = None) -> None:
        """Let it be over; the caller holds the lock, or nobody else knows the execution."""
        self.state_reason = reason
        self.completed_at = max(clock.now(), self.submitted_at)
        self._final_times_ms = self.times_ms
        self.state = state
        dirty.mark(ATHENA, CATALOG)

    @property
    def times_ms(self) -> tuple[int, int, int]:
        """Milliseconds in the queue, of work, and in all."""
        if self._final_times_ms is not None:
            return self._final_times_ms
        now = time.monotonic()
        began = self._began or now
        return round((began - self._started) * 1000), round((now - began) * 1000), round((now - self._started) * 1000)

    def runtime_statistics(self) -> dict[str, Any]:
        """The execution as GetQueryRuntimeStatistics shows it."""
        queued_ms, engine_ms, total_ms = self.times_ms
        rows = self.result.row_count if self.result else 0
        return {
            "Timeline": {
                "QueryQueueTimeInMillis": queued_ms,
                "EngineExecutionTimeInMillis": engine_ms,
                "TotalExecutionTimeInMillis": total_ms,
                "ServiceProcessingTimeInMillis": 0,
                "QueryPlanningTimeInMillis": 0,
            },
            "Rows": {"InputBytes": self.bytes_scanned, "OutputRows": rows},
        }

    def as_dict(self) -> dict[str, Any]:
        """The execution as GetQueryExecution shows it."""
        with self._lock:
            queued_ms, engine_ms, total_ms = self.times_ms
            status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted_at.timestamp()}
            if self.state_reason:
                status["StateChangeReason"] = self.state_reason
            if self.completed_at:
                status["CompletionDateTime"] = self.completed_at.timestamp()
            if self.error:
                status["AthenaError"] = {
                    "ErrorCategory": self.error.category,
                    "ErrorType": self.error.error_type,
                    "Retryable": False,
                    "ErrorMessage": self.error.reason,
                }
            statistics: dict[str, Any] = {
                "EngineExecutionTimeInMillis": engine_ms,
                "DataScannedInBytes": self.bytes_scanned,
                "TotalExecutionTimeInMillis": total_ms,
                "QueryQueueTimeInMillis": queued_ms,
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": False},
            }
            if self.result and self.result.manifest:
                statistics["DataManifestLocation"] = self.result.manifest
            shown = {
                "QueryExecutionId": self.id,
                "Query": self.query,
                **self.kind,
                "ResultConfiguration": self.result_configuration,
                "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
                "QueryExecutionContext": self.context,
                "Status": status,
                "Statistics": statistics,
                "WorkGroup": self.workgroup,
                "EngineVersion": {
                    "SelectedEngineVersion": ENGINE_VERSION,
                    "EffectiveEngineVersion": ENGINE_VERSION,
                },
            }
            if self.parameters:
                shown["ExecutionParameters"] = self.parameters
            return shown


def _kind_of(statement: Statement | StatementError) -> dict[str, str]:
    if isinstance(statement, StatementError):
        return {"StatementType": UTILITY}
    return {"StatementType": statement.kind, "SubstatementType": statement.name}
