"""docs/claims.md: each claim about AWS names its place, what it rests on and a command that AWS's models take."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

import pytest

from clickstream_dev.paths import REPOSITORY
from tests.iac import aws_command

DOCUMENT = (REPOSITORY / "docs" / "claims.md").read_text(encoding="utf-8")
AWS_PAGE = re.compile(r"https://(?:docs\.aws\.amazon\.com|aws\.amazon\.com|github\.com/aws)/[^\s,)]+[^\s,.)]")
COMMANDS = re.findall(r"`(aws [^`]+)`", DOCUMENT)


@dataclass(frozen=True)
class Claim:
    """A line of the table."""

    claim: str
    made_in: str
    rests_on: str
    shown_by: str


def claims() -> list[Claim]:
    rows = re.findall(r"^\| (.+) \|$", DOCUMENT, re.MULTILINE)
    cells = [re.split(r" \| ", row) for row in rows]
    return [Claim(*row) for row in cells if row[0] != "claim"]


CLAIMS = claims()


def test_there_are_claims_of_every_service() -> None:
    assert len(CLAIMS) >= 40
    assert len({claim.claim for claim in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim[:60])
def test_a_claim_is_made_somewhere_and_rests_on_something_that_can_be_looked_up(claim: Claim) -> None:
    (file,) = re.findall(r"^`([^`]+)`$", claim.made_in)
    assert (REPOSITORY / file).is_file(), file
    rests = [r"\]\(https://", r"\*unwritten\*", "botocore's model", r"`(?:docs|requirements)/", "pricing pages"]
    assert any(re.search(ground, claim.rests_on) for ground in rests), claim.rests_on
    assert claim.shown_by


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_that_shows_it_fits_the_services_model(command: str) -> None:
    call = aws_command.parse(shlex.split(command)[1:])
    aws_command.check(call)


def test_the_variables_that_terraform_is_given_exist() -> None:
    declared = "".join(file.read_text(encoding="utf-8") for file in (REPOSITORY / "iac").glob("variables*.tf"))
    for name in re.findall(r"-var (\w+)=", DOCUMENT):
        assert f'variable "{name}"' in declared, name


def test_every_page_of_aws_that_the_terraform_leans_on_has_its_line() -> None:
    pages = {
        page: file.name
        for file in sorted((REPOSITORY / "iac").glob("*.tf"))
        for page in AWS_PAGE.findall(file.read_text(encoding="utf-8"))
    }
    assert pages  # the pattern still finds them
    assert {page: file for page, file in pages.items() if page not in DOCUMENT} == {}
