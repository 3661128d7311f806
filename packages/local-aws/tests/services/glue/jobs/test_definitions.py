"""CreateJob, UpdateJob, GetJob and their kin."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from glue_support import ROLE, unique

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}


@pytest.fixture
def glue(local_aws: Any) -> Any:
    return local_aws.client("glue")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_job_shows_what_was_given_and_what_aws_fills_in(glue: Any) -> None:
    name = unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND, WorkerType="G.2X", NumberOfWorkers=3, Tags={"a": "b"})

    job = glue.get_job(JobName=name)["Job"]

    assert job["Command"] == {**COMMAND, "PythonVersion": "3"}
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert (job["Timeout"], job["MaxRetries"], job["GlueVersion"]) == (480, 0, "5.1")
    assert (job["WorkerType"], job["NumberOfWorkers"], job["MaxCapacity"]) == ("G.2X", 3, 6.0)
    assert job["CreatedOn"] == job["LastModifiedOn"]
    arn = f"arn:aws:glue:us-east-1:123456789012:job/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}


def test_an_update_replaces_the_whole_definition(glue: Any) -> None:
    name = unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Description="old", Timeout=5)

    glue.update_job(JobName=name, JobUpdate={"Role": "new", "Command": COMMAND, "MaxRetries": 2})

    job = glue.get_job(JobName=name)["Job"]
    assert (job["Role"], job["MaxRetries"], job["Timeout"]) == ("new", 2, 480)
    assert "Description" not in job
    assert job["LastModifiedOn"] > job["CreatedOn"]


def test_creating_a_job_again_needs_the_same_definition(glue: Any) -> None:
    name = unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)

    assert glue.create_job(Name=name, Role=ROLE, Command=COMMAND)["Name"] == name
    with pytest.raises(ClientError) as error:
        glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Timeout=5)

    assert code_of(error) == "IdempotentParameterMismatchException"


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"WorkerType": "G.1X", "NumberOfWorkers": 2, "MaxCapacity": 2.0}, id="two_capacities"),
        pytest.param({"Timeout": 10081}, id="timeout_too_long"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(glue: Any, part: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        glue.create_job(Name=unique("job"), Role=ROLE, Command=COMMAND, **part)

    assert code_of(error) == "InvalidInputException"


def test_jobs_are_listed_and_deleted(glue: Any) -> None:
    name = unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)

    listed = [job["Name"] for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]]
    assert name in listed
    assert glue.batch_get_jobs(JobNames=[name, "none"])["JobsNotFound"] == ["none"]
    assert glue.delete_job(JobName=name)["JobName"] == name
    with pytest.raises(ClientError) as error:
        glue.get_job(JobName=name)
    assert code_of(error) == "EntityNotFoundException"
