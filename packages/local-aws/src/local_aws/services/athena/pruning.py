"""Which partitions of a table can hold rows that the query wants."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlglot import exp

from local_aws import access_log
from local_aws.services.athena import rewrite
from local_aws.services.athena.catalog import Column, Partition
from local_aws.services.athena.functions import macros_in
from local_aws.services.athena.hive_types import quoted
from local_aws.services.athena.key_conditions import key_conditions
from local_aws.services.athena.names import ReadTable
from local_aws.services.athena.projection import is_projected, projected_partitions

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def partitions_to_read(table: ReadTable, query: exp.Query) -> list[Partition]:
    """The partitions that the conditions on partition keys let through; the whole location if there are no keys.

    :param query: the statement that the table is mentioned in
    :raises StatementError: if the table's partition projection is not valid
    """
    definition = table.definition
    if not definition.partition_keys:
        return [Partition((), definition.location)]
    keys = definition.partition_keys
    nulls = [(NULL_PARTITION,) * len(keys)]
    conditions = key_conditions(table, query, lambda condition: _true_rows(keys, nulls, condition) != [])
    if is_projected(definition):
        return projected_partitions(definition, conditions, matching)
    access_log.record_catalog("GetPartitions", definition.database, definition.name)
    return matching(definition.partition_keys, list(definition.catalog_partitions), conditions)


def matching(
    keys: tuple[Column, ...], partitions: list[Partition], conditions: list[exp.Expression]
) -> list[Partition]:
    """The partitions whose values make every condition true; DuckDB evaluates them."""
    for condition in conditions:
        numbers = _true_rows(keys, [partition.values for partition in partitions], condition)
        if numbers is not None:
            partitions = [partitions[number] for number in numbers]
    return partitions


def _true_rows(keys: tuple[Column, ...], rows: list[tuple[str, ...]], condition: exp.Expression) -> list[int] | None:
    """The numbers of the rows that make the condition true; None if it can't be told, as when a value is not valid."""
    if not rows:
        return []
    columns = {key.name: pa.array([row[number] for row in rows], pa.string()) for number, key in enumerate(keys)}
    values = pa.table({"__number": pa.array(range(len(rows)), pa.int64()), **columns})
    typed = ", ".join(
        f"CAST(nullif({quoted(key.name)}, '{NULL_PARTITION}') AS {key.type.duckdb}) AS {quoted(key.name)}"
        for key in keys
    )
    sql = rewrite.rewritten_condition(condition, {key.name: key.type.duckdb for key in keys}).sql(dialect="duckdb")
    with duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for macro in macros_in(sql):
            connection.execute(macro)
        connection.register("__values", values)
        try:
            found = connection.execute(
                f"SELECT __number FROM (SELECT __number, {typed} FROM __values) WHERE {sql} ORDER BY __number"  # noqa: S608 - generated
            ).fetchall()
        except duckdb.Error:
            return None  # the query itself will say what is wrong with it
    return [row[0] for row in found]
