"""Lines that the pipeline must quarantine."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

# In the order in which they take turns.
REASONS = (
    "malformed_json",
    "missing_user_id",
    "invalid_timestamp",
    "missing_event_type",
    "too_late",
    "timestamp_in_future",
    "invalid_event_type",
)
# Beyond any sensible threshold of the pipeline.
DAYS_IN_FUTURE, DAYS_TOO_LATE, TOO_LONG = 2, 60, 200
MISSING = (None, "", "   ")


def malformed_line(reason: str, rng: random.Random, arrival_date: date) -> bytes:
    """A line that arrives on that date and is to be quarantined for that reason.

    :param reason: one of REASONS
    """
    event: dict[str, Any] = {
        "event_id": f"{rng.getrandbits(128):032x}",
        "user_id": f"user-{rng.randrange(1000):06d}",
        "event_type": "page_view",
        "product_id": None,
        "timestamp": f"{arrival_date}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00.000Z",
    }
    match reason:
        case "malformed_json":
            text = json.dumps(event)
            return text[: rng.randrange(2, len(text) - 1)].encode()
        case "missing_user_id":
            _remove(event, "user_id", rng)
        case "missing_event_type":
            _remove(event, "event_type", rng)
        case "invalid_event_type":
            event["event_type"] = "x" * TOO_LONG
        case "invalid_timestamp":
            unreadable = ("yesterday at noon", f"{arrival_date}T12:00:00", f"{arrival_date}T25:61:00Z", 1_767_225_600)
            event["timestamp"] = rng.choice((*unreadable, None))  # text, no zone, no such time, epoch seconds, none
        case "timestamp_in_future":
            event["timestamp"] = f"{arrival_date + timedelta(days=DAYS_IN_FUTURE)}T00:00:00Z"
        case "too_late":
            event["timestamp"] = f"{arrival_date - timedelta(days=DAYS_TOO_LATE)}T00:00:00Z"
    return json.dumps(event).encode()


def _remove(event: dict[str, Any], name: str, rng: random.Random) -> None:
    if rng.random() < 0.5:
        del event[name]
    else:
        event[name] = rng.choice(MISSING)
