"""Who called what: every AWS call as (role, IAM action, resource), as IAM would see it.

Requests are recorded where they come in, the work that services do for a role where it is done. Nothing is denied:
the tests hold what was recorded against the policies in ``iac/``.
"""

from __future__ import annotations

from local_aws import settings
from local_aws.access_log.calls import (
    CallLog,
    RecordedCall,
    acting_as,
    acting_role,
    call_log,
    record,
    record_catalog,
    record_object,
    record_objects,
)

__all__ = [
    "CallLog",
    "RecordedCall",
    "acting_as",
    "acting_role",
    "call_log",
    "install",
    "record",
    "record_catalog",
    "record_object",
    "record_objects",
    "save",
    "shutdown",
]
FILE_NAME = "calls.jsonl"


def install() -> None:
    """Go on with what earlier processes recorded."""
    call_log.load(settings.current().data_dir / FILE_NAME)


def save() -> None:
    """Keep what was recorded for the next process."""
    call_log.save(settings.current().data_dir / FILE_NAME)


def shutdown() -> None:
    """Keep what was recorded for the next process."""
    save()
