"""The Glue script and the zip of its modules, as they are uploaded to the artifacts bucket."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from clickstream.contract import Contract
from local_aws.settings import REPOSITORY

# Zip files can't hold earlier dates; a fixed one makes the same modules give the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP_MODE = 0o644 << 16
_CONTRACT_FILES = ("__init__.py", "contract.py", "contract.json")


class MissingArtifactError(FileNotFoundError):
    """A file that the Glue job needs is not in the repository."""


def artifacts(contract: Contract, repository: Path = REPOSITORY) -> dict[str, bytes]:
    """Key in the artifacts bucket -> content.

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


def modules_zip(repository: Path = REPOSITORY) -> bytes:
    """The modules that the script imports, in a zip whose bytes depend on nothing but their content.

    :raises MissingArtifactError: if one of the packages is not there
    """
    files = _module_files(repository)
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing or "clickstream_glue/__init__.py" not in files:
        raise MissingArtifactError(f"the Glue job's modules are incomplete: {missing or ['clickstream_glue']}")
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
