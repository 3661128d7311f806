"""The package as others install it: what it imports is what it says that it needs."""

from __future__ import annotations

from pathlib import Path

from package_facts import Package, circle_in

PACKAGE = Package(Path(__file__).resolve().parents[1])


def test_every_distribution_that_is_imported_is_declared() -> None:
    assert PACKAGE.undeclared() == set()


def test_it_needs_no_emulator() -> None:
    assert not [name for name in PACKAGE.project["dependencies"] if name.startswith("local-aws")]


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert PACKAGE.imports()["local_terraform.watch"]
    assert circle_in(PACKAGE.imports()) == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE.sources / "local_terraform" / "py.typed").is_file()
