"""The rules of the comparison itself, on policies written for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iac.iam_comparison import Call, differences, matches, statements_of

BUCKET = "arn:aws:s3:::raw"
READS = [Call("job", "s3:GetObject", f"{BUCKET}/events/year=2026/a.gz"), Call("job", "s3:ListBucket", BUCKET)]


def statement(actions: str | list[str], resources: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Sid": "Own", "Effect": "Allow", "Action": actions, "Resource": resources, **more}


def compared(*entries: dict[str, Any], calls: list[Call] = READS, explained: tuple[str, ...] = ()) -> Any:
    return differences(calls, statements_of("job", {"Statement": list(entries)}, {"Own": explained}))


LIST = statement("s3:ListBucket", BUCKET, Sid="List")
READ = statement("s3:GetObject", f"{BUCKET}/events/*")


def test_a_policy_of_exactly_the_calls_has_no_difference():
    found = compared(LIST, READ)
    assert not found.refused
    assert not found.unused


def test_an_action_that_is_not_granted_is_named():
    assert compared(LIST).refused == [f"job called s3:GetObject on {BUCKET}/events/year…, which no policy grants"]


def test_an_action_on_another_resource_is_not_granted():
    found = compared(LIST, statement("s3:GetObject", f"{BUCKET}/errors/*"))
    assert len(found.refused) == 1
    assert "grants s3:GetObject, which was not called" in found.unused[0]


def test_an_action_of_another_role_is_not_granted():
    assert len(compared(LIST, READ, calls=[call._replace(role="crawler") for call in READS]).refused) == 2


def test_an_action_that_nobody_called_is_named_unless_it_is_explained():
    entry = statement(["s3:GetObject", "s3:DeleteObject"], f"{BUCKET}/events/*")
    (unused,) = compared(LIST, entry).unused
    assert unused.startswith("job: Own grants s3:DeleteObject, which was not called")
    assert not compared(LIST, entry, explained=("s3:DeleteObject",)).unused


def test_a_resource_that_nobody_used_is_named_unless_it_is_explained():
    entry = statement("s3:GetObject", [f"{BUCKET}/events/*", f"{BUCKET}/errors/*"])
    (unused,) = compared(LIST, entry).unused
    assert unused.startswith(f"job: Own grants {BUCKET}/errors/*, on which nothing was called")
    assert not compared(LIST, entry, explained=(f"{BUCKET}/errors/*",)).unused


def test_where_every_action_is_explained_no_resource_needs_a_call():
    more = statement("s3:GetObject", [f"{BUCKET}/events/*", f"{BUCKET}/errors/*"])
    assert not compared(LIST, more, explained=("s3:GetObject",)).unused


def test_a_deny_wins_unless_it_has_a_condition():
    deny = statement("s3:*", "*", Sid="Deny", Effect="Deny")
    assert len(compared(LIST, READ, deny).refused) == 2
    assert not compared(LIST, READ, {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}).refused


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        pytest.param("arn:aws:s3:::b/events/*", "arn:aws:s3:::b/events/a/b", True, id="a_star_crosses_slashes"),
        pytest.param("arn:aws:s3:::b/events/*", "arn:aws:s3:::b/events", False, id="not_the_folder_itself"),
        pytest.param("a?c", "abc", True, id="question_mark"),
        pytest.param("a.c", "abc", False, id="a_dot_is_a_dot"),
        pytest.param("log-group:x:*", "log-group:x:log-stream:", True, id="log_group"),
        pytest.param("log-group:x", "log-group:x:log-stream:", False, id="log_group_without_star"),
    ],
)
def test_patterns_are_iams(pattern, text, expected):
    assert matches(pattern, text) is expected


def test_actions_match_in_any_case():
    assert not compared(LIST, statement("S3:getobject", f"{BUCKET}/events/*")).refused


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, id="no_sid"),
        pytest.param({"Sid": "X", "Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"}, id="not_action"),
    ],
)
def test_what_can_not_be_compared_is_an_error(entry):
    with pytest.raises(ValueError, match=r"no Sid|NotAction"):
        statements_of("job", {"Statement": [entry]})
