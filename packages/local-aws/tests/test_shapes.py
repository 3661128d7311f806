"""Values against the shapes of botocore's models (local_aws/shapes.py)."""

from __future__ import annotations

import datetime
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape, ShapeResolver

from local_aws.shapes import Problem, pattern_of, problems

# What this repository calls or creates.
SERVICES = (
    "athena",
    "budgets",
    "cloudwatch",
    "ec2",
    "events",
    "firehose",
    "glue",
    "iam",
    "kms",
    "logs",
    "mwaa",
    "s3",
    "scheduler",
    "sns",
    "stepfunctions",
    "sts",
)
SHAPES: dict[str, dict[str, Any]] = {
    "Name": {"type": "string", "min": 2, "max": 4, "pattern": "[a-z]+"},
    "Color": {"type": "string", "enum": ["RED", "BLUE"]},
    "Count": {"type": "integer", "min": 1, "max": 9},
    "Share": {"type": "double"},
    "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
    "Counts": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Count"}, "max": 1},
    "Bytes": {"type": "blob", "max": 3},
    "Time": {"type": "timestamp"},
    "Flag": {"type": "boolean"},
    "Free": {"type": "structure", "members": {}, "document": True},
    "Token": {"type": "string"},
    "Either": {"type": "structure", "union": True, "members": {"A": {"shape": "Flag"}, "B": {"shape": "Flag"}}},
    "Request": {
        "type": "structure",
        "required": ["Name", "Token"],
        "members": {
            "Name": {"shape": "Name"},
            "Token": {"shape": "Token", "idempotencyToken": True},
            "Color": {"shape": "Color"},
            "Count": {"shape": "Count"},
            "Share": {"shape": "Share"},
            "Names": {"shape": "Names"},
            "Counts": {"shape": "Counts"},
            "Bytes": {"shape": "Bytes"},
            "Time": {"shape": "Time"},
            "Flag": {"shape": "Flag"},
            "Free": {"shape": "Free"},
            "Either": {"shape": "Either"},
        },
    },
}
GOOD: dict[str, Any] = {
    "Name": "abc",
    "Color": "RED",
    "Count": 9,
    "Share": 1,
    "Names": ["ab", "cd"],
    "Counts": {"ab": 1},
    "Bytes": b"abc",
    "Time": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    "Flag": False,
    "Free": {"any": [1, None]},
    "Either": {"A": True},
}


@pytest.fixture(scope="module")
def request_shape() -> Shape:
    return ShapeResolver(SHAPES).get_shape_by_name("Request")


def test_a_value_as_the_model_says_has_no_problem(request_shape: Shape) -> None:
    assert problems(request_shape, GOOD) == []


@pytest.mark.parametrize(
    ("member", "value", "path", "constraint", "message"),
    [
        pytest.param("Name", None, (), "required", "Member must not be null", id="null counts as absent"),
        pytest.param("Name", "a", (), "length", "Member must have length greater than or equal to 2", id="too short"),
        pytest.param("Name", "abcde", (), "length", "Member must have length less than or equal to 4", id="too long"),
        pytest.param(
            "Name", "ab1", (), "pattern", "Member must satisfy regular expression pattern: [a-z]+", id="whole pattern"
        ),
        pytest.param("Color", "red", (), "enum", "Member must satisfy enum value set: [RED, BLUE]", id="enum"),
        pytest.param("Count", 0, (), "range", "Member must have value greater than or equal to 1", id="too small"),
        pytest.param("Count", 10, (), "range", "Member must have value less than or equal to 9", id="too big"),
        pytest.param("Count", "1", (), "type", "Member must be of type integer", id="text for a number"),
        pytest.param("Count", 1.0, (), "type", "Member must be of type integer", id="a real for a whole number"),
        pytest.param("Count", True, (), "type", "Member must be of type integer", id="a truth is no number"),
        pytest.param("Flag", 1, (), "type", "Member must be of type boolean", id="a number is no truth"),
        pytest.param(
            "Names", ["ab"] * 3, (), "length", "Member must have length less than or equal to 2", id="too many items"
        ),
        pytest.param(
            "Names", ["ab", "a"], (1,), "length", "Member must have length greater than or equal to 2", id="in a list"
        ),
        pytest.param("Names", ["ab", None], (1,), "type", "Member must be of type string", id="null in a list"),
        pytest.param(
            "Counts", {"ab": 10}, ("ab",), "range", "Member must have value less than or equal to 9", id="in a map"
        ),
        pytest.param(
            "Counts", {"a": 1}, ("a",), "length", "Member must have length greater than or equal to 2", id="a map's key"
        ),
        pytest.param("Bytes", b"abcd", (), "length", "Member must have length less than or equal to 3", id="bytes"),
        pytest.param("Either", {"A": True, "B": True}, (), "union", "Exactly one member must be set: A, B", id="union"),
        pytest.param("Either", {"C": True, "B": True}, ("C",), "unknown", "No such member", id="no such member"),
    ],
)
def test_a_problem_says_where_it_is_and_which_constraint_is_broken(
    request_shape: Shape, member: str, value: Any, path: tuple[str | int, ...], constraint: str, message: str
) -> None:
    found = [problem for problem in problems(request_shape, GOOD | {member: value}) if problem.constraint == constraint]

    (problem,) = found
    assert (problem.path, problem.message) == ((member, *path), message)


def test_all_problems_are_told_with_the_values_seen(request_shape: Shape) -> None:
    assert problems(request_shape, {"Name": "A", "Count": 0}) == [
        Problem(("Name",), "length", "Member must have length greater than or equal to 2", "A"),
        Problem(("Name",), "pattern", "Member must satisfy regular expression pattern: [a-z]+", "A"),
        Problem(("Count",), "range", "Member must have value greater than or equal to 1", 0),
    ]


@pytest.mark.parametrize(
    ("pattern", "matches", "differs"),
    [
        pytest.param(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "é\t😀", "\n", id="halves of pairs"),
        pytest.param(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Größe 1", "a'b", id="Unicode's categories"),
        pytest.param(r"\w+", "a_1", "é", id="a word is ASCII"),
        pytest.param(r"\d+", "12", "१२", id="a digit is ASCII"),
        pytest.param(r"\p{ASCII}*", "a b", "é", id="ASCII by name"),
        pytest.param(r"[\w-_]*", "a-b_c", "a b", id="a hyphen after a class"),
        pytest.param(r"^(?!x|(?i)y).*$", "X", "Y", id="a flag inside a group"),
        pytest.param(r"^[a-z]+$", "a", "a\n", id="the end is the end"),
        pytest.param(r"\u002F[\u0021-\u007F]*", "/a", "a", id="characters by number"),
    ],
)
def test_patterns_mean_what_they_mean_in_java(pattern: str, matches: str, differs: str) -> None:
    assert pattern_of(pattern).fullmatch(matches)
    assert not pattern_of(pattern).fullmatch(differs)


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_the_services_can_be_translated_without_a_doubt(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    shapes = (model.shape_for(name) for name in model.shape_names)
    patterns = {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}

    assert patterns
    for pattern in patterns:
        pattern_of(pattern)
        classes = [part.partition("]")[0] for part in pattern.split("[")[1:]]
        # These would be set operations in a class; \w and its like would be Unicode's beside \p.
        assert not any(sign in part for part in classes for sign in ("--", "&&", "||", "~~")), pattern
        assert r"\p" not in pattern or not any(sign in pattern for sign in (r"\w", r"\d", r"\s", r"\b")), pattern
