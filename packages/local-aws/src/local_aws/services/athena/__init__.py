"""Amazon Athena that does its work: SQL over the Glue catalog's tables, executed by DuckDB."""

from __future__ import annotations


def install() -> None:
    """Let moto use the backend and the responses of this package; must come before moto's server is imported."""
    from moto.athena import models, urls

    from local_aws.persistence import parts
    from local_aws.services.athena import state
    from local_aws.services.athena.backend import LocalAthenaBackend
    from local_aws.services.athena.responses import LocalAthenaResponse

    parts.register(state.PART)
    models.athena_backends.backend = LocalAthenaBackend
    urls.url_paths["{0}/$"] = LocalAthenaResponse.dispatch


def shutdown() -> None:
    """Cancel all executions that are going on."""
    from moto.athena import models

    for _account, _region, backend in models.athena_backends.iter_backends():
        backend.shutdown()
