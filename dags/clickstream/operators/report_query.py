"""The Amazon provider's Athena operator, with what materialising a report needs on top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from botocore.exceptions import ClientError

from clickstream.assets import note_update, report_asset
from clickstream.contract import keys, load_contract
from clickstream.costs.prices import query_usd
from clickstream.errors import ServiceRunError, TaskDeferred
from clickstream.operators.slot import WaitsForSlot, ends_soon, is_busy
from clickstream.reports.lease import Lease
from clickstream.reports.statements import unload_statement

LEASE_MARGIN = timedelta(minutes=5)
BYTES_SCANNED_KEY = "bytes_scanned"


class ReportOperator(WaitsForSlot, AthenaOperator):
    """Materialises one report for one event date: clears its folder, then UNLOADs the report's query into it.

    Runs of different arrival dates may rebuild the same event date at the same time. They wait for each other: two
    UNLOADs into one folder would leave the rows of both.

    :param report_name: as in contract.json
    :param event_date: ``YYYY-MM-DD`` (templated)
    :param reports_bucket: where the folder lies
    :param query_limit: how long the query may take
    """

    template_fields: Sequence[str] = (*AthenaOperator.template_fields, "event_date")

    def __init__(
        self,
        *,
        report_name: str,
        event_date: str,
        reports_bucket: str,
        query_limit: timedelta,
        slot_limit: timedelta,
        **kwargs: Any,
    ) -> None:
        super().__init__(query=f"reports/{report_name}.sql, read when the task runs", deferrable=True, **kwargs)
        self.report_name = report_name
        self.event_date = event_date
        self.reports_bucket = reports_bucket
        self.query_limit = query_limit
        self.slot_limit = slot_limit
        self.slot_poll_s = self.sleep_time

    def start(self, context: Any, waiting_since: datetime) -> Any:
        """Take the lease, clear the folder, start the query, and defer unless it ends within seconds."""
        contract, day = load_contract(), date.fromisoformat(self.event_date)
        report = contract.report(self.report_name)
        lease = self._lease(context)
        if not lease.acquire():
            self.wait_for_slot(waiting_since, f"another run rebuilds {self.report_name} of {day}")
        self.query = unload_statement(report, day, self.reports_bucket, contract)
        try:
            if old := self._s3.list_keys(self.reports_bucket, prefix=keys.report_folder(report, day, contract)):
                self._s3.delete_objects(self.reports_bucket, old)
            return AthenaOperator.execute(self, context)
        except TaskDeferred:
            if not ends_soon(lambda: self._state() not in AthenaHook.INTERMEDIATE_STATES):
                raise
        except Exception as error:
            lease.release()
            if isinstance(error, ClientError) and is_busy(error):
                return self.wait_for_slot(waiting_since, f"Athena takes no further query: {error}")
            raise
        succeeded = self._state() in AthenaHook.SUCCESS_STATES
        event = {"status": "success" if succeeded else "error", "value": self.query_execution_id}
        return self.execute_complete(context, event)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The query ended: return its id, and tell what it read and costs; the XCom ``bytes_scanned`` has it too.

        :raises ServiceRunError: if it did not succeed
        """
        self._lease(context).release()
        if event and event.get("status") == "success":
            query_id: str = super().execute_complete(context, event)
            self._tell_cost(context, query_id)
            note_update(
                context.get("outlet_events"),
                report_asset(load_contract().report(self.report_name)),
                event_date=self.event_date,
            )
            return query_id
        query_id = (event or {}).get("value", "")
        status = self.hook.get_query_info(query_id)["QueryExecution"]["Status"]
        reason = status.get("StateChangeReason") or (event or {}).get("message") or "Athena gives no reason"
        raise ServiceRunError(
            f"Athena query {query_id} for {self.report_name} of {self.event_date} is {status['State']}: {reason}"
        )

    @cached_property
    def _s3(self) -> S3Hook:
        """One for all calls of the task: making a client costs more than a call does."""
        return S3Hook(aws_conn_id=self.aws_conn_id)

    def _tell_cost(self, context: Any, query_id: str) -> None:
        statistics = self.hook.get_query_info(query_id)["QueryExecution"]["Statistics"]
        bytes_scanned = int(statistics["DataScannedInBytes"])
        cents = 100 * query_usd(bytes_scanned, load_contract())
        self.log.info(
            "%s of %s: %s bytes scanned, %.4f cents", self.report_name, self.event_date, f"{bytes_scanned:,}", cents
        )
        context["ti"].xcom_push(key=BYTES_SCANNED_KEY, value=bytes_scanned)

    def _state(self) -> str | None:
        assert self.query_execution_id, "only a query that was started has a state"
        return self.hook.check_query_status(self.query_execution_id)

    def _lease(self, context: Any) -> Lease:
        instance, contract = context["ti"], load_contract()
        holder = "/".join((instance.dag_id, instance.run_id, instance.task_id, str(instance.map_index)))
        key = keys.lease_key(contract.report(self.report_name), date.fromisoformat(self.event_date), contract)
        return Lease(self._s3.get_conn(), self.reports_bucket, key, holder, self.query_limit + LEASE_MARGIN)
