"""The ARNs of resources as IAM compares them with the resources of a policy."""

from __future__ import annotations

from local_aws import settings

ANY = "*"


def bucket(name: str) -> str:
    """A bucket."""
    return f"arn:aws:s3:::{name}"


def stored_object(bucket_name: str, key: str) -> str:
    """An object."""
    return f"arn:aws:s3:::{bucket_name}/{key}"


def catalog(database: str = "", table: str = "") -> list[str]:
    """What a catalog call needs at once: the catalog, the database and the table, as far as they are given."""
    found = [regional("glue", "catalog")]
    if database:
        found.append(regional("glue", f"database/{database.lower()}"))
    if table:
        found.append(regional("glue", f"table/{database.lower()}/{table.lower()}"))
    return found


def log_stream(group: str, stream: str = "") -> str:
    """A log stream; a call on a whole group is one on the stream without a name, as AWS's own refusals show it."""
    return regional("logs", f"log-group:{group}:log-stream:{stream}")


def regional(service: str, name: str) -> str:
    """Any resource of the server's own account and region."""
    current = settings.current()
    return f"arn:aws:{service}:{current.region}:{current.account_id}:{name}"
