"""Every test has a target, every target is called by CI."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
# Marker -> the target that its description names.
TARGETS = dict(re.findall(r"^(\w+): .*\(make (\S+)\)$", "\n".join(OPTIONS["markers"]), re.MULTILINE))
RECIPES = {
    found[1]: found[2]
    for found in re.finditer(r"^([a-z0-9-]+):.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
}
CALLED_BY_CI = re.findall(r"^ *run (\S+) \d+ (?:env \S+ )?make \1$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_make_test_leaves_out_exactly_what_has_a_target_of_its_own():
    assert OPTIONS["addopts"][-2:] == ["-m", f"not ({' or '.join(sorted(TARGETS))})"]
    assert TARGETS


def test_each_marker_is_run_by_the_target_that_it_names_and_by_no_other():
    for marker, target in TARGETS.items():
        assert [name for name, recipe in RECIPES.items() if f"-m {marker}" in recipe] == [target]


def test_ci_calls_make_test_before_anything_else():
    assert CALLED_BY_CI[0] == "test"


def test_ci_calls_every_target_that_runs_tests():
    with_tests = {name for name, recipe in RECIPES.items() if "-m pytest " in recipe or "$(PYTEST" in recipe}
    assert with_tests >= {"test", "test-quick", *TARGETS.values()}
    assert set(CALLED_BY_CI) == with_tests | {"lint", "lint-iac", "test-install"}
