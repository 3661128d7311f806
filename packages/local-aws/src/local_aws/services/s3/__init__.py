"""Amazon S3 with every object as a file."""

from __future__ import annotations


def install() -> None:
    """Let moto use the backend and the responses of this package; must come before moto's server is imported."""
    from local_aws.persistence import parts
    from local_aws.services.s3 import responses, state, storage

    storage.install()
    responses.install()
    parts.register(state.PART)
