"""What the report operator adds to the provider's Athena operator."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from botocore.exceptions import ClientError

from clickstream.contract import load_contract
from clickstream.errors import ServiceRunError
from clickstream.operators import slot
from clickstream.operators.report_query import ReportOperator
from clickstream.operators.slot import attempts
from clickstream.reports.statements import unload_statement
from tests.dags.support import FAILED, TaskDeferred, context


def report(event_date: str = "2026-01-31") -> ReportOperator:
    return ReportOperator(
        task_id="a_task",
        report_name="event_counts",
        event_date=event_date,
        reports_bucket="the-reports",
        database="db",
        workgroup="wg",
        query_limit=timedelta(minutes=30),
        slot_limit=timedelta(hours=1),
    )


@dataclass
class FakeLease:
    """Stands in for the lease; its own tests take it from a real S3."""

    free: bool = True
    held: bool = False

    def acquire(self) -> bool:
        self.held = self.free
        return self.free

    def release(self) -> None:
        self.held = False


@pytest.fixture(autouse=True)
def lease(monkeypatch):
    fake = FakeLease()
    monkeypatch.setattr(ReportOperator, "_lease", lambda self, context: fake)
    return fake


@pytest.fixture(autouse=True)
def states(monkeypatch):
    """What Athena says of the query, look by look; its last word is repeated."""
    answers = ["QUEUED", "RUNNING"]
    monkeypatch.setattr(slot, "SHORTEST_DEFERRAL_S", 0.05)
    monkeypatch.setattr(slot, "FIRST_LOOK_S", 0.001)
    monkeypatch.setattr(
        AthenaHook, "check_query_status", lambda self, query_id: answers.pop(0) if len(answers) > 1 else answers[0]
    )
    return answers


@pytest.fixture
def succeeded(stub):
    """What Athena tells of a query that succeeded."""
    answer = {"Status": {"State": "SUCCEEDED"}, "Statistics": {"DataScannedInBytes": 123_456_789}}
    return stub(AthenaHook, "athena").add_response(
        "get_query_execution", {"QueryExecution": answer}, {"QueryExecutionId": "q1"}
    )


def test_a_reports_folder_is_cleared_before_it_is_written(monkeypatch, lease):
    calls: list[tuple[str, Any]] = []
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [f"{prefix}old.parquet"])
    monkeypatch.setattr(S3Hook, "delete_objects", lambda self, bucket, keys: calls.append((bucket, keys)))

    def run_query(self: AthenaHook, query: str, *rest: Any) -> str:
        calls.append(("query", query))
        return "q1"

    monkeypatch.setattr(AthenaHook, "run_query", run_query)
    with pytest.raises(TaskDeferred) as deferred:
        report().execute(context=context())
    (bucket, keys), (_, query) = calls
    assert (bucket, keys) == ("the-reports", ["reports/event_counts/report_date=2026-01-31/old.parquet"])
    assert "TO 's3://the-reports/reports/event_counts/report_date=2026-01-31/'" in query
    assert "where year = '2026' and month = '01' and day = '31'" in query
    assert deferred.value.trigger.attempts > 0
    assert lease.held


def test_a_query_that_ends_within_seconds_is_not_deferred(monkeypatch, lease, states, succeeded):
    """Airflow takes a task for killed whose trigger fires before it has heard of the deferral."""
    states.append("SUCCEEDED")
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [])
    monkeypatch.setattr(AthenaHook, "run_query", lambda *arguments: "q1")
    assert report().execute(context=context()) == "q1"
    assert not lease.held


def test_a_query_that_fails_within_seconds_carries_athenas_own_reason(monkeypatch, stub, lease, states):
    states.append("FAILED")
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [])
    monkeypatch.setattr(AthenaHook, "run_query", lambda *arguments: "q1")
    status = {"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: line 3:6"}
    stub(AthenaHook, "athena").add_response("get_query_execution", {"QueryExecution": {"Status": status}})
    with pytest.raises(ServiceRunError, match="q1 for event_counts of 2026-01-31 is FAILED: COLUMN_NOT_FOUND"):
        report().execute(context=context())
    assert not lease.held


def test_a_report_that_another_run_rebuilds_is_waited_for_untouched(monkeypatch, lease):
    lease.free = False
    monkeypatch.setattr(S3Hook, "list_keys", lambda *arguments, **keywords: pytest.fail("not ours to clear"))
    with pytest.raises(TaskDeferred) as deferred:
        report().execute(context=context())
    assert deferred.value.method_name == "start_again"


@pytest.mark.parametrize(
    "event", [{"status": "success", "value": "q1"}, {**FAILED, "value": "q1"}], ids=["ok", "failed"]
)
def test_the_lease_passes_on_when_the_query_ended(request, stub, lease, event):
    lease.held = True
    if event["status"] == "success":
        request.getfixturevalue("succeeded")
    else:
        status = {"State": "FAILED", "StateChangeReason": "why"}
        stub(AthenaHook, "athena").add_response("get_query_execution", {"QueryExecution": {"Status": status}})
    with nullcontext() if event["status"] == "success" else pytest.raises(ServiceRunError):
        report().execute_complete(context=context(), event=event)
    assert not lease.held


def test_a_report_tells_what_it_read_and_cost(caplog, capsys, succeeded):
    pushed: dict[str, int] = {}
    told = context()
    told["ti"].xcom_push = lambda key, value: pushed.update({key: value})
    with caplog.at_level("INFO"):
        report().execute_complete(context=told, event={"status": "success", "value": "q1"})
    assert pushed == {"bytes_scanned": 123_456_789}
    logged = caplog.text + capsys.readouterr().out  # Airflow's versions log in different ways
    assert "event_counts of 2026-01-31: 123,456,789 bytes scanned, 0.0620 cents" in logged


def test_the_lease_passes_on_when_the_query_does_not_start(monkeypatch, lease):
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [])
    refused = ClientError({"Error": {"Code": "InvalidRequestException", "Message": "no"}}, "StartQueryExecution")

    def run_query(*arguments: Any) -> str:
        raise refused

    monkeypatch.setattr(AthenaHook, "run_query", run_query)
    with pytest.raises(ClientError):
        report().execute(context=context())
    assert not lease.held


def test_the_next_to_rebuild_the_report_asks_for_the_same_lease(monkeypatch):
    monkeypatch.undo()
    leases = [report(day)._lease(context()) for day in ("2026-01-31", "2026-01-31", "2026-02-01")]
    keys = [lease._object["Key"] for lease in leases]
    assert keys == [
        "leases/event_counts/2026-01-31.json",
        "leases/event_counts/2026-01-31.json",
        "leases/event_counts/2026-02-01.json",
    ]


def test_an_empty_reports_folder_needs_no_clearing(monkeypatch):
    monkeypatch.setattr(S3Hook, "list_keys", lambda self, bucket, prefix: [])
    monkeypatch.setattr(S3Hook, "delete_objects", lambda *arguments: pytest.fail("nothing to delete"))
    monkeypatch.setattr(AthenaHook, "run_query", lambda *arguments: "q1")
    with pytest.raises(TaskDeferred):
        report().execute(context=context())


def test_a_failed_query_carries_athenas_own_reason(stub):
    status = {"State": "FAILED", "StateChangeReason": "TABLE_NOT_FOUND: line 3:6: events"}
    stub(AthenaHook, "athena").add_response(
        "get_query_execution", {"QueryExecution": {"Status": status}}, {"QueryExecutionId": "q1"}
    )
    with pytest.raises(ServiceRunError) as raised:
        report().execute_complete(context=context(), event={**FAILED, "value": "q1"})
    assert str(raised.value) == (
        "Athena query q1 for event_counts of 2026-01-31 is FAILED: TABLE_NOT_FOUND: line 3:6: events"
    )


def test_polling_lasts_as_long_as_the_limit():
    assert attempts(timedelta(minutes=30), 30) == 60
    assert attempts(timedelta(minutes=30), 7) * 7 >= 30 * 60


@pytest.mark.parametrize("report_name", [entry.name for entry in load_contract().reports])
def test_every_report_of_the_contract_has_its_sql(report_name):
    statement = unload_statement(load_contract().report(report_name), date(2026, 1, 31), "the-reports", load_contract())
    assert statement.startswith("UNLOAD (\n-- One row per ")
    assert "{{" not in statement


def test_the_operator_stays_the_providers():
    assert issubclass(ReportOperator, AthenaOperator)
