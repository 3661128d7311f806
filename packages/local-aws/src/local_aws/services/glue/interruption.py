"""What runs and crawls say that the end of a process cut off."""

from __future__ import annotations

INTERRUPTED = (
    "local_aws ended while this was going on, without a clean stop; what it had written stays. Start it again."
)
