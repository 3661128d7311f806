"""Starts a job script inside its own process and says, for the run's ErrorMessage, why it failed.

Runs as a file, with nothing of local_aws on sys.path, so that the script sees what it would see in Glue.
Arguments: file for the failure's message, file for the objects that the script touches, descriptor of the watch pipe,
script, the script's own arguments.
"""

from __future__ import annotations

import os
import re
import runpy
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

MAX_MESSAGE_CHARACTERS = 1000
_FAILED = 1
_FILE_SYSTEM_CALLS = frozenset({"open", "create", "delete", "rename", "exists", "listStatus", "getContentSummary"})
_S3_SCHEMES = ("s3://", "s3a://")
_PYTHON_TRACEBACK = "Traceback (most recent call last):"
_CAUSED_BY = re.compile(r"^Caused by: (?:[\w$]+\.)*(.+)$", re.MULTILINE)


def main() -> None:
    """Run the script as ``__main__``, with its path as sys.argv[0]."""
    failure_file, access_file, watch_descriptor, script, *arguments = sys.argv[1:]
    _end_with_the_server(int(watch_descriptor))
    _note_file_system_calls(access_file)
    sys.argv[:] = [script, *arguments]
    sys.path[:] = [str(Path(script).parent), *_path_without_editables(sys.path[1:])]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            Path(failure_file).write_text(message_of(error), encoding="utf-8")
        raise
    except BaseException as error:
        Path(failure_file).write_text(message_of(error), encoding="utf-8")
        error.__traceback__ = _without_own_frames(error.__traceback__, script)
        traceback.print_exception(error)
        sys.exit(_FAILED)


def _path_without_editables(path: list[str]) -> list[str]:
    """Leave out what the environment holds as editable installs, local_aws itself among them: AWS has none."""
    asked_for = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [entry for entry in path if entry in asked_for or entry.startswith((sys.prefix, sys.base_prefix))]


def message_of(error: BaseException) -> str:
    """One line that says what went wrong: the exception's last line, or what a Java stack trace boils down to."""
    name = type(error).__name__
    if hasattr(error, "java_exception"):
        text = _java_message(str(error))
    elif type(error).__module__.startswith("pyspark.errors"):
        text = _spark_message(error)
    elif isinstance(error, SyntaxError):
        text = f"{error.msg} ({Path(error.filename or '?').name}, line {error.lineno})"
    else:
        text = " ".join(str(error).split())
    line = f"{name}: {text}" if text else name
    return line if len(line) <= MAX_MESSAGE_CHARACTERS else line[: MAX_MESSAGE_CHARACTERS - 1] + "…"


def _spark_message(error: BaseException) -> str:
    """The first line of what Spark says, and the innermost cause where that says more."""
    text = str(error)
    if _PYTHON_TRACEBACK in text:
        return _python_error_in(text)
    message = _first_line(text).rstrip(";")
    cause = getattr(error, "_cause", None)
    while getattr(cause, "_cause", None) is not None:
        cause = cause._cause  # type: ignore[union-attr]
    if cause is None:
        return message
    reason = _python_error_in(str(cause)) if _PYTHON_TRACEBACK in str(cause) else _first_line(str(cause))
    return message if not reason or reason in message else f"{message} Caused by: {reason}"


def _java_message(text: str) -> str:
    """``An error occurred while calling …``, and the innermost cause."""
    call, _, stack = text.partition("\n")
    if _PYTHON_TRACEBACK in stack:
        return f"{call} {_python_error_in(stack)}"
    causes = _CAUSED_BY.findall(stack)
    return f"{call} {causes[-1] if causes else _first_line(stack.removeprefix(': '))}"


def _python_error_in(text: str) -> str:
    """The last line of the Python traceback that a text holds."""
    found = ""
    for line in text.rpartition(_PYTHON_TRACEBACK)[2].splitlines():
        if line.startswith("\tat ") or (not line.strip() and found):
            break
        if line.strip() and not line.startswith(" "):
            found = line.strip()
    return found


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _note_file_system_calls(access_file: str) -> None:
    """Let the script's own calls of Hadoop's file system leave a line each: nothing else tells of them."""
    try:
        from py4j.java_gateway import JavaMember, JavaObject  # type: ignore[import-untyped]
    except ImportError:
        return
    original = JavaMember.__call__

    def call(self: Any, *arguments: Any) -> Any:
        if self.name in _FILE_SYSTEM_CALLS and arguments and isinstance(arguments[0], JavaObject):
            paths = [str(argument) for argument in arguments if isinstance(argument, JavaObject)]
            if paths[0].startswith(_S3_SCHEMES):
                with Path(access_file).open("a", encoding="utf-8") as file:
                    file.write(f"CALL {self.name} {' '.join(paths)}\n")
        return original(self, *arguments)

    JavaMember.__call__ = call


def _without_own_frames(frames: TracebackType | None, script: str) -> TracebackType | None:
    """The traceback from the script's own frame on; all of it where the script never began (a syntax error)."""
    frame = frames
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == script:
            return frame
        frame = frame.tb_next
    return None


def _end_with_the_server(watch_descriptor: int) -> None:
    """Kill this process group when the server is gone, however it went: the kernel then closes the pipe's other end."""

    def watch() -> None:
        while os.read(watch_descriptor, 1):
            pass
        os.killpg(os.getpgid(0), signal.SIGKILL)

    os.set_inheritable(watch_descriptor, False)
    threading.Thread(target=watch, name="watch-the-server", daemon=True).start()


if __name__ == "__main__":
    main()
