"""MWAA downloads nothing: its images have what the DAGs and plugins import and what requirements.txt names.

A name that no image has is none of an index's either, here: pip is asked without one, as MWAA would ask it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
IMAGES = tomllib.loads((ROOT / "requirements" / "mwaa_images.toml").read_text())
VERSIONS = sorted(IMAGES["images"])
# Airflow version -> the lock with which `make test` and `make matrix` run the DAGs on it
LOCKS = {"3.0.6": "airflow-3.0.6.txt", "3.2.1": "airflow.txt", "3.3.1": "airflow-3.3.1.txt"}
DAG_FILES = sorted((ROOT / "dags").glob("*.py"))
SOURCES = sorted(path for folder in ("dags", "plugins") for path in (ROOT / folder).rglob("*.py"))
# What reaches for hosts by itself: the DAGs ask AWS alone, over boto3.
REACHES_OUT = {"ftplib", "http", "imaplib", "poplib", "smtplib", "socket", "subprocess", "urllib", "xmlrpc"}
PIP_TIMEOUT_S = 120


def imports(path: Path, *, at_once: bool = False) -> Iterator[str]:
    """The modules that a file imports; ``at_once``: those without which it can't be imported itself."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            yield child
            if not (at_once and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))):
                yield from walk(child)

    for node in walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: a relative import"
            yield str(node.module)
            # `from clickstream import dates` names a module too.
            yield from (
                f"{node.module}.{alias.name}" for alias in node.names if module_file(f"{node.module}.{alias.name}")
            )


def module_file(module: str) -> Path | None:
    """The file of a module of ``dags/``."""
    path = ROOT / "dags" / module.replace(".", "/")
    return next(filter(Path.is_file, (path.with_suffix(".py"), path / "__init__.py")), None)


def third_parties(path: Path, *, at_once: bool = False) -> set[str]:
    known = {*sys.stdlib_module_names, "clickstream"}
    return {module for module in imports(path, at_once=at_once) if module.split(".")[0] not in known}


def distribution(module: str) -> str | None:
    """What brings the module. No provider comes with Airflow itself, though their modules lie below its own."""
    parts = module.split(".")
    shortest = 3 if parts[:2] == ["airflow", "providers"] else 1
    names = (".".join(parts[:count]) for count in range(len(parts), shortest - 1, -1))
    return next((IMAGES["distributions"][name] for name in names if name in IMAGES["distributions"]), None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_image_has_what_is_imported(path):
    lacking = {
        (module, version)
        for module in third_parties(path)
        for version in VERSIONS
        if distribution(module) not in IMAGES["images"][version]
    }
    assert not lacking, "no MWAA image is known to have it: see requirements/mwaa_images.toml"


@pytest.mark.parametrize("module", ["pygal", "airflow.providers.snowflake.hooks", "pendulums"])
def test_what_no_image_is_known_to_have_is_noticed(module):
    assert distribution(module) is None


def test_the_imports_are_found_at_all():
    found = {module.split(".")[0] for path in SOURCES for module in third_parties(path)}
    assert found == {name.split(".")[0] for name in IMAGES["distributions"]}


def test_a_package_that_is_missing_fails_where_the_dags_are_parsed_and_not_in_a_task():
    """Nothing of third parties is imported late, and parsing the DAGs imports every module that needs any."""
    parsed: set[Path] = set()
    waiting = list(DAG_FILES)
    while waiting:
        path = waiting.pop()
        if path not in parsed:
            parsed.add(path)
            waiting += [file for module in imports(path, at_once=True) if (file := module_file(module))]
    for path in (ROOT / "dags").rglob("*.py"):
        assert third_parties(path) == third_parties(path, at_once=True), f"{path.name} imports inside a function"
        assert path in parsed or not third_parties(path), f"{path.name} is imported by no DAG file"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_reaches_for_hosts_of_its_own(path):
    assert not {module.split(".")[0] for module in imports(path)} & REACHES_OUT


def test_the_locks_are_the_images():
    for version, lock in LOCKS.items():
        pins = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))
        assert {name: pins.get(name) for name in IMAGES["images"][version]} == IMAGES["images"][version]
    assert sorted(LOCKS) == VERSIONS == sorted(IMAGES["requires"])


def test_every_version_that_terraform_takes_is_known():
    variables = (ROOT / "iac" / "variables_mwaa.tf").read_text()
    taken = re.search(r"contains\((\[.*?\]), var\.airflow_version\)", variables)
    assert taken
    assert json.loads(taken[1]) == VERSIONS


def test_requirements_txt_gives_pip_no_place_to_download_from():
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "--no-index"
    assert not [line for line in lines[1:] if line.startswith("-") or "://" in line or "@" in line]
    # MWAA looks for these words, in comments too, and leaves out the constraints of its own image where it finds them:
    # mwaa/utils/user_requirements.py in AWS's repository amazon-mwaa-docker-images.
    assert not re.search(r"-c |--constraint ", REQUIREMENTS.read_text())


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has pip and nothing else."""
    folder = tmp_path_factory.mktemp("pip")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=PIP_TIMEOUT_S)
    return folder / "bin" / "python"


def install_in_image(pip: Path, folder: Path, version: str, image: Mapping[str, str], requirements: Path) -> str:
    """What pip says of the requirements where the image's packages are installed, as far as their metadata goes.

    :raises AssertionError: if it fails
    """
    for name, installed in image.items():
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {installed}"]
        requires = IMAGES["requires"][version].get(name, [])
        lines += [f"Provides-Extra: {extra}" for line in requires for extra in re.findall(r"extra == '(\w+)'", line)]
        lines += [f"Requires-Dist: {line}" for line in requires]
        metadata = folder / f"{name.replace('-', '_')}-{installed}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text("\n".join(lines) + "\n")
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={installed}\n" for name, installed in image.items()))
    result = subprocess.run(
        [str(pip), "-m", "pip", "install", "--dry-run", "-r", str(requirements), "-c", str(constraints)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(folder),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        },
        capture_output=True,
        text=True,
        timeout=PIP_TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_pip_finds_all_of_requirements_txt_in_the_image(pip, tmp_path, version):
    said = install_in_image(pip, tmp_path, version, IMAGES["images"][version], REQUIREMENTS)
    assert "Would install" not in said
    assert "Requirement already satisfied: apache-airflow-providers-amazon[aiobotocore]" in said
    assert "Requirement already satisfied: aiobotocore" in said


def test_pip_fails_at_once_on_what_the_image_lacks(pip, tmp_path):
    version = VERSIONS[-1]
    image = {name: installed for name, installed in IMAGES["images"][version].items() if name != "aiobotocore"}
    with pytest.raises(AssertionError, match="No matching distribution found for aiobotocore"):
        install_in_image(pip, tmp_path / "lacks", version, image, REQUIREMENTS)
    more = tmp_path / "requirements.txt"
    more.write_text(f"{REQUIREMENTS.read_text()}pygal==3.1.3\n")
    with pytest.raises(AssertionError, match="No matching distribution found for pygal"):
        install_in_image(pip, tmp_path / "more", version, IMAGES["images"][version], more)
