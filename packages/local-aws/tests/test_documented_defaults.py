"""What AWS fills in where a request says nothing: the figures here against the words of botocore's service models."""

from __future__ import annotations

import re
from functools import cache

import botocore.session
import pytest

from local_aws.services.firehose.destination import DEFAULT_BUFFERING_HINTS
from local_aws.services.gaps.kms import DEFAULT_ROTATION_PERIOD_DAYS
from local_aws.services.gaps.log_groups import DEFAULT_CLASS
from local_aws.services.glue.jobs.model import DEFAULT_TIMEOUT_MINUTES
from local_aws.services.glue.logs import JOB_LOG_GROUP, reported_log_group


@cache
def sentences(service: str, shape: str, member: str) -> str:
    """The model's documentation of a member, without its tags."""
    model = botocore.session.get_session().get_service_model(service).shape_for(shape)
    return re.sub("<[^>]+>", "", model.members[member].documentation)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (("glue", "CreateJobRequest", "Timeout"), f"{DEFAULT_TIMEOUT_MINUTES} minutes for Glue version 5.0 and later"),
        (("firehose", "BufferingHints", "SizeInMBs"), f"The default value is {DEFAULT_BUFFERING_HINTS['SizeInMBs']}."),
        (
            ("firehose", "BufferingHints", "IntervalInSeconds"),
            f"The default value is {DEFAULT_BUFFERING_HINTS['IntervalInSeconds']}.",
        ),
        (
            ("kms", "EnableKeyRotationRequest", "RotationPeriodInDays"),
            f"the default value is {DEFAULT_ROTATION_PERIOD_DAYS} days",
        ),
        (("logs", "CreateLogGroupRequest", "logGroupClass"), f"the default of {DEFAULT_CLASS} is used"),
        (("glue", "JobRun", "LogGroupName"), f"This name can be {JOB_LOG_GROUP}/"),
        (
            ("glue", "JobRun", "LogGroupName"),
            reported_log_group("a/path/yourRoleName", "yourSecurityConfigurationName"),
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_a_default_is_what_aws_says(member: tuple[str, str, str], words: str) -> None:
    assert words in sentences(*member)
