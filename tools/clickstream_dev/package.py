"""``clickstream package``: dist/ with exactly what MWAA and Glue get, under its keys in the artifacts bucket."""

from __future__ import annotations

import shutil
from pathlib import Path

from clickstream_dev.errors import CommandError
from clickstream_dev.iac import local_module
from clickstream_dev.paths import REPOSITORY, format_path
from local_terraform.resources.objects import content_of_object

DIST = REPOSITORY / "dist"
_SQL_FOLDER = "dags/sql/"
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def package() -> int:
    """Write dist/ anew and say what is in it."""
    files = write(DIST)
    for key, size in files.items():
        print(f"  {size:>8,}  {key}")
    print(f"{len(files)} files, {sum(files.values()):,} bytes in {format_path(DIST)}/: upload it as it is with")
    print(f"  aws s3 sync {format_path(DIST)}/ s3://<artifacts bucket>/")
    return 0


def write(folder: Path, repository: Path = REPOSITORY) -> dict[str, int]:
    """Replace the folder by the package; returns each file's key and size. Modes do not depend on the umask.

    Times are those of the writing: `aws s3 sync` skips a file of the same length that is older than what it replaces.

    :raises CommandError: if a file or all of sql/ is missing
    """
    content = artifacts(repository)
    if not any(key.startswith(_SQL_FOLDER) for key in content):
        raise CommandError("sql/ is not there, or iac/ ships nothing of it: the DAGs could not make a report")
    shutil.rmtree(folder, ignore_errors=True)
    for key, data in sorted(content.items()):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(_FILE_MODE)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(_FOLDER_MODE)
    return {key: len(content[key]) for key in sorted(content)}


def artifacts(repository: Path = REPOSITORY) -> dict[str, bytes]:
    """All that a deployment uploads: key in the artifacts bucket -> content.

    :raises TerraformError: if a file is not there, or ``iac/`` can't be evaluated
    """
    module = local_module(repository)
    names = [name for kind, name in module.addresses("resource") if kind == "aws_s3_object"]
    objects = [each for name in names for each in module.each("resource", "aws_s3_object", name)]
    return {str(instance.get("key")): content_of_object(instance) for instance in objects}


def modules_zip(repository: Path = REPOSITORY) -> bytes:
    """The zip of the modules that the Glue job's script imports."""
    (modules,) = local_module(repository).each("resource", "aws_s3_object", "glue_modules")
    return content_of_object(modules)
