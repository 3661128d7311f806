"""`make package`: what it holds is what Terraform ships, byte for byte the same each time, and MWAA can run it."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from clickstream.contract import load_contract
from clickstream_dev import package
from clickstream_dev.errors import CommandError
from clickstream_dev.package import artifacts
from clickstream_dev.paths import REPOSITORY
from local_terraform import TerraformError
from tests.iac.mwaa_airflow import local_module, run_in_airflow
from tests.tools.checkouts import copy_of_what_terraform_reads

INSTALLED = Path(__file__).with_name("as_mwaa_installs_it.py")
DAY = "2026-01-31"
BUILD = "import pathlib, sys; from clickstream_dev import package; package.write(pathlib.Path(sys.argv[1]))"


@pytest.fixture
def repository_copy(tmp_path: Path) -> Path:
    """A working copy with one plugin, whatever the repository has."""
    folder = tmp_path / "copy"
    copy_of_what_terraform_reads(folder)
    (folder / "plugins" / "a_page.py").write_text("PAGE = 1\n")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names_in(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_it_holds_what_terraform_uploads_and_nothing_else(repository_copy, tmp_path):
    package.write(tmp_path / "dist", repository_copy)
    found, module = content(tmp_path / "dist"), local_module(repository_copy)
    uploaded = {key: Path(source).read_bytes() for key, source in module.local("dag_files").items()}
    plugins = {name: Path(source).read_bytes() for name, source in module.local("plugin_files").items()}
    for name in ("requirements[0]", "glue_script"):
        resource, _, index = name.partition("[")
        values = module.values(f"aws_s3_object.{resource}")
        values = values[0] if index else values
        uploaded[values["key"]] = Path(values["source"]).read_bytes()
    modules = module.instances("data", "archive_file", "glue_modules").values()["source"]
    assert names_in(found.pop("plugins.zip")) == plugins
    modules_key = module.values("aws_s3_object.glue_modules")["key"]
    assert names_in(found.pop(modules_key)) == {entry["filename"]: entry["content"].encode() for entry in modules}
    assert found == uploaded


def test_the_same_files_give_the_same_bytes_whatever_the_umask_and_the_times(repository_copy, tmp_path):
    package.write(tmp_path / "first", repository_copy)
    for path in repository_copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    before = os.umask(0o077)
    try:
        package.write(tmp_path / "second", repository_copy)
    finally:
        os.umask(before)
    assert content(tmp_path / "first") == content(tmp_path / "second")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "second").rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "second").rglob("*") if p.is_dir()} == {0o755}


def test_two_builds_in_two_processes_are_the_same(tmp_path):
    """Another process has another hash seed, and lists folders anew."""
    for seed in ("1", "2"):
        packages = sorted(REPOSITORY.glob("packages/*/src"))
        path = os.pathsep.join(map(str, [*packages, REPOSITORY / "tools", REPOSITORY / "dags"]))
        subprocess.run(
            [sys.executable, "-c", BUILD, str(tmp_path / seed)],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            cwd=tmp_path,
            check=True,
            timeout=60,
        )
    assert content(tmp_path / "1") == content(tmp_path / "2")


def test_what_an_earlier_build_left_is_gone(repository_copy, tmp_path):
    package.write(tmp_path / "dist", repository_copy)
    (repository_copy / "sql" / "reports" / "event_counts.sql").unlink()
    (tmp_path / "dist" / "secret.txt").write_text("left lying about")
    files = package.write(tmp_path / "dist", repository_copy)
    assert set(content(tmp_path / "dist")) == set(files)
    assert "dags/sql/reports/event_counts.sql" not in files


def test_without_plugins_there_is_no_zip_as_terraform_has_it(repository_copy):
    for path in (repository_copy / "plugins").glob("*.py"):
        path.unlink()
    assert "plugins.zip" not in artifacts(repository_copy)
    assert not local_module(repository_copy).local("plugin_files")


@pytest.mark.parametrize("missing", ["dags", "sql", "requirements.txt"])
def test_an_incomplete_working_copy_is_refused(repository_copy, tmp_path, missing):
    path = repository_copy / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises((CommandError, TerraformError), match=missing):
        package.write(tmp_path / "dist", repository_copy)
    assert not (tmp_path / "dist").exists()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The package where MWAA would put it, and what its Airflow makes of it with the settings that Terraform gives."""
    home = tmp_path_factory.mktemp("mwaa")
    package.write(home / "dist")
    shutil.copytree(home / "dist" / "dags", home / "dags")
    (home / "plugins").mkdir()
    if (home / "dist" / "plugins.zip").exists():
        shutil.unpack_archive(home / "dist" / "plugins.zip", home / "plugins")
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    folders = {f"AIRFLOW__CORE__{name.upper()}_FOLDER": str(home / name) for name in ("dags", "plugins")}
    return home, run_in_airflow(INSTALLED.read_text(), elsewhere, str(home), DAY, environment=folders)


@pytest.mark.airflow
def test_every_dag_is_imported_and_every_plugin_loads(installed):
    home, found = installed
    assert found["import_errors"] == {}
    assert found["plugin_errors"] == {}
    assert {str(path) for path in (home / "plugins").glob("*.py")} <= set(found["own_modules"])
    assert (home / "plugins" / "clickstream_page.py").exists()
    assert found["dags"] == sorted(path.stem for path in (REPOSITORY / "dags").glob("*.py"))


@pytest.mark.airflow
def test_nothing_of_the_repository_is_used(installed):
    home, found = installed
    assert {Path(file).parent for file in found["own_modules"]} >= {home / "dags" / "clickstream"}
    assert all(file.startswith(str(home)) for file in found["own_modules"])
    environments = str(REPOSITORY / ".venv")
    assert not [entry for entry in found["path"] if entry.startswith(str(REPOSITORY)) and environments not in entry]


@pytest.mark.airflow
def test_every_templated_field_of_every_task_is_rendered(installed):
    _, found = installed
    assert set(found["rendered"]) == set(found["dags"])
    for dag_id, tasks in found["rendered"].items():
        assert tasks, dag_id
    text = json.dumps(found["rendered"])
    assert "{{" not in text
    assert "{%" not in text
    daily = found["rendered"]["clickstream_daily"]
    assert daily["wait_for_arrival"]["arrival_date"] == DAY
    assert daily["report_event_counts"]["event_date"] == DAY


@pytest.mark.airflow
def test_every_report_is_rendered_from_the_packages_own_sql(installed):
    home, found = installed
    assert found["sql_folder"] == str(home / "dags" / "sql")
    assert set(found["statements"]) == {report.name for report in load_contract().reports}
    for statement in found["statements"].values():
        assert statement.startswith("UNLOAD")
        assert "2026" in statement
        assert "{{" not in statement


@pytest.mark.airflow
def test_the_requirements_are_those_that_the_tests_run_with(installed):
    _, found = installed
    assert found["requirements"]
    assert found["unmet"] == []
