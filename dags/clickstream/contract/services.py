"""What the contract says of each AWS service that the pipeline uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from clickstream.contract.constraints import (
    AwsDocument,
    Count,
    DatedPrefix,
    IsoDate,
    Key,
    Name,
    PositiveInt,
    Prefix,
    Range,
    Text,
)
from clickstream.contract.tables import Column


@dataclass(frozen=True)
class Firehose:
    """How the delivery stream writes raw events.

    :param prefix: of the raw objects of an arrival date, as Firehose evaluates it
    :param error_prefix: of what could not be delivered; outside the prefix of the events
    :param compression: of the raw objects
    :param delimiter: appended to each record, as Firehose spells it
    :param buffer_size_mib: an object is written when it has this size
    :param buffer_interval_s: or this age
    """

    prefix: DatedPrefix
    error_prefix: Prefix
    compression: Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]
    delimiter: str
    buffer_size_mib: Annotated[int, Range(1, 128)]
    buffer_interval_s: Annotated[int, Range(0, 900)]


@dataclass(frozen=True)
class Glue:
    """The Glue job.

    :param script_key: in the artifacts bucket; its file name is that of the script in glue_scripts/
    :param modules_key: in the artifacts bucket, of the zip with the modules that the script imports
    :param staging_prefix: in the processed bucket, of what a run has not published yet
    :param worker_count: the driver among them
    :param default_arguments: Glue's own; those with the environment's names come on top
    """

    description: Text
    script_key: Key
    modules_key: Key
    staging_prefix: Prefix
    worker_type: Text
    worker_count: Annotated[int, Range(2)]
    max_concurrent_runs: PositiveInt
    timeout_minutes: PositiveInt
    max_retries: Count
    log_group_prefix: Text
    default_arguments: Mapping[str, str]


@dataclass(frozen=True)
class SchemaChangePolicy:
    """What the crawler does with a table whose files have changed."""

    update_behavior: Literal["LOG", "UPDATE_IN_DATABASE"]
    delete_behavior: Literal["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"]


@dataclass(frozen=True)
class Crawler:
    """The crawler.

    :param table: the one of the tables that it catalogues
    :param configuration: Glue's own document
    :param exclusions: glob patterns below the table's prefix
    """

    description: Text
    table: Name
    recrawl_behavior: Literal["CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY", "CRAWL_EVENT_MODE"]
    configuration: AwsDocument
    exclusions: tuple[Text, ...]
    schema_change_policy: SchemaChangePolicy


@dataclass(frozen=True)
class Athena:
    """The workgroup that the reports run in.

    :param results_prefix: in the reports bucket, of the queries' own results
    :param publish_metrics: whether CloudWatch gets the workgroup's metrics
    :param leases_prefix: in the reports bucket, of the leases on reports that are being rebuilt
    :param bytes_scanned_cutoff: a query that reads more is cut off
    """

    results_prefix: Prefix
    publish_metrics: bool
    leases_prefix: Prefix
    bytes_scanned_cutoff: Annotated[int, Range(10_000_000)]


@dataclass(frozen=True)
class StorageFormat:
    """The Java classes that read and write a format."""

    input_format: Text
    output_format: Text
    serde: Text


@dataclass(frozen=True)
class Catalog:
    """The tables in the Glue catalog.

    :param first_projected_date: partitions of earlier dates are not seen
    :param report_partition_key: of every report's table
    :param formats: by the name that a table's format has
    """

    first_projected_date: IsoDate
    report_partition_key: Column
    formats: Mapping[str, StorageFormat]
