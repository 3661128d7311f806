"""The rules of the gate behind the crawler: the events table is the contract's and has every partition of the run.

No Airflow: the Glue client is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clickstream.contract import Column, Table, keys

# The parameter that Glue leaves on every table that a crawler made or changed.
CRAWLER_PARAMETER = "UPDATED_BY_CRAWLER"
PARTITIONS_PER_CALL = 1000


def table_differences(found: Mapping[str, Any] | None, expected: Table, database: str) -> list[str]:
    """What differs between a table of the catalog (as Glue answers) and the contract, one sentence each."""
    name = f"{database}.{expected.name}"
    if found is None:
        return [f"table {name} is missing although events were written: look at the crawler's log, clear crawl_events"]
    advice = f"find the files with the other schema, or drop table {name}; then clear crawl_events"
    columns = {column["Name"]: column["Type"] for column in found["StorageDescriptor"]["Columns"]}
    differences = _column_differences(columns, expected.columns)
    found_keys = [f"{key['Name']} {key['Type']}" for key in found.get("PartitionKeys", [])]
    wanted_keys = [f"{key.name} {key.type}" for key in expected.partition_keys]
    if found_keys != wanted_keys:
        differences.append(
            f"partition keys are ({', '.join(found_keys)}), the contract says ({', '.join(wanted_keys)})"
        )
    return [f"table {name}: {', '.join(differences)}: {advice}"] if differences else []


def _column_differences(found: Mapping[str, str], expected: Iterable[Column]) -> list[str]:
    wanted = {column.name: column.type for column in expected}
    return [
        *(f"column {name} is missing" for name in wanted if name not in found),
        *(f"column {name} {type_} is not in the contract" for name, type_ in found.items() if name not in wanted),
        *(
            f"column {name} is {found[name]}, the contract says {type_}"
            for name, type_ in wanted.items()
            if name in found and found[name] != type_
        ),
    ]


def foreign_tables(tables: Mapping[str, Mapping[str, Any]], expected: str, crawler_name: str) -> list[str]:
    """A sentence when the crawler made other tables than the one expected. Tables of other makers are none of ours."""
    others = sorted(
        name
        for name, table in tables.items()
        if name != expected and table.get("Parameters", {}).get(CRAWLER_PARAMETER) == crawler_name
    )
    if not others:
        return []
    them = "that table" if len(others) == 1 else "those tables"
    advice = f"a folder under the events prefix does not fit; remove it, drop {them} and clear crawl_events"
    return [f"crawler {crawler_name} also made {', '.join(others)}: {advice}"]


def missing_partitions(wanted: list[tuple[str, ...]], present: set[tuple[str, ...]], table: Table) -> list[str]:
    """A sentence that names the partitions that were written but are not in the catalog."""
    missing = [values for values in wanted if values not in present]
    if not missing:
        return []
    names = [keys.partition_path((key.name for key in table.partition_keys), values) for values in missing]
    return [
        f"{len(missing)} of {len(wanted)} partitions are not in the catalog: {', '.join(names)}: clear crawl_events"
    ]


def read_tables(client: Any, database: str) -> dict[str, dict[str, Any]]:
    """Every table of the database, as Glue answers, by name."""
    pages = client.get_paginator("get_tables").paginate(DatabaseName=database)
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def read_partitions(client: Any, database: str, table: str, wanted: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Those of the wanted partitions, by their values, that the catalog has."""
    found: set[tuple[str, ...]] = set()
    for start in range(0, len(wanted), PARTITIONS_PER_CALL):
        asked = [{"Values": list(values)} for values in wanted[start : start + PARTITIONS_PER_CALL]]
        answer = client.batch_get_partition(DatabaseName=database, TableName=table, PartitionsToGet=asked)
        found |= {tuple(partition["Values"]) for partition in answer["Partitions"]}
    return found
