"""The control endpoints below /_local_aws/: health, clock, Firehose flush and faults, calls. JSON in, JSON out."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local_aws import access_log, clock, settings
from local_aws.services import firehose

log = logging.getLogger(__name__)
PREFIX = "/_local_aws/"

_state = {"provisioned": False}


class BadControlRequestError(ValueError):
    """A control request that can't be understood; the message says what to send."""


def answer(method: str, path: str, body: bytes) -> tuple[str, bytes]:
    """Status line and JSON body of a control request."""
    name = path.removeprefix(PREFIX).rstrip("/")
    handlers = _HANDLERS.get(name)
    if handlers is None:
        return _json(404, {"error": f"no such endpoint; there are {sorted(PREFIX + known for known in _HANDLERS)}"})
    handler = handlers.get(method)
    if handler is None:
        return _json(405, {"error": f"{PREFIX}{name} takes {sorted(handlers)}"})
    try:
        return _json(200, handler(_parse(body)))
    except BadControlRequestError as error:
        return _json(400, {"error": str(error)})
    except Exception as error:
        log.exception("%s %s failed", method, path)
        return _json(500, {"error": f"{type(error).__name__}: {error}"})


def _json(status: int, document: dict[str, Any]) -> tuple[str, bytes]:
    return f"{status} {'OK' if status == 200 else 'Error'}", json.dumps(document).encode() + b"\n"


def _parse(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except ValueError as error:
        raise BadControlRequestError(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadControlRequestError("the body must be a JSON object")
    return document


def _health(_: dict[str, Any]) -> dict[str, Any]:
    current = settings.current()
    return {
        "status": "ok",
        "pid": os.getpid(),
        "endpoint": current.endpoint,
        "data_dir": str(current.data_dir),
        "account_id": current.account_id,
        "region": current.region,
        "provisioned": _state["provisioned"],
        **_show_clock({}),
    }


def _show_clock(_: dict[str, Any]) -> dict[str, Any]:
    return {"now": clock.now().isoformat().replace("+00:00", "Z"), "is_set": bool(clock.offset())}


def _set_clock(document: dict[str, Any]) -> dict[str, Any]:
    text = document.get("now")
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadControlRequestError(f'{text!r} is not an instant: send {{"now": "2026-01-31T23:59:00Z"}}')
    clock.set_now(instant.astimezone(UTC))
    return _show_clock({})


def _reset_clock(_: dict[str, Any]) -> dict[str, Any]:
    clock.reset()
    return _show_clock({})


def _show_calls(_: dict[str, Any]) -> dict[str, Any]:
    counts = access_log.call_log.counts()
    return {
        "calls": [{**call._asdict(), "count": count} for call, count in counts.items()],
        "dropped": access_log.call_log.dropped,
    }


def _forget_calls(_: dict[str, Any]) -> dict[str, Any]:
    access_log.call_log.clear()
    return _show_calls({})


def _set_provisioned(document: dict[str, Any]) -> dict[str, Any]:
    """What whoever provisions says of its work, for those who wait for it at the health endpoint."""
    provisioned = document.get("provisioned")
    if not isinstance(provisioned, bool):
        raise BadControlRequestError(f'provisioned={provisioned!r}: send {{"provisioned": true}}')
    _state["provisioned"] = provisioned
    return {"provisioned": provisioned}


def _flush(_: dict[str, Any]) -> dict[str, Any]:
    return {"delivered_objects": firehose.flush()}


def _set_faults(document: dict[str, Any]) -> dict[str, Any]:
    rate, seed = document.get("failure_rate"), document.get("seed")
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate <= 1:
        raise BadControlRequestError(f'failure_rate={rate!r}: send {{"failure_rate": 0.1, "seed": 1}}, 0 to 1')
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise BadControlRequestError(f"seed={seed!r} must be a whole number")
    firehose.set_faults(float(rate), seed)
    return {"failure_rate": rate, "seed": seed}


_HANDLERS: dict[str, dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "health": {"GET": _health},
    "provisioned": {"PUT": _set_provisioned},
    "clock": {"GET": _show_clock, "PUT": _set_clock, "DELETE": _reset_clock},
    "calls": {"GET": _show_calls, "DELETE": _forget_calls},
    "firehose/flush": {"POST": _flush},
    "firehose/faults": {"PUT": _set_faults},
}
