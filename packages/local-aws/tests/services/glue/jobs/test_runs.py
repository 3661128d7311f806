"""Runs of Glue jobs whose script is plain Python, over real HTTP."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from glue_support import Jobs, unique
from local_aws.process import has_ended
from local_aws.waiting import wait_until
from local_aws_server import start_server

WAITING = """
    import os, sys, time
    print("pid", os.getpid())
    print("waiting")
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def jobs(local_aws: Any) -> Jobs:
    return Jobs(local_aws)


def error_code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_run_gets_the_jobs_arguments_overlaid_by_its_own_and_glues(jobs: Jobs) -> None:
    run = jobs.run(
        "import json, sys; print(json.dumps(sys.argv))",
        {"--ingest_date": "2026-01-05", "--raw_bucket": "mine", "--with_space": "a 'b' \"c\""},
        DefaultArguments={"--raw_bucket": "default", "--processed_bucket": "p"},
    )

    assert run["JobRunState"] == "SUCCEEDED"
    script, *arguments = json.loads(jobs.log(run["Id"], "output")[0])
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert Path(script).name == f"{run['JobName']}.py"
    assert given == {
        "--JOB_ID": f"j_{run['JobName']}",
        "--JOB_RUN_ID": run["Id"],
        "--JOB_NAME": run["JobName"],
        "--raw_bucket": "mine",
        "--processed_bucket": "p",
        "--ingest_date": "2026-01-05",
        "--with_space": "a 'b' \"c\"",
    }


def test_an_argument_that_is_not_overridable_keeps_the_jobs_value(jobs: Jobs) -> None:
    run = jobs.run("pass", {"--a": "run"}, NonOverridableArguments={"--a": "job"})

    assert run["Arguments"]["--a"] == "job"


def test_an_ended_run_shows_what_aws_shows(jobs: Jobs) -> None:
    before = datetime.now(UTC)

    run = jobs.run("import time; time.sleep(1.2)", {"--x": "y"}, Timeout=7)

    assert run["Id"].startswith("jr_")
    assert run["Arguments"] == {"--x": "y"}
    assert run["LogGroupName"] == "/aws-glue/jobs"
    assert run["GlueVersion"] == "5.1"
    assert (run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"]) == ("G.1X", 2, 2.0)
    assert (run["Timeout"], run["Attempt"]) == (7, 0)
    assert 1 <= run["ExecutionTime"] <= (run["CompletedOn"] - run["StartedOn"]).total_seconds() + 1
    assert run["PredecessorRuns"] == []
    assert before.timestamp() - 0.01 <= run["StartedOn"].timestamp() < run["CompletedOn"].timestamp()
    assert run["LastModifiedOn"] == run["CompletedOn"]
    assert "ErrorMessage" not in run


def test_a_run_overrides_the_jobs_capacity_and_timeout(jobs: Jobs) -> None:
    job = jobs.create("pass", Timeout=7)

    run = jobs.wait(job, jobs.start(job, Timeout=3, WorkerType="G.2X", NumberOfWorkers=4))

    assert (run["Timeout"], run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"]) == (3, "G.2X", 4, 8.0)


def test_a_run_goes_through_starting_and_running(jobs: Jobs) -> None:
    job = jobs.create(WAITING)
    run_id = jobs.start(job)

    assert jobs.run_of(job, run_id)["JobRunState"] in {"STARTING", "RUNNING"}
    running = jobs.wait(job, run_id, {"RUNNING"})

    assert "CompletedOn" not in running
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    jobs.wait(job, run_id)


def test_extra_python_files_are_importable_from_zips_and_modules(jobs: Jobs) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("package_in_zip/__init__.py", "NAME = 'from the zip'")
        zipped.writestr("package_in_zip/data.json", '{"a": 1}')
    locations = [jobs.put("lib/modules.zip", archive.getvalue()), jobs.put("lib/single.py", "NAME = 'from the module'")]

    run = jobs.run(
        """
        from importlib import resources
        import package_in_zip, single
        print(package_in_zip.NAME)
        print(single.NAME)
        print(resources.files("package_in_zip").joinpath("data.json").read_text())
        """,
        {"--extra-py-files": ", ".join(locations)},
    )

    assert run["JobRunState"] == "SUCCEEDED", run
    assert jobs.log(run["Id"], "output") == ["from the zip", "from the module", '{"a": 1}']


def test_the_script_sees_nothing_of_the_server(jobs: Jobs) -> None:
    run = jobs.run(
        """
        import importlib.util, os, sys
        print(importlib.util.find_spec("local_aws"), sys.stdin.read() == "", os.environ["TZ"], __name__)
        """
    )

    assert jobs.log(run["Id"], "output") == ["None True UTC __main__"]


def test_the_clients_of_a_script_reach_the_server(jobs: Jobs) -> None:
    run = jobs.run(
        f"""
        import boto3
        boto3.client("s3").put_object(Bucket="{jobs.bucket}", Key="from-boto3.txt", Body=b"hello")
        """
    )

    assert run["JobRunState"] == "SUCCEEDED", run
    assert jobs.get("from-boto3.txt") == b"hello"


def test_the_error_message_is_the_exceptions_last_line(jobs: Jobs) -> None:
    run = jobs.run(
        """
        def inner():
            raise ValueError("boom")
        inner()
        """
    )

    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: boom")
    stack = jobs.log(run["Id"], "error")
    assert stack[0] == "Traceback (most recent call last):"
    assert stack[-1] == "ValueError: boom"
    assert not any("bootstrap" in line or "runpy" in line for line in stack)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param("import sys; sys.exit(3)", "Command failed with exit code 3", id="exit_code"),
        pytest.param("import os; os._exit(4)", "Command failed with exit code 4", id="hard_exit"),
        pytest.param("import sys; sys.exit('no input')", "SystemExit: no input", id="exit_text"),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "Command failed: killed by signal 9 (SIGKILL)",
            id="signal",
        ),
        pytest.param("def (", "SyntaxError: invalid syntax", id="syntax"),
        pytest.param("raise RuntimeError('a\\n   b\\n')", "RuntimeError: a b", id="several_lines"),
        pytest.param("raise KeyError", "KeyError", id="no_text"),
    ],
)
def test_a_failed_run_says_why(jobs: Jobs, script: str, message: str) -> None:
    run = jobs.run(script)

    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)
    assert "\n" not in run["ErrorMessage"]


@pytest.mark.parametrize(
    "script", [pytest.param("import sys; sys.exit(0)", id="zero"), pytest.param("exit()", id="none")]
)
def test_leaving_with_exit_code_0_is_success(jobs: Jobs, script: str) -> None:
    assert jobs.run(script)["JobRunState"] == "SUCCEEDED"


def test_a_script_that_does_not_exist_fails_the_run_and_names_it(jobs: Jobs) -> None:
    job = jobs.create("pass")
    jobs.s3.delete_object(Bucket=jobs.bucket, Key=f"scripts/{job}.py")

    run = jobs.wait(job, jobs.start(job))

    assert run["JobRunState"] == "FAILED"
    assert f"s3://{jobs.bucket}/scripts/{job}.py" in run["ErrorMessage"]
    assert "does not exist" in run["ErrorMessage"]


def test_more_runs_than_the_job_allows_are_refused(jobs: Jobs) -> None:
    job = jobs.create(WAITING, ExecutionProperty={"MaxConcurrentRuns": 2})
    running = [jobs.start(job), jobs.start(job)]

    with pytest.raises(ClientError) as error:
        jobs.start(job)
    assert error_code(error) == "ConcurrentRunsExceededException"

    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=running)
    for run_id in running:
        jobs.wait(job, run_id)
    again = jobs.start(job)
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[again])
    assert jobs.wait(job, again)["JobRunState"] == "STOPPED"


def test_stopping_a_run_ends_its_processes(jobs: Jobs) -> None:
    job = jobs.create(
        """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("pid", child.pid)
        print("waiting")
        time.sleep(600)
        """
    )
    run_id = jobs.start(job)
    grandchild = jobs.pid_of(run_id)

    answer = jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])

    assert answer["SuccessfulSubmissions"] == [{"JobName": job, "JobRunId": run_id}]
    assert answer["Errors"] == []
    assert jobs.run_of(job, run_id)["JobRunState"] in {"STOPPING", "STOPPED"}
    stopped = jobs.wait(job, run_id)
    assert stopped["JobRunState"] == "STOPPED"
    assert "CompletedOn" in stopped
    assert wait_until(lambda: has_ended(grandchild), 10)


def test_what_a_script_leaves_running_ends_with_it(jobs: Jobs) -> None:
    run = jobs.run(
        """
        import subprocess, sys
        print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
        """
    )

    assert run["JobRunState"] == "SUCCEEDED"
    assert wait_until(lambda: has_ended(int(jobs.log(run["Id"], "output")[0])), 10)


def test_a_run_that_ignores_the_request_to_stop_is_killed(jobs: Jobs) -> None:
    job = jobs.create("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)" + "\n" + _dedented(WAITING))
    run_id = jobs.start(job)
    process = jobs.pid_of(run_id)

    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])

    assert jobs.wait(job, run_id, {"STOPPING", "STOPPED"})["JobRunState"] == "STOPPING"
    assert jobs.wait(job, run_id)["JobRunState"] == "STOPPED"
    assert wait_until(lambda: has_ended(process), 10)


def test_runs_that_are_unknown_or_over_can_not_be_stopped(jobs: Jobs) -> None:
    over = jobs.run("pass")

    answer = jobs.glue.batch_stop_job_run(JobName=over["JobName"], JobRunIds=["jr_unknown", over["Id"]])

    assert answer["SuccessfulSubmissions"] == []
    codes = {error["JobRunId"]: error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]}
    assert codes == {"jr_unknown": "EntityNotFoundException", over["Id"]: "JobRunInvalidStateTransitionException"}


def test_a_failed_run_is_tried_again_as_often_as_the_job_says(jobs: Jobs) -> None:
    job = jobs.create("raise ValueError('again')", MaxRetries=1)
    first = jobs.start(job)
    second = f"{first}_attempt_1"
    jobs.wait(job, first)
    assert wait_until(lambda: len(jobs.glue.get_job_runs(JobName=job)["JobRuns"]) == 2, 10)
    retried = jobs.wait(job, second)

    assert (retried["Attempt"], retried["PreviousRunId"], retried["JobRunState"]) == (1, first, "FAILED")
    assert [run["Id"] for run in jobs.glue.get_job_runs(JobName=job)["JobRuns"]] == [second, first]


def test_runs_are_listed_in_pages_from_the_newest(jobs: Jobs) -> None:
    job = jobs.create("pass")
    started = []
    for _ in range(3):
        run_id = jobs.start(job)
        jobs.wait(job, run_id)
        started.append(run_id)

    pages = list(jobs.glue.get_paginator("get_job_runs").paginate(JobName=job, PaginationConfig={"PageSize": 2}))

    assert [[run["Id"] for run in page["JobRuns"]] for page in pages] == [started[:0:-1], started[:1]]


def test_what_a_script_prints_can_be_read_while_it_runs(jobs: Jobs) -> None:
    job = jobs.create(
        """
        import sys, time
        print("to stderr: größer", file=sys.stderr)
        print("waiting")
        time.sleep(600)
        """
    )
    run_id = jobs.start(job)

    jobs.wait_for_line(run_id, "waiting")

    assert jobs.log(run_id, "error") == ["to stderr: größer"]
    assert jobs.run_of(job, run_id)["JobRunState"] == "RUNNING"
    events = jobs.server.client("logs").get_log_events(
        logGroupName="/aws-glue/jobs/output", logStreamName=run_id, startFromHead=True
    )
    assert [event["message"] for event in events["events"]] == ["waiting"]
    started_ms = int(jobs.run_of(job, run_id)["StartedOn"].timestamp() * 1000)
    assert events["events"][0]["timestamp"] >= started_ms
    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    jobs.wait(job, run_id)


def test_a_run_logs_into_the_groups_that_its_job_names(jobs: Jobs) -> None:
    run = jobs.run(
        "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)",
        DefaultArguments={"--custom-logGroup-prefix": "/aws-glue/jobs/of-my-own"},
    )

    assert run["LogGroupName"] == "/aws-glue/jobs"  # as the API describes it: it does not follow the prefix
    assert logged(jobs, "/aws-glue/jobs/of-my-own/output", run["Id"]) == ["to stdout"]
    assert logged(jobs, "/aws-glue/jobs/of-my-own/error", run["Id"]) == ["to stderr"]


def logged(jobs: Jobs, group: str, run_id: str) -> list[str]:
    events = jobs.server.client("logs").get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)
    return [event["message"] for event in events["events"]]


@pytest.mark.parametrize(
    ("mode", "arguments", "group"),
    [
        pytest.param("DISABLED", {}, "/aws-glue/jobs", id="logs_without_a_key"),
        pytest.param("SSE-KMS", {}, "/aws-glue/jobs/{configuration}-role/the-role", id="logs_with_a_key"),
        pytest.param(
            "SSE-KMS",
            {"--custom-logGroup-prefix": "/mine"},
            "/mine/{configuration}-role/the-role",
            id="logs_with_a_key_and_a_prefix",
        ),
    ],
)
def test_a_security_configuration_decides_where_a_run_logs(
    jobs: Jobs, mode: str, arguments: dict[str, str], group: str
) -> None:
    configuration = unique("configuration")
    key = {} if mode == "DISABLED" else {"KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}
    encryption = {"CloudWatchEncryption": {"CloudWatchEncryptionMode": mode, **key}}
    jobs.glue.create_security_configuration(Name=configuration, EncryptionConfiguration=encryption)

    run = jobs.run(
        "print('to stdout')",
        DefaultArguments=arguments,
        SecurityConfiguration=configuration,
        Role="arn:aws:iam::123456789012:role/the-role",
    )

    assert run["LogGroupName"] == f"/aws-glue/jobs-the-role-{configuration}"
    assert logged(jobs, f"{group.format(configuration=configuration)}/output", run["Id"]) == ["to stdout"]


def test_a_growing_log_can_be_read_on_from_where_the_last_reading_ended(jobs: Jobs) -> None:
    job = jobs.create("import time\nprint('first')\nprint('waiting')\ntime.sleep(1)\nprint('last')")
    run_id = jobs.start(job)
    jobs.wait_for_line(run_id, "waiting")
    logs = jobs.server.client("logs")
    request = {"logGroupName": "/aws-glue/jobs/output", "logStreamNames": [run_id]}

    begun = logs.filter_log_events(**request)
    assert logs.filter_log_events(**request, nextToken=begun["nextToken"])["events"] == []
    jobs.wait(job, run_id)
    rest = logs.filter_log_events(**request, nextToken=begun["nextToken"])["events"]

    assert [event["message"] for event in begun["events"]] == ["first", "waiting"]
    assert [event["message"] for event in rest] == ["last"]
    pages = logs.get_paginator("filter_log_events").paginate(**request)
    assert [event["message"] for page in pages for event in page["events"]] == ["first", "waiting", "last"]


def test_runs_and_their_logs_carry_the_time_that_the_clock_shows(bare_local_aws: Any) -> None:
    jobs = Jobs(bare_local_aws)
    bare_local_aws.set_clock("2026-01-05T10:00:00Z")

    run = jobs.run("print('hello')")

    assert run["StartedOn"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M") == "2026-01-05T10:00"
    assert jobs.log(run["Id"], "output") == ["hello"]
    assert jobs.glue.get_job(JobName=run["JobName"])["Job"]["CreatedOn"].astimezone(UTC).year == 2026


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param({"--job-bookmark-option": "job-bookmark-enable"}, "--job-bookmark-option", id="bookmarks"),
        pytest.param({"--additional-python-modules": "polars"}, "--additional-python-modules", id="pip"),
        pytest.param({"--job-language": "scala"}, "--job-language", id="scala"),
        pytest.param({"--extra-py-files": "s3://b/x.whl"}, "x.whl", id="wheel"),
    ],
)
def test_arguments_that_would_have_no_effect_here_are_refused(
    jobs: Jobs, arguments: dict[str, str], named: str
) -> None:
    job = jobs.create("pass")

    with pytest.raises(ClientError) as error:
        jobs.start(job, Arguments=arguments)

    assert error_code(error) == "InvalidInputException"
    assert named in str(error.value)
    assert jobs.glue.get_job_runs(JobName=job)["JobRuns"] == []


def test_a_glue_version_of_another_spark_is_refused(jobs: Jobs) -> None:
    job = jobs.create("pass", GlueVersion="4.0")

    with pytest.raises(ClientError) as error:
        jobs.start(job)

    assert error_code(error) == "InvalidInputException"
    assert "Glue 5.1 (Spark 3.5.6) and Glue 6.0 (Spark 4.1), not Glue 4.0" in str(error.value)


def test_a_job_that_is_no_spark_job_is_refused(jobs: Jobs) -> None:
    name = jobs.create("pass")
    jobs.glue.update_job(
        JobName=name, JobUpdate={"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}}
    )

    with pytest.raises(ClientError) as error:
        jobs.start(name)

    assert "pythonshell" in str(error.value)


def test_unknown_jobs_and_runs_are_entities_not_found(jobs: Jobs) -> None:
    job = jobs.create("pass")
    for call, request in (
        (jobs.glue.start_job_run, {"JobName": "none"}),
        (jobs.glue.get_job_run, {"JobName": "none", "RunId": "jr_x"}),
        (jobs.glue.get_job_run, {"JobName": job, "RunId": "jr_x"}),
        (jobs.glue.get_job_runs, {"JobName": "none"}),
        (jobs.glue.update_job, {"JobName": "none", "JobUpdate": {}}),
    ):
        with pytest.raises(ClientError) as error:
            call(**request)
        assert error_code(error) == "EntityNotFoundException"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_no_run_outlives_the_server(tmp_path: Path, number: signal.Signals) -> None:
    server = start_server(tmp_path / "data")
    try:
        jobs = Jobs(server)
        run_id = jobs.start(jobs.create(WAITING))
        process = jobs.pid_of(run_id)

        server.process.send_signal(number)
        server.process.wait(30)

        assert wait_until(lambda: has_ended(process), 10)
    finally:
        server.stop()


def test_the_work_folder_of_a_run_is_removed(jobs: Jobs) -> None:
    run = jobs.run("open('left.txt', 'w').write('x')")

    assert not (jobs.server.data_dir / "glue" / run["Id"]).exists()


def _dedented(script: str) -> str:
    return "\n".join(line[4:] for line in script.splitlines())
