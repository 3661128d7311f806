"""What the operator of the Glue job adds to the provider's."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from botocore.exceptions import ClientError, EndpointConnectionError

from clickstream.errors import MissingResourceError, ServiceRunError
from clickstream.operators import slot
from clickstream.operators.glue_job import TransformEventsOperator
from tests.dags.support import FAILED, PAST, TaskDeferred, TaskInstance, context, deferred_by


def transform(**arguments: str) -> TransformEventsOperator:
    return TransformEventsOperator(
        task_id="a_task",
        job_name="the-job",
        script_args={"--ingest_date": PAST, **arguments},
        deferrable=True,
        slot_limit=timedelta(hours=1),
    )


NOW = datetime(2026, 11, 24, 0, 20, tzinfo=UTC)


def glue_run(run_id: str, state: str, day: str = PAST, started: int = 0, **arguments: str) -> dict[str, Any]:
    """A run as GetJobRuns lists it, started that many seconds after NOW."""
    return {
        "Id": run_id,
        "JobRunState": state,
        "Arguments": {"--ingest_date": day, **arguments},
        "StartedOn": NOW + timedelta(seconds=started),
    }


def promise_job(glue: Any, *listings: list[dict[str, Any]], started: str | None = None) -> None:
    """Promise the calls of one start: the job is there, the runs are listed, perhaps a run starts and is listed."""
    glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_response("get_job_runs", {"JobRuns": listings[0]}, {"JobName": "the-job", "MaxResults": 100})
    if started:
        glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
        arguments = {"--ingest_date": PAST}
        glue.add_response("start_job_run", {"JobRunId": started}, {"JobName": "the-job", "Arguments": arguments})
        glue.add_response("get_job_runs", {"JobRuns": listings[1]}, {"JobName": "the-job", "MaxResults": 100})


def test_the_glue_run_gets_the_date_only_and_is_waited_for_without_a_worker(stub):
    own = glue_run("jr_1", "STARTING")
    promise_job(stub(GlueJobHook, "glue"), [], [own], started="jr_1")
    assert deferred_by(transform()).trigger.run_id == "jr_1"


def test_the_trigger_reads_no_log_which_could_fail_the_task(stub):
    promise_job(stub(GlueJobHook, "glue"), [], [glue_run("jr_1", "STARTING")], started="jr_1")
    assert deferred_by(transform()).trigger.verbose is False


def test_a_run_of_the_date_that_is_still_going_on_is_joined(stub):
    listed = [
        glue_run("jr_4", "RUNNING", day="2024-03-01", started=3),
        glue_run("jr_3", "RUNNING", started=2),
        glue_run("jr_2", "FAILED", started=1),
    ]
    promise_job(stub(GlueJobHook, "glue"), listed)  # start_job_run is not promised: it would fail
    assert deferred_by(transform()).trigger.run_id == "jr_3"


def test_runs_of_the_date_that_ended_are_not_joined(stub):
    ended = [glue_run(f"jr_{state}", state) for state in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")]
    promise_job(stub(GlueJobHook, "glue"), ended, [glue_run("jr_9", "STARTING"), *ended], started="jr_9")
    assert deferred_by(transform()).trigger.run_id == "jr_9"


def test_of_two_runs_that_started_at_the_same_moment_the_earlier_one_stays(stub):
    glue = stub(GlueJobHook, "glue")
    both = [glue_run("jr_own", "STARTING", started=1), glue_run("jr_other", "STARTING")]
    promise_job(glue, [], both, started="jr_own")
    glue.add_response(
        "batch_stop_job_run",
        {"SuccessfulSubmissions": [{"JobName": "the-job", "JobRunId": "jr_own"}]},
        {"JobName": "the-job", "JobRunIds": ["jr_own"]},
    )
    assert deferred_by(transform()).trigger.run_id == "jr_other"


REPLAY = {"--replay_reasons": "all"}


@pytest.mark.parametrize(
    ("own", "others", "joined"),
    [
        ({}, REPLAY, False),
        (REPLAY, {}, False),
        (REPLAY, {"--replay_reasons": "too_late"}, False),
        (REPLAY, REPLAY, True),
    ],
)
def test_a_run_that_does_other_work_on_the_date_is_waited_out_and_not_joined(stub, own, others, joined):
    promise_job(stub(GlueJobHook, "glue"), [glue_run("jr_1", "RUNNING", **others)])
    deferred = deferred_by(transform(**own))
    if joined:
        assert deferred.trigger.run_id == "jr_1"
    else:
        assert deferred.method_name == "start_again"


def test_a_run_of_the_date_that_is_stopping_is_waited_out(stub):
    promise_job(stub(GlueJobHook, "glue"), [glue_run("jr_1", "STOPPING")])
    assert deferred_by(transform()).method_name == "start_again"


@pytest.mark.parametrize("day", ["2024-02-28", "2024-03-01"], ids=["looked back at", "looks back at this one"])
def test_a_run_of_the_date_beside_has_to_end_first(stub, day):
    promise_job(stub(GlueJobHook, "glue"), [glue_run("jr_0", "RUNNING", day=day)])
    assert deferred_by(transform()).method_name == "start_again"


def test_of_two_dates_that_started_at_the_same_moment_the_earlier_run_stays(stub):
    glue = stub(GlueJobHook, "glue")
    both = [glue_run("jr_1", "STARTING", started=1), glue_run("jr_0", "STARTING", day="2024-02-28")]
    promise_job(glue, [], both, started="jr_1")
    glue.add_response("batch_stop_job_run", {}, {"JobName": "the-job", "JobRunIds": ["jr_1"]})
    assert deferred_by(transform()).method_name == "start_again"


@pytest.mark.parametrize("state", [None, "scheduled", "deferred", "up_for_retry"])
def test_the_run_of_the_date_before_goes_first(stub, monkeypatch, state):
    stub(GlueJobHook, "glue").add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    monkeypatch.setattr(TaskInstance, "runs_going_on", {datetime(2024, 2, 28, tzinfo=UTC): {"a_task": state}})
    assert deferred_by(transform()).method_name == "start_again"


@pytest.mark.parametrize("state", ["success", "failed", "upstream_failed"])
def test_the_run_of_the_date_before_is_not_waited_for_once_its_events_are_written(stub, monkeypatch, state):
    promise_job(stub(GlueJobHook, "glue"), [], [glue_run("jr_1", "STARTING")], started="jr_1")
    monkeypatch.setattr(TaskInstance, "runs_going_on", {datetime(2024, 2, 28, tzinfo=UTC): {"a_task": state}})
    assert deferred_by(transform()).trigger.run_id == "jr_1"


@pytest.mark.parametrize("code", ["ConcurrentRunsExceededException", "ThrottlingException"])
def test_a_glue_without_room_for_a_run_is_waited_for_without_a_worker(stub, code):
    glue = stub(GlueJobHook, "glue")
    promise_job(glue, [])
    glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_client_error("start_job_run", code)
    deferred = deferred_by(transform())
    assert deferred.method_name == "start_again"
    assert deferred.trigger.moment > datetime.now(UTC)
    assert set(deferred.kwargs) == {"waiting_since"}


def test_a_pause_is_never_shorter_than_airflow_can_take(stub, monkeypatch):
    monkeypatch.setattr(slot, "SHORTEST_PAUSE_S", 600)
    glue = stub(GlueJobHook, "glue")
    promise_job(glue, [])
    glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_client_error("start_job_run", "ThrottlingException")
    assert deferred_by(transform()).trigger.moment > datetime.now(UTC) + timedelta(seconds=590)


def test_after_the_pause_the_run_is_started(stub):
    promise_job(stub(GlueJobHook, "glue"), [], [glue_run("jr_1", "STARTING")], started="jr_1")
    with pytest.raises(TaskDeferred) as deferred:
        transform().start_again(context(), event=None, waiting_since=datetime.now(UTC).isoformat())
    assert deferred.value.trigger.run_id == "jr_1"


def test_a_glue_that_never_has_room_is_waited_for_within_a_bound(stub):
    glue = stub(GlueJobHook, "glue")
    promise_job(glue, [])
    glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_client_error("start_job_run", "ConcurrentRunsExceededException")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with pytest.raises(ServiceRunError, match=r"waited 360\d s in vain: Glue starts no further run of the-job"):
        transform().start_again(context(), event=None, waiting_since=an_hour_ago.isoformat())


def test_an_error_that_waiting_does_not_mend_is_raised(stub):
    glue = stub(GlueJobHook, "glue")
    promise_job(glue, [])
    glue.add_response("get_job", {"Job": {"Name": "the-job"}}, {"JobName": "the-job"})
    glue.add_client_error("start_job_run", "InvalidInputException", "no such argument")
    with pytest.raises(ClientError, match="no such argument"):
        transform().execute(context=context())


def test_a_missing_glue_job_is_named_and_not_created(stub):
    stub(GlueJobHook, "glue").add_client_error("get_job", "EntityNotFoundException")
    with pytest.raises(MissingResourceError, match="Glue job the-job does not exist"):
        transform().execute(context=context())


PREFIX = "/aws-glue/jobs/the-job"


@pytest.fixture
def logs(stub):
    return stub(AwsLogsHook, "logs")


def promise_run(glue: Any, run: dict[str, Any], log_group: str = "/aws-glue/jobs") -> None:
    """Promise what is asked to find the log of a run that ended, which is in a group of its job's own prefix."""
    job = {"Name": "the-job", "DefaultArguments": {"--custom-logGroup-prefix": PREFIX}}
    glue.add_response("get_job", {"Job": job}, {"JobName": "the-job"})
    answer = {"JobRun": {"LogGroupName": log_group, **run}}
    glue.add_response("get_job_run", answer, {"JobName": "the-job", "RunId": "jr_1"})


def promise_lines(logs: Any, group: str, *lines: str, stream: str = "jr_1") -> None:
    events = [{"timestamp": 1, "ingestionTime": 1, "message": f"{line}\n"} for line in lines]
    request = {"logGroupName": group, "logStreamName": stream, "limit": 200, "startFromHead": False}
    logs.add_response("get_log_events", {"events": events}, request)


def test_a_failed_glue_run_carries_glues_own_message(stub, logs):
    run = {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": "NoRawObjectsError: no objects under s3://x"}
    glue = stub(GlueJobHook, "glue")
    promise_run(glue, run)
    promise_lines(logs, f"{PREFIX}/output", "a line")
    promise_lines(logs, f"{PREFIX}/error", "an error")
    glue.add_response("get_job_run", {"JobRun": run}, {"JobName": "the-job", "RunId": "jr_1"})
    with pytest.raises(ServiceRunError) as raised:
        transform().execute_complete(context=context(), event={**FAILED, "run_id": "jr_1"})
    assert str(raised.value) == ("Glue run jr_1 of the-job is FAILED: NoRawObjectsError: no objects under s3://x")


def test_a_glue_run_without_message_carries_the_providers(stub, logs):
    glue = stub(GlueJobHook, "glue")
    promise_run(glue, {"JobRunState": "TIMEOUT"})
    for _ in range(4):  # two kinds in two groups
        logs.add_client_error("get_log_events", "ThrottlingException")
    glue.add_response("get_job_run", {"JobRun": {"JobRunState": "TIMEOUT"}})
    with pytest.raises(ServiceRunError, match=r"is TIMEOUT: the provider's own words"):
        transform().execute_complete(context=context(), event={**FAILED, "run_id": "jr_1"})


@pytest.fixture
def end_with_success(monkeypatch, caplog):
    """Ends the task whose run has succeeded; returns what it logs, whichever logging this Airflow has."""
    monkeypatch.setattr(TransformEventsOperator, "log", logging.getLogger(__name__))

    def end() -> str:
        with caplog.at_level("INFO"):
            run_id = transform().execute_complete(context=context(), event={"status": "success", "run_id": "jr_1"})
        assert run_id == "jr_1"
        return str(caplog.text)

    return end


def test_the_end_of_both_logs_stands_in_the_tasks_log(stub, logs, end_with_success):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    promise_lines(logs, f"{PREFIX}/output", "7 rows read", "7 rows written")
    promise_lines(logs, f"{PREFIX}/error", "WARN of Spark")
    text = end_with_success()
    assert "The end of /aws-glue/jobs/the-job/output of Glue run jr_1:\n\t7 rows read\n\t7 rows written" in text
    assert "WARN of Spark" in text


def test_a_log_in_the_group_that_glue_names_is_found(stub, logs, end_with_success):
    """With a role and a security configuration it may be another than the prefix's."""
    named = "/aws-glue/jobs-the-role-the-configuration"
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"}, f"{named}/")
    for _ in range(4):  # two kinds, each under two names
        logs.add_client_error("get_log_events", "ResourceNotFoundException")
    promise_lines(logs, f"{named}/output", "in output")
    promise_lines(logs, f"{named}/error", "in error")
    text = end_with_success()
    assert "in output" in text
    assert "in error" in text


def test_a_log_that_was_found_is_looked_for_nowhere_else(stub, logs, end_with_success):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    promise_lines(logs, f"{PREFIX}/output", "in output")
    promise_lines(logs, f"{PREFIX}/error")
    logs.add_client_error("get_log_events", "ResourceNotFoundException")  # the driver's other name
    assert "in output" in end_with_success()


def test_a_drivers_stream_may_say_that_it_is_the_drivers(stub, logs, end_with_success):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    for kind in ("output", "error"):
        logs.add_client_error("get_log_events", "ResourceNotFoundException")
        promise_lines(logs, f"{PREFIX}/{kind}", f"in {kind}", stream="jr_1-driver")
    assert "in output" in end_with_success()


def test_a_log_whose_first_page_is_empty_is_read_on(stub, logs, end_with_success):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    request = {"logGroupName": f"{PREFIX}/output", "logStreamName": "jr_1", "limit": 200, "startFromHead": False}
    logs.add_response("get_log_events", {"events": [], "nextBackwardToken": "b/1"}, request)
    logs.add_response("get_log_events", {"events": [{"message": "said late"}]}, {**request, "nextToken": "b/1"})
    error = {**request, "logGroupName": f"{PREFIX}/error"}
    logs.add_response("get_log_events", {"events": [], "nextBackwardToken": "b/2"}, error)
    # The same token again: that was all, here and under the driver's other name.
    logs.add_response("get_log_events", {"events": [], "nextBackwardToken": "b/2"}, {**error, "nextToken": "b/2"})
    logs.add_client_error("get_log_events", "ResourceNotFoundException")
    assert "said late" in end_with_success()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ServiceUnavailableException"])
def test_a_log_that_can_not_be_read_fails_no_task(stub, logs, end_with_success, code):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    for _ in range(4):  # two kinds in two groups
        logs.add_client_error("get_log_events", code, "in AWS's words")
    text = end_with_success()
    assert "The log of Glue run jr_1 can't be shown here" in text
    assert "in AWS's words" in text


def test_a_connection_that_fails_fails_no_task(stub, monkeypatch, end_with_success):
    stub(GlueJobHook, "glue")

    def fail(hook: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://logs")

    monkeypatch.setattr(AwsLogsHook, "get_conn", fail)
    assert "The log of Glue run jr_1 can't be shown here: Could not connect" in end_with_success()


def test_a_run_without_a_log_is_said(stub, logs, end_with_success):
    promise_run(stub(GlueJobHook, "glue"), {"JobRunState": "SUCCEEDED"})
    for _ in range(8):  # two kinds in two groups, each under two names
        logs.add_client_error("get_log_events", "ResourceNotFoundException")
    assert "Glue run jr_1 has no log yet" in end_with_success()


def test_the_operator_stays_the_providers():
    assert issubclass(TransformEventsOperator, GlueJobOperator)
