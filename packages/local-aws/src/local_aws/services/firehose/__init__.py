"""Amazon Data Firehose: direct put into S3, buffered, named and limited as AWS does it."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import cast

from moto.firehose import models

from local_aws import clock, settings
from local_aws.persistence import parts
from local_aws.services.firehose import responses, state
from local_aws.services.firehose.backend import BufferingFirehoseBackend
from local_aws.services.firehose.delivery import Delivery, UndeliveredError
from local_aws.services.firehose.faults import set_faults

__all__ = ["flush", "install", "set_faults", "shutdown"]
log = logging.getLogger(__name__)


def install() -> None:
    """Let moto use this backend, and deliver what is due before the clock jumps."""
    models.utcnow = clock.naive_utcnow
    models.firehose_backends.backend = BufferingFirehoseBackend
    responses.install()
    parts.register(state.PART)
    set_faults(settings.current().firehose_failure_rate)
    clock.on_change(_before_jump)


def flush() -> int:
    """Deliver all buffers now; returns the number of objects written.

    :raises UndeliveredError: if something could not be delivered; it is kept and tried again
    """
    return sum(delivery.flush() for delivery in _deliveries())


def shutdown() -> None:
    """Deliver all buffers and take no more records."""
    for delivery in _deliveries():
        delivery.stop()


def _before_jump(old: datetime, new: datetime) -> None:
    """Forwards: what falls due on the way. Backwards: everything, for its records would be later than the clock."""
    for delivery in _deliveries():
        try:
            delivery.flush(due_by=new if new >= old else None)
        except UndeliveredError as error:
            log.warning("the clock jumps from %s to %s although %s", old, new, error)


def _deliveries() -> list[Delivery]:
    backends = models.firehose_backends[settings.current().account_id]
    return [cast(BufferingFirehoseBackend, backend).delivery for backend in backends.values()]
