"""What a package says of itself, and what its modules import."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any


class Package:
    """A package in a folder of its own: ``pyproject.toml`` and ``src/<name>``.

    :param job_imports: what scripts import that run in an environment of their own
    """

    def __init__(self, folder: Path, job_imports: frozenset[str] = frozenset()) -> None:
        self.sources = folder / "src"
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        self.project: dict[str, Any] = tomllib.loads(text)["project"]
        self.name = str(self.project["name"]).replace("-", "_")
        self._job_imports = job_imports

    def undeclared(self) -> set[str]:
        """The distributions that its modules import and that it does not say it needs."""
        imported = {name.partition(".")[0] for path in self.sources.rglob("*.py") for name in imports_of(path)}
        foreign = imported - sys.stdlib_module_names - {self.name} - self._job_imports
        distributions = metadata.packages_distributions()
        needed = {distributions.get(name, [name])[0].lower().replace("_", "-") for name in foreign}
        return needed - names_of(self.project["dependencies"])

    def imports(self) -> dict[str, set[str]]:
        """Module -> those of the same package that it imports."""
        files = {self._module_of(path): path for path in self.sources.rglob("*.py")}
        return {module: imported_modules(path, set(files)) - {module} for module, path in files.items()}

    def _module_of(self, path: Path) -> str:
        return ".".join(path.relative_to(self.sources).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-") for requirement in requirements}


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
