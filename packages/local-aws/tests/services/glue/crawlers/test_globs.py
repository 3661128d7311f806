"""Exclude patterns, as AWS's documentation explains them."""

from __future__ import annotations

import pytest

from local_aws.services.glue.crawlers.globs import InvalidGlobError, is_excluded

LIBRARY = [
    "departments/finance.json",
    "departments/market-us.json",
    "departments/market-emea.json",
    "departments/market-ap.json",
    "employees/hr.json",
    "employees/john.csv",
    "employees/jane.csv",
    "employees/juan.txt",
]


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        pytest.param("*.csv", "a.csv", True, id="star_in_the_current_folder"),
        pytest.param("*.csv", "folder/a.csv", False, id="star_stays_in_its_folder"),
        pytest.param("*.*", "a.b", True, id="a_dot"),
        pytest.param("*.*", "ab", False, id="no_dot"),
        pytest.param("*.{csv,avro}", "a.avro", True, id="group"),
        pytest.param("*.{csv,avro}", "a.json", False, id="not_in_the_group"),
        pytest.param("foo.?", "foo.a", True, id="one_character"),
        pytest.param("foo.?", "foo.ab", False, id="two_characters"),
        pytest.param("foo?bar", "foo/bar", False, id="question_mark_is_no_slash"),
        pytest.param("myfolder/*", "myfolder/mysource", True, id="one_level"),
        pytest.param("myfolder/*", "myfolder/mysource/data", False, id="one_level_only"),
        pytest.param("myfolder/*/*", "myfolder/mysource/data", True, id="two_levels"),
        pytest.param("myfolder/**", "myfolder/mysource/data", True, id="all_levels"),
        pytest.param("myfolder**", "myfolder/mydata.txt", True, id="folder_and_below"),
        pytest.param("myfolder**", "myfolder", True, id="folder_itself"),
        pytest.param("**/_*", "day=01/_SUCCESS", True, id="hidden_in_a_folder"),
        pytest.param("**/_*", "_SUCCESS", False, id="the_slash_must_be_there"),
        pytest.param("**/_*", "_temporary/part-0", False, id="the_last_name_only"),
        pytest.param("**/_temporary/**", "_temporary/0/x", False, id="not_at_the_top"),
        pytest.param("**_temporary/**", "_temporary/0/x", True, id="at_the_top"),
        pytest.param("**_temporary/**", "day=01/_temporary/0/x", True, id="below_the_top"),
        pytest.param("*", ".hidden", True, id="leading_dot_is_an_ordinary_character"),
        pytest.param("[abc]", "b", True, id="set"),
        pytest.param("[abce-g]", "f", True, id="set_and_range"),
        pytest.param("[!a-c]", "d", True, id="negated"),
        pytest.param("[!a-c]", "b", False, id="negated_range"),
        pytest.param("a[!b]c", "a/c", False, id="negated_set_is_no_slash"),
        pytest.param("[-a]", "-", True, id="leading_hyphen"),
        pytest.param("[*?]", "*", True, id="stars_in_a_set_are_themselves"),
        pytest.param("[*?]", "x", False, id="stars_in_a_set_match_nothing_else"),
        pytest.param(r"\{a\}", "{a}", True, id="escaped_brace"),
        pytest.param(r"a\\b", r"a\b", True, id="escaped_backslash"),
        pytest.param("a+b(c).txt", "a+b(c).txt", True, id="no_regular_expression"),
        pytest.param("a,b", "a,b", True, id="comma_outside_a_group"),
        pytest.param("data", "data/x", False, id="the_whole_path_must_match"),
    ],
)
def test_a_pattern_matches_as_in_glue(pattern: str, path: str, excluded: bool) -> None:
    assert is_excluded(path, [pattern]) is excluded


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        pytest.param("departments/**", LIBRARY[4:], id="a_folder"),
        pytest.param("departments/market*", [LIBRARY[0], *LIBRARY[4:]], id="a_prefix"),
        pytest.param("**.csv", [*LIBRARY[:5], LIBRARY[7]], id="a_suffix_anywhere"),
        pytest.param("employees/*.csv", [*LIBRARY[:5], LIBRARY[7]], id="a_suffix_in_a_folder"),
    ],
)
def test_the_examples_of_the_documentation_hold(pattern: str, left: list[str]) -> None:
    assert [path for path in LIBRARY if not is_excluded(path, [pattern])] == left


def test_all_but_the_first_week_of_a_month_can_be_excluded() -> None:
    patterns = ["2015/01/{[!0],0[8-9]}**", "2015/0[2-9]/**", "2015/1[0-2]/**"]
    days = [f"2015/{month:02}/{day:02}/x.json" for month in range(1, 13) for day in range(1, 29)]

    left = [day for day in days if not is_excluded(day, patterns)]

    assert left == [f"2015/01/{day:02}/x.json" for day in range(1, 8)]


@pytest.mark.parametrize("pattern", ["a\\", "[a", "[]", "{a", "{a,{b}}", "[z-a]"])
def test_a_pattern_that_is_not_complete_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidGlobError):
        is_excluded("a", [pattern])
