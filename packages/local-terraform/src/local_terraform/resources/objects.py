"""What ``aws_s3_object`` resources upload: their bytes, those of zips made of other files too."""

from __future__ import annotations

import base64
import io
import zipfile

from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.files import content_of, tidy
from local_terraform.language.functions import text_of
from local_terraform.language.known import FileInBase64
from local_terraform.language.module import Instance, Module
from local_terraform.resources.arguments import Blocks, Rules, call_arguments, text

# Zip files can't hold earlier dates; a fixed one makes the same files give the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ARCHIVE: Rules = {
    "type": text("type"),
    "output_path": text("output_path"),
    "output_file_mode": text("output_file_mode"),
    "source": Blocks("source", {"filename": text("filename"), "content": text("content")}),
}


def content_of_object(instance: Instance) -> bytes:
    """The bytes of an ``aws_s3_object``.

    :raises TerraformError: if its file is not there, or its content is no text
    """
    given = {name: instance.get(name) for name in ("content", "content_base64", "source") if name in instance.names}
    content, encoded = given.get("content"), given.get("content_base64")
    if content is not None:
        return text_of(content).encode()
    if isinstance(encoded, FileInBase64):
        return _content_of_file(encoded.path, instance, "content_base64")
    if encoded is None:
        return _content_of_file(str(given.get("source")), instance, "source")
    try:
        return base64.b64decode(encoded)
    except ValueError as error:
        raise TerraformError(f"this is no Base64: {error}").at(instance.place_of("content_base64")) from None


def _content_of_file(path: str, instance: Instance, argument: str) -> bytes:
    archive = _archives(instance.module).get(path)
    if archive is not None:
        return _zip(archive)
    instance.module.reads.files.add(tidy(path))
    try:
        return content_of(path)
    except TerraformError as error:
        raise error.at(instance.place_of(argument)) from None


def _archives(module: Module) -> dict[str, Instance]:
    """The module's archives by the path that Terraform would write them to."""
    return {
        str(instance.get("output_path")): instance
        for kind, name in module.addresses("data")
        if kind == "archive_file"
        for instance in module.each("data", kind, name)
    }


def _zip(archive: Instance) -> bytes:
    """A zip whose bytes depend on nothing but its files."""
    arguments = call_arguments(archive, _ARCHIVE)
    if arguments["type"] != "zip":
        raise NotSupportedError("only zip archives are supported here").at(archive.place_of("type"))
    files = {source["filename"]: source["content"] for source in arguments["source"]}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = int(arguments.get("output_file_mode", "0"), 8) << 16
            zipped.writestr(entry, files[name])
    return buffer.getvalue()
