"""One crawl: list the targets, read the footers, then write to the catalog; nothing is written before all was read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from moto.glue.exceptions import DatabaseNotFoundException

from local_aws import access_log
from local_aws.services.glue.catalog.backend import CatalogBackend
from local_aws.services.glue.crawlers.catalog_writer import CatalogChanges, CatalogWriter, WritePolicy
from local_aws.services.glue.crawlers.globs import InvalidGlobError
from local_aws.services.glue.crawlers.model import Crawl, Crawler
from local_aws.services.glue.crawlers.parquet_footers import FooterCache
from local_aws.services.glue.crawlers.table_layout import (
    CrawledObject,
    CrawlFailedError,
    FoundTable,
    crawlable,
    table_of,
    table_prefix,
)
from local_aws.services.glue.logs import LogStream
from local_aws.services.s3 import storage

log = logging.getLogger(__name__)
_footers = FooterCache()


class CrawlCancelledError(RuntimeError):
    """The crawl was asked to end."""


def run_crawl(crawler: Crawler, crawl: Crawl, catalog: CatalogBackend) -> None:
    """Run the crawl to its end, for the crawler's role, and tell the crawler how it went."""
    with access_log.acting_as(crawler.definition.get("Role", "")):
        _run(crawler, crawl, catalog)


def _run(crawler: Crawler, crawl: Crawl, catalog: CatalogBackend) -> None:
    stream = LogStream(crawl.log_group, crawler.name, catalog.region_name, crawler.definition.get("Role", ""))

    def write_log(message: str) -> None:
        stream.write(f"[{crawl.crawl_id}] {message}")

    status, error_message, changes = "FAILED", None, None
    write_log(f"BENCHMARK : Running Start Crawl for Crawler {crawler.name}")
    try:
        changes = _crawl(crawler, catalog, write_log)
        status = "COMPLETED"
    except CrawlCancelledError:
        status = "STOPPED"
    except (CrawlFailedError, InvalidGlobError, storage.NoSuchBucketError) as error:
        error_message = str(error)
    except Exception as error:
        # A bug in here must end the crawl: left RUNNING, its client would wait for ever.
        log.exception("the crawl of %s failed inside local_aws", crawler.name)
        error_message = f"local_aws failed: {type(error).__name__}: {error}"
    if error_message:
        write_log(f"ERROR : {error_message}")
    write_log("BENCHMARK : Crawler has finished running and is in state READY")
    crawler.end_crawl(crawl, status, error_message, changes)


def _crawl(crawler: Crawler, catalog: CatalogBackend, write_log: Callable[[str], None]) -> CatalogChanges:
    definition = crawler.definition
    _refuse_unsupported(definition)
    configuration = json.loads(definition.get("Configuration") or "{}")
    level = configuration.get("Grouping", {}).get("TableLevelConfiguration")
    locations: list[str] = []
    found: list[FoundTable] = []
    for target in definition["Targets"]["S3Targets"]:
        bucket, prefix = _include_path(target["Path"])
        locations.append(f"s3://{bucket}/{prefix}")
        found += _tables(crawler, bucket, prefix, target.get("Exclusions") or [], level, write_log)
    if not crawler.begin_writing():
        raise CrawlCancelledError
    write_log("BENCHMARK : Classification complete, writing results to database " + definition.get("DatabaseName", ""))
    with catalog.lock:
        writer = CatalogWriter(catalog, definition.get("DatabaseName", ""), _policy(crawler, configuration), write_log)
        try:
            for table in found:
                writer.write(table)
            writer.remove_missing(locations, {table.location for table in found})
        except DatabaseNotFoundException as error:
            raise CrawlFailedError(
                f"Database {definition.get('DatabaseName')} does not exist, so no tables can be created in it."
            ) from error
    write_log("BENCHMARK : Finished writing to Catalog")
    return writer.changes


def _tables(
    crawler: Crawler,
    bucket: str,
    prefix: str,
    exclusions: list[str],
    level: int | None,
    write_log: Callable[[str], None],
) -> list[FoundTable]:
    """The tables below one include path."""
    listed = (
        CrawledObject(info.key, info.size, storage.object_path(bucket, info.key))
        for info in storage.list_objects(bucket, prefix)
    )
    members: dict[str, list[CrawledObject]] = {}
    for found in crawlable(listed, prefix, exclusions):
        root = table_prefix(found.key, prefix, level)
        if root is None:
            write_log(f"WARN : {found.key} lies above the table level {level} and is left out")
        else:
            members.setdefault(root, []).append(found)
    tables = []
    for root, objects in sorted(members.items()):
        if crawler.is_cancelled:
            raise CrawlCancelledError
        access_log.record_objects("s3:GetObject", bucket, [found.key for found in objects])
        tables.append(table_of(bucket, root, objects, _footers))
    write_log(f"INFO : Found {len(tables)} tables below s3://{bucket}/{prefix}")
    return tables


def _include_path(path: str) -> tuple[str, str]:
    bucket, key = storage.split_uri(path)
    prefix = key.strip("/")
    return bucket, f"{prefix}/" if prefix else ""


def _policy(crawler: Crawler, configuration: dict[str, Any]) -> WritePolicy:
    definition = crawler.definition
    changes = definition["SchemaChangePolicy"]
    output = configuration.get("CrawlerOutput", {})
    merge = output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns"
    return WritePolicy(
        crawler=crawler.name,
        table_prefix=definition.get("TablePrefix", ""),
        update=merge or changes.get("UpdateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE",
        delete=changes.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        merge_new_columns=merge,
        inherit_from_table=output.get("Partitions", {}).get("AddOrUpdateBehavior") == "InheritFromTable",
    )


def _refuse_unsupported(definition: dict[str, Any]) -> None:
    others = [kind for kind, targets in definition["Targets"].items() if targets and kind != "S3Targets"]
    if others:
        raise CrawlFailedError(f"local_aws crawls S3 targets only, not {', '.join(others)}.")
    behavior = definition["RecrawlPolicy"].get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if behavior != "CRAWL_EVERYTHING":
        raise CrawlFailedError(f"local_aws does not support the recrawl behavior {behavior}; use CRAWL_EVERYTHING.")
    if definition["Classifiers"]:
        raise CrawlFailedError("local_aws does not support custom classifiers: it crawls Parquet only.")
