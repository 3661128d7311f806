"""Least privilege, measured: what the end-to-end run really called against what the policies in ``iac/`` grant."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.iac.iam_comparison import Call, Statement, differences
from tests.iac.iam_policies import IAC, policy_statements

pytestmark = pytest.mark.e2e
REPOSITORY = IAC.parent
RUN_ROLES = {f"clickstream-local-{name}" for name in ("firehose", "glue-job", "crawler", "mwaa", "producer")}


@pytest.fixture(scope="session")
def calls(demo, second_run, recorded_calls) -> list[Call]:
    """The calls of the demo and of a second run of one of its dates; those of a person are nobody's policy."""
    return [Call(c["role"], c["action"], c["resource"]) for c in recorded_calls if c["role"] is not None]


@pytest.fixture(scope="session")
def statements() -> list[Statement]:
    return policy_statements()


@pytest.fixture
def edited_iac(tmp_path):
    """A copy of iac/ with one text replaced, as the statements that it then gives."""

    def edit(file: str, old: str, new: str) -> list[Statement]:
        for name in ("iac", "dags"):
            shutil.copytree(
                REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".terraform")
            )
        path: Path = tmp_path / "iac" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return policy_statements(tmp_path / "iac")

    return edit


def test_every_role_of_the_run_was_heard(calls):
    assert {call.role for call in calls} == RUN_ROLES


def test_every_call_is_granted_to_the_role_that_made_it(calls, statements):
    refused = differences(calls, statements).refused
    assert not refused, "\n".join(refused)


def test_every_granted_action_and_resource_was_used_or_says_why_not(calls, statements):
    unused = differences(calls, statements).unused
    assert not unused, "\n".join(unused)


def test_each_action_taken_out_of_its_policy_is_missed(calls, statements):
    """Where two statements grant the same calls one of them is too many, and could go unnoticed."""
    before = set(differences(calls, statements).refused)
    for statement in (found for found in statements if found.allows):
        for action in set(statement.actions) - statement.explained:
            kept = tuple(other for other in statement.actions if other != action)
            left = [replace(found, actions=kept) if found is statement else found for found in statements]
            missed = set(differences(calls, left).refused) - before
            assert missed, f"{statement.role}: {statement.sid} need not grant {action}"


def test_an_action_taken_out_of_the_code_is_missed(calls, edited_iac):
    before = differences(calls, policy_statements()).refused
    found = differences(calls, edited_iac("iam_dag.tf", '"glue:StartJobRun",', ""))
    (added,) = [text for text in found.refused if text not in before]
    job = "arn:aws:glue:us-east-1:123456789012:job/clickstream-local-to-parquet"
    assert added == f"clickstream-local-mwaa called glue:StartJobRun on {job}, which no policy grants"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        pytest.param('"glue:DeleteJob",\n"glue:StartJobRun",', True, id="without_a_comment"),
        pytest.param('"glue:DeleteJob", # \n"glue:StartJobRun",', True, id="with_an_empty_comment"),
        pytest.param('"glue:DeleteJob", # a reason\n"glue:StartJobRun",', False, id="with_a_comment"),
        pytest.param('# a reason\n"glue:DeleteJob",\n"glue:StartJobRun",', False, id="with_a_comment_above"),
    ],
)
def test_an_unused_action_put_into_the_code_is_found_unless_it_is_explained(
    calls, statements, edited_iac, line, is_found
):
    before = set(differences(calls, statements).unused)
    found = differences(calls, edited_iac("iam_dag.tf", '"glue:StartJobRun",', line)).unused
    added = [text.partition(",")[0] for text in found if text not in before]
    assert added == (["clickstream-local-mwaa: RunTheJob grants glue:DeleteJob"] if is_found else [])


def test_an_unused_resource_put_into_the_code_is_found(calls, statements, edited_iac):
    database = '"${local.glue_arn}:database/${local.database_name}",'
    edited = edited_iac("iam_dag.tf", database, f'"${{local.glue_arn}}:database/other",\n{database}')
    before = set(differences(calls, statements).unused)
    (added,) = [text for text in differences(calls, edited).unused if text not in before]
    assert "database/other, on which nothing was called" in added
