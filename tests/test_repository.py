"""What holds for every file of the repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = [
    REPOSITORY / "dags" / "clickstream",
    REPOSITORY / "glue_scripts" / "clickstream_glue",
    REPOSITORY / "tools" / "clickstream_dev",
    *sorted(path.parent for path in REPOSITORY.glob("packages/*/src/*/py.typed")),
]


def test_nothing_but_local_aws_knows_local_aws():
    shipped = [*(REPOSITORY / "dags").rglob("*"), *(REPOSITORY / "glue_scripts").rglob("*")]
    for path in (path for path in shipped if path.suffix in {".py", ".json", ".html", ".sql"}):
        assert "local_aws" not in path.read_text(), path


def test_no_file_holds_a_path_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    home = str(Path.home()) + os.sep
    for name in listed:
        path = REPOSITORY / name
        if path.is_file() and path.suffix in {".py", ".md", ".json", ".sql", ".toml", ".txt", ".in", ".yaml", ""}:
            text = path.read_text(errors="replace")
            assert home not in text, name
            assert str(REPOSITORY) + os.sep not in text, name


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_two_modules_have_names_that_differ_by_an_s(package: Path) -> None:
    names = {(path.parent if path.stem == "__init__" else path.with_suffix("")).name for path in package.rglob("*.py")}
    assert names
    assert {name for name in names if f"{name}s" in names} == set()
