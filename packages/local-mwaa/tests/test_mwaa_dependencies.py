"""The package as others install it: what it imports is what it says that it needs."""

from __future__ import annotations

from pathlib import Path

from package_facts import Package, circle_in

# Only the launcher imports these, which runs in Airflow's own environment.
AIRFLOW_IMPORTS = frozenset({"airflow", "botocore"})
PACKAGE = Package(Path(__file__).resolve().parents[1], AIRFLOW_IMPORTS)


def test_every_distribution_that_is_imported_is_declared() -> None:
    assert PACKAGE.undeclared() == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert PACKAGE.imports()["local_mwaa.runs"]
    assert circle_in(PACKAGE.imports()) == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE.sources / "local_mwaa" / "py.typed").is_file()
