"""moto's own application of each service. To be imported once the services are installed: moto's server reads them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.exceptions import MethodNotAllowed, NotFound

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_apps: dict[str, WsgiApp] = {}
_lock = threading.Lock()


def moto_app(service: str) -> WsgiApp:
    """The application of a service under moto's name, made on first use.

    A request to a route that moto does not have ends in a NotImplementedError; other errors come through as well.
    """
    with _lock:
        app = _apps.get(service)
        if app is None:
            made = create_backend_app(service)  # type: ignore[arg-type,unused-ignore]
            made.debug = False
            made.config["PROPAGATE_EXCEPTIONS"] = True  # the caller turns them into AWS's shape
            for unknown_route in (NotFound, MethodNotAllowed):
                made.register_error_handler(unknown_route, _raise_not_implemented)
            app = _apps[service] = made
        return app


def _raise_not_implemented(error: Exception) -> Any:
    raise NotImplementedError(f"no such route ({type(error).__name__})")
