"""What is uploaded to the artifacts bucket: what MWAA reads, the Glue script and the zip of its modules."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from clickstream.contract import Contract
from clickstream_dev.paths import REPOSITORY

# Zip files can't hold earlier dates; a fixed one makes the same files give the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP_MODE = 0o644 << 16
_CONTRACT_FILES = ("__init__.py", "contract/__init__.py", "contract/contract.json")
# The allowlist of iac/mwaa_artifacts.tf; a test holds the two against each other.
_DAG_PATTERNS = (
    "*.py",
    ".airflowignore",
    "clickstream/**/*.py",
    "clickstream/**/*.json",
    "clickstream/dashboard/templates/*.html",
)
_SQL_PATTERNS = ("checks/*.sql", "reports/*.sql", "shared/*.sql")
_PLUGIN_PATTERNS = ("*.py",)


class MissingArtifactError(FileNotFoundError):
    """A file that MWAA or the Glue job needs is not in the repository."""


def artifacts(contract: Contract, repository: Path = REPOSITORY) -> dict[str, bytes]:
    """What Glue gets: key in the artifacts bucket -> content.

    :raises MissingArtifactError: if the script, its modules or the contract package are not there
    """
    script_key: str = contract.glue["script_key"]
    script = repository / "glue_scripts" / Path(script_key).name
    if not script.is_file():
        raise MissingArtifactError(f"{script.relative_to(repository)} does not exist: the Glue job can't be created")
    return {script_key: script.read_bytes(), contract.glue["modules_key"]: modules_zip(repository)}


def source_files(repository: Path = REPOSITORY) -> list[Path]:
    """The files that the artifacts are made from, the scripts beside the job's among them."""
    return sorted([*(repository / "glue_scripts").glob("*.py"), *_module_files(repository).values()])


def mwaa_files(repository: Path = REPOSITORY) -> dict[str, bytes]:
    """What MWAA gets: key in the artifacts bucket -> content. The plugins are a zip, where there are any.

    :raises MissingArtifactError: if there are no DAGs, no SQL or no requirements
    """
    dags = _matching(repository / "dags", _DAG_PATTERNS)
    sql = _matching(repository / "sql", _SQL_PATTERNS)
    plugins = _matching(repository / "plugins", _PLUGIN_PATTERNS)
    requirements = repository / "requirements.txt"
    if not (dags and sql and requirements.is_file()):
        raise MissingArtifactError("dags/, sql/ or requirements.txt is not there: nothing to deploy")
    files = {f"dags/{name}": path for name, path in dags.items()} | {
        f"dags/sql/{name}": path for name, path in sql.items()
    }
    content = {key: path.read_bytes() for key, path in files.items()}
    content["requirements.txt"] = requirements.read_bytes()
    if plugins:
        content["plugins.zip"] = _zip(plugins)
    return content


def modules_zip(repository: Path = REPOSITORY) -> bytes:
    """The modules that the script imports, in a zip whose bytes depend on nothing but their content.

    :raises MissingArtifactError: if one of the packages is not there
    """
    files = _module_files(repository)
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing or "clickstream_glue/__init__.py" not in files:
        raise MissingArtifactError(f"the Glue job's modules are incomplete: {missing or ['clickstream_glue']}")
    return _zip(files)


def _matching(folder: Path, patterns: tuple[str, ...]) -> dict[str, Path]:
    """The files below the folder that one of the patterns names, by their path in it."""
    found = (path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found}


def _zip(files: Mapping[str, Path]) -> bytes:
    """A zip of the files under these names, whose bytes depend on nothing but their content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _ZIP_MODE
            archive.writestr(entry, files[name].read_bytes())
    return buffer.getvalue()


def _module_files(repository: Path) -> dict[str, Path]:
    """Name in the zip -> file, which may be missing."""
    package = repository / "glue_scripts" / "clickstream_glue"
    files = {path.relative_to(package.parent).as_posix(): path for path in package.rglob("*.py")}
    return files | {f"clickstream/{name}": repository / "dags" / "clickstream" / name for name in _CONTRACT_FILES}
