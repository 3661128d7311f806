"""Starts the server process: settings, backends, HTTP, and the clean stop."""

from __future__ import annotations

import fcntl
import importlib
import logging
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from local_aws import settings
from local_aws.settings import ALL_ADDRESSES, ServerSettings

if TYPE_CHECKING:
    from local_aws.application import Application
    from local_aws.persistence.persister import Persister

log = logging.getLogger(__name__)

# In this order: the later ones use what the earlier ones installed.
SERVICE_PACKAGES = (
    "access_log",
    "services.s3",
    "services.gaps",
    "services.firehose",
    "services.glue",
    "services.athena",
)
_REQUESTS_TIMEOUT_S = 10
_BACKLOG = 128
# Switches of moto that would change what clients see, or let it reach out.
_MOTO_SWITCHES = (
    "MOTO_",
    "INITIAL_NO_AUTH_ACTION_COUNT",
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME",
    "S3_UPLOAD_PART_MIN_SIZE",
    "TEST_SERVER_MODE",
)


class StartError(RuntimeError):
    """The server can't start; the message is the one line that the user needs."""


def serve(wanted: ServerSettings) -> None:
    """Run the server until SIGTERM or SIGINT, then flush and stop everything.

    :raises StartError: if the port or the data folder is in use
    """
    stop_requested = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop_requested.set())
    with _listening_socket(wanted.host, wanted.port) as listener, _sole_owner(wanted):
        services = install(wanted)
        app = create_app()
        persister = _load_state(wanted)
        from werkzeug.serving import make_server

        from local_aws.http_handler import KeepAliveHandler, active_requests

        server = make_server(
            wanted.host, wanted.port, app, threaded=True, request_handler=KeepAliveHandler, fd=listener.fileno()
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http")
        thread.start()
        persister.start()
        try:
            log.info("local_aws listens on %s, data in %s", wanted.endpoint, wanted.data_dir)
            if wanted.host == ALL_ADDRESSES:
                log.warning(
                    "it listens on every address of this machine: whoever reaches port %s may use it", wanted.port
                )
            stop_requested.wait()
            log.info("stopping")
        finally:
            server.shutdown()
            thread.join()
            shutdown(services)
            active_requests.wait_until_none(_REQUESTS_TIMEOUT_S)
            server.server_close()
            persister.stop()
    log.info("stopped")


def install(wanted: ServerSettings) -> list[ModuleType]:
    """Put the subclassed backends in place of moto's own and load what an earlier process left.

    Must come before anything imports moto's server. Returns the service packages, for :func:`shutdown`.
    """
    for name in list(os.environ):
        if name.startswith(_MOTO_SWITCHES):
            del os.environ[name]
    os.environ["MOTO_ACCOUNT_ID"] = wanted.account_id  # any credentials belong to this account
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"  # else any web page could read what is stored here
    # Which part of a host name is a bucket's, only host_names can tell.
    os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"
    settings.configure(wanted)
    services = [importlib.import_module(f"local_aws.{name}") for name in SERVICE_PACKAGES]
    for service in services:
        service.install()
    from local_aws.services.s3 import storage

    storage.load()
    return services


def create_app() -> Application:
    """The WSGI application over the installed backends."""
    from local_aws.application import Application

    return Application()


def _load_state(wanted: ServerSettings) -> Persister:
    from local_aws.persistence.persister import Persister
    from local_aws.persistence.store import StateError

    try:
        persister = Persister(wanted.data_dir)
        persister.load()
    except (StateError, sqlite3.Error) as error:
        raise StartError(str(error)) from error
    return persister


def shutdown(services: list[ModuleType]) -> None:
    """Stop the services, the last installed first; one that fails does not keep the others from stopping."""
    for service in reversed(services):
        if hasattr(service, "shutdown"):
            try:
                service.shutdown()
            except Exception:
                log.exception("%s did not stop cleanly", service.__name__)


@contextmanager
def _listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise StartError(
                f"can't listen on {host}:{port}: {error.strerror}; stop what runs there, or choose another with --port"
            ) from error
        yield listener


@contextmanager
def _sole_owner(wanted: ServerSettings) -> Iterator[None]:
    """Keep a second server off the same data folder: both would write the same files."""
    try:
        wanted.data_dir.mkdir(parents=True, exist_ok=True)
        lock = (wanted.data_dir / "lock").open("w")
    except OSError as error:
        raise StartError(f"can't use the data folder {wanted.data_dir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"another local_aws uses the data folder {wanted.data_dir}; stop it, or choose another with --data-dir"
            ) from error
        yield


def configure_logging() -> None:
    """Write one line per event to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for chatty in ("botocore", "boto3", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
