"""What holds for each of packages/: it stands alone, and nothing that lists the packages leaves one out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clickstream.contract import load_contract

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in (ROOT / "packages").glob("*/pyproject.toml"))
pytestmark = pytest.mark.parametrize("package", PACKAGES)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_its_sources_know_nothing_of_the_project(package: str) -> None:
    sources = list((ROOT / "packages" / package / "src").rglob("*.py"))
    assert sources
    project = load_contract().project
    assert [path.name for path in sources if project in path.read_text(encoding="utf-8").lower()] == []


def test_it_has_what_comes_with_a_package(package: str) -> None:
    folder = ROOT / "packages" / package
    found = {path.name for path in folder.iterdir()}
    assert found >= {"CHANGELOG.md", "README.md", "pyproject.toml", "src", "tests"}
    assert (folder / "src" / package.replace("-", "_") / "py.typed").is_file()


def test_it_is_installed_into_an_empty_environment_by_a_target(package: str) -> None:
    recipe = re.search(r"^test-install:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    assert recipe
    assert f" packages/{package}/tests/" in recipe[1]


def test_guide_and_updates_name_it(package: str) -> None:
    assert f"`packages/{package}/`" in read("CONTRIBUTING.md")
    updates = yaml.safe_load(read(".github/dependabot.yml"))["updates"]
    folders = [folder for update in updates for folder in update.get("directories", [])]
    assert f"/packages/{package}" in folders
