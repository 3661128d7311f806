"""The HTTP side: werkzeug's threaded server with connections that stay open, and one write per response."""

from __future__ import annotations

import io
import threading
from http import HTTPStatus
from http.client import responses as reason_of_status
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import DechunkedInput

# Clients keep connections in a pool for as long as they live; each holds one thread here.
IDLE_TIMEOUT_S = 300
_STATUSES_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class ActiveRequests:
    """Counts the requests that are being answered, so that a stop can wait for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_exception: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_until_none(self, timeout_s: float) -> bool:
        """Whether all were answered within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout_s)


active_requests = ActiveRequests()


class KeepAliveHandler(MotoRequestHandler):
    """Answers many requests on one connection.

    werkzeug's own handler closes the connection after every response and waits 10 ms for late input first; both cost
    more than most requests here. This one reads the whole request before it answers, so nothing is ever left to drain.
    """

    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S
    # Headers and body leave in one write; without this the kernel would still hold back the last packet of big ones.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request."""
        with active_requests:
            self._answer()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the clients say what they asked for, and the application logs what failed on this side."""

    def _answer(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body(environ))
        status, headers, body = _call(self.server.app, environ)
        code = int(status.split(" ", 1)[0])
        without_body = self.command == "HEAD" or code in _STATUSES_WITHOUT_BODY
        self.send_response_only(code, reason_of_status.get(code, ""))
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in {"connection", "transfer-encoding"}:
                self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in names and code not in _STATUSES_WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        if not without_body:
            self._headers_buffer.append(b"\r\n" + body)
            self.flush_headers()
        else:
            self.end_headers()

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        stream = environ["wsgi.input"]
        if isinstance(stream, DechunkedInput):
            body = stream.read()
            environ["CONTENT_LENGTH"] = str(len(body))
            return bytes(body)
        length = environ.get("CONTENT_LENGTH") or "0"
        return bytes(stream.read(int(length))) if length.isdigit() else b""


def _call(app: Any, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        started.append((status, headers))
        return lambda _data: None

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    return status, headers, body
