"""What people are told when something fails, and when."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.sns import SnsHook

from clickstream.errors import GateError, ServiceRunError
from clickstream.failures import format_error, log_failure, on_dag_failure, on_task_failure

TOPIC = "arn:aws:sns:us-east-1:123456789012:clickstream-dev-alerts"
GATE_LINE = "rows_read 0 is below min_rows_read 1: check the producer, then clear transform_events"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(GateError("rows_read 0"), "rows_read 0", id="ours: the message alone"),
        pytest.param(ServiceRunError("a\n  b\tc\r\n"), "a b c", id="several lines become one"),
        pytest.param(KeyError("x"), "KeyError: 'x'", id="others: with their type"),
        pytest.param(ValueError(), "ValueError", id="no message: the type"),
        pytest.param(None, "no exception was recorded", id="nothing"),
    ],
)
def test_an_error_becomes_one_line(error, expected):
    assert format_error(error) == expected


def test_a_long_error_is_cut():
    assert len(format_error(GateError("x" * 5000))) == 2000
    assert format_error(GateError("x" * 5000)).endswith("x…")


@pytest.mark.parametrize(
    ("map_index", "name"), [(-1, "transform_events"), (None, "transform_events"), (2, "transform_events[2]")]
)
def test_a_failed_task_leaves_exactly_format_error_that_can_be_searched_for(capsys, map_index, name):
    instance = SimpleNamespace(task_id="transform_events", map_index=map_index)
    log_failure({"ti": instance, "exception": ServiceRunError("Glue run jr_1 is FAILED:\nNoRawObjectsError: no")})
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"CLICKSTREAM TASK FAILED {name}: Glue run jr_1 is FAILED: NoRawObjectsError: no\n"


@pytest.fixture
def failed_task(daily):
    """Makes the context of a failed task, as Airflow hands it to a callback."""

    def make(error: BaseException | None = None, **instance: Any) -> dict[str, Any]:
        ti = SimpleNamespace(
            **{
                "task_id": "check_ledger",
                "map_index": -1,
                "log_url": "https://airflow.example/log",
                "xcom_pull": lambda task_ids: "2026-01-15" if task_ids == "resolve_date" else None,
                **instance,
            }
        )
        return {"dag": daily, "ti": ti, "run_id": "manual__1", "exception": error or GateError(GATE_LINE)}

    return make


@pytest.fixture
def published(monkeypatch):
    """What SNS would have been given."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(SnsHook, "publish_to_target", lambda self, **arguments: calls.append(arguments))
    return calls


@pytest.fixture
def topic(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__ALERTS_TOPIC_ARN", TOPIC)


def test_nobody_is_told_where_no_topic_is_set(monkeypatch):
    monkeypatch.delenv("AIRFLOW__CLICKSTREAM__ALERTS_TOPIC_ARN", raising=False)
    assert on_task_failure() == [log_failure]
    assert on_dag_failure() == []


@pytest.mark.usefixtures("topic")
def test_a_failed_task_is_told_with_dag_date_task_log_and_the_gates_line(published, failed_task):
    for callback in on_task_failure():
        callback(failed_task())
    [message] = published
    assert message["target_arn"] == TOPIC
    assert message["subject"] == "clickstream_daily: check_ledger failed"
    assert message["message"].splitlines() == [
        "DAG: clickstream_daily",
        "Arrival date: 2026-01-15",
        "Task: check_ledger",
        "Run: manual__1",
        f"Reason: {GATE_LINE}",
        "Log: https://airflow.example/log",
    ]


@pytest.mark.usefixtures("topic")
def test_what_an_error_says_is_not_taken_for_a_template(published, failed_task):
    on_task_failure()[1](failed_task(GateError("{{ 7 * 7 }} {% raw %}")))
    assert "Reason: {{ 7 * 7 }} {% raw %}" in published[0]["message"]


@pytest.mark.usefixtures("topic")
def test_a_subject_stays_within_what_sns_takes(published, failed_task):
    on_task_failure()[1](failed_task(task_id="ä" * 200))
    assert len(published[0]["subject"]) == 100
    assert published[0]["subject"].isascii()


@pytest.mark.usefixtures("topic")
def test_a_task_that_failed_before_the_date_was_resolved_is_told_without_it(published, failed_task):
    def gone(task_ids: str) -> str:
        raise RuntimeError("no XCom")

    on_task_failure()[1](failed_task(task_id="resolve_date", xcom_pull=gone))
    assert "Arrival date" not in published[0]["message"]


@pytest.mark.usefixtures("topic")
def test_a_run_that_takes_too_long_is_told_once_and_a_failed_task_not_again(published, failed_task):
    [callback] = on_dag_failure()
    callback({**failed_task(), "reason": "task_failure"})
    assert published == []
    callback({**failed_task(), "reason": "timed_out"})
    assert published[0]["subject"] == "clickstream_daily: DAG run failed"
    assert "took longer than its dagrun_timeout" in published[0]["message"]


def test_every_dag_tells(dag_bag):
    for dag in dag_bag.dags.values():
        for task in dag.tasks:
            callbacks = task.on_failure_callback
            assert log_failure in (callbacks if isinstance(callbacks, list) else [callbacks]), task.task_id
