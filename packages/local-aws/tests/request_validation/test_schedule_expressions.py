"""Schedule expressions that AWS takes and refuses."""

from __future__ import annotations

import pytest

from local_aws.request_validation.schedule_expressions import is_due, is_due_regularly

# What the Scheduler refused in localstack's recordings (tests/aws/services/scheduler/test_scheduler.snapshot.json).
REFUSED = (
    "cron(0 1 * * * *)",
    "cron(7 20 * * NOT *)",
    "cron(INVALID)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
    "cron()",
    "rate(10 seconds)",
    "rate(10 years)",
    "rate()",
    "rate(10)",
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(-10 minutes)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
    "at(2021-12-31T23:59:59Z)",
    "at(2021-12-31)",
)
# The examples of AWS's page on schedule types, and of localstack's issue 13572.
TAKEN = (
    "cron(15 10 ? * 6L 2022-2023)",
    "cron(0/10 * ? * MON-FRI *)",
    "cron(0 18 ? * MON-FRI *)",
    "cron(0 9 ? * 2#1 *)",
    "cron(0 8 1W * ? *)",
    "cron(0 12 L * ? *)",
    "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
    "cron(30-30 13-13 ? * 2,4,6 *)",
    "cron(1-31/30 1-1 ? * 1,7 *)",
    "rate(5 minutes)",
    "rate(1 hour)",
)


@pytest.mark.parametrize("expression", REFUSED)
def test_what_aws_refused_is_refused(expression: str) -> None:
    assert not is_due(expression)
    assert not is_due_regularly(expression)


@pytest.mark.parametrize("expression", TAKEN)
def test_what_aws_takes_is_taken(expression: str) -> None:
    assert is_due(expression)
    assert is_due_regularly(expression)


def test_a_single_instant_is_the_schedulers_only() -> None:
    assert is_due("at(2022-11-20T13:00:00)")
    assert not is_due_regularly("at(2022-11-20T13:00:00)")


@pytest.mark.parametrize("expression", ["rate(1 days)", "rate(5 minute)"])
def test_a_rules_unit_agrees_with_its_number(expression: str) -> None:
    assert not is_due_regularly(expression)
