"""Waiting for something that happens elsewhere (local_aws/waiting.py)."""

from __future__ import annotations

import itertools

from local_aws.waiting import wait_until


def test_the_answer_is_the_first_true_one() -> None:
    answers = iter([0, None, "", "here", "later"])

    assert wait_until(lambda: next(answers), 10, interval_s=0) == "here"
    assert next(answers) == "later"


def test_it_asks_at_least_once_and_gives_back_the_last_answer_when_the_time_is_over() -> None:
    assert wait_until(lambda: "", 0) == ""


def test_no_more_is_asked_once_the_time_is_over() -> None:
    asked = itertools.count()

    assert not wait_until(lambda: next(asked) > 10**9, 0.05, interval_s=0.01)
    assert next(asked) >= 2
