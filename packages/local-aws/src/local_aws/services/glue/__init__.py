"""AWS Glue that does its work: job runs in PySpark processes, crawls that read Parquet footers, and the catalog."""

from __future__ import annotations


def install() -> None:
    """Let moto use the backend and the responses of this package; must come before moto's server is imported."""
    from moto.glue import models, urls

    from local_aws import clock
    from local_aws.persistence import parts
    from local_aws.services.glue import logs
    from local_aws.services.glue.backend import LocalGlueBackend
    from local_aws.services.glue.catalog import state as catalog_state
    from local_aws.services.glue.crawlers import state as crawlers_state
    from local_aws.services.glue.jobs import state as jobs_state
    from local_aws.services.glue.jobs.runner import remove_old_work_folders
    from local_aws.services.glue.responses import LocalGlueResponse

    models.utcnow = clock.naive_utcnow
    models.glue_backends.backend = LocalGlueBackend
    urls.url_paths["{0}/$"] = LocalGlueResponse.dispatch
    logs.install()
    remove_old_work_folders()
    for state in (catalog_state, jobs_state, crawlers_state):
        parts.register(state.PART)


def shutdown() -> None:
    """End all job runs and crawls that are going on."""
    from moto.glue import models

    for _account, _region, backend in models.glue_backends.iter_backends():
        backend.shutdown()
