"""Changes the Glue catalog the way Athena's statements do."""

from __future__ import annotations

from typing import Any

from local_aws import access_log, clock
from local_aws.services.athena.catalog import VIEW_TYPE, TableDefinition, database, glue_backend
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.write_files import FileFormat, file_format

_HIVE_IO = "org.apache.hadoop.hive.ql.io."
_TEXT_IO = ("org.apache.hadoop.mapred.TextInputFormat", _HIVE_IO + "HiveIgnoreKeyTextOutputFormat")
# Hive's name of a file format -> input format, output format, SerDe
FORMATS: dict[str, tuple[str, str, str]] = {
    "PARQUET": (
        _HIVE_IO + "parquet.MapredParquetInputFormat",
        _HIVE_IO + "parquet.MapredParquetOutputFormat",
        _HIVE_IO + "parquet.serde.ParquetHiveSerDe",
    ),
    "JSON": (*_TEXT_IO, "org.openx.data.jsonserde.JsonSerDe"),
    "TEXTFILE": (*_TEXT_IO, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
}
_FORMAT_NAMES = {"parquet": "PARQUET", "json": "JSON", "csv": "TEXTFILE"}
Columns = list[tuple[str, str]]


def check_database(name: str) -> None:
    """Be sure that the database exists.

    :raises StatementError: if it does not
    """
    if not name:
        raise StatementError("MISSING_SCHEMA_NAME: line 1:1: Schema must be specified when session schema is not set")
    if database(name) is None:
        raise StatementError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name}' does not exist")


def storage_for(to: FileFormat) -> dict[str, Any]:
    """The formats and the SerDe of tables whose files are written that way."""
    input_format, output_format, serde = FORMATS[to.name]
    parameters = {"serialization.format": "1"}
    if to.name == "TEXTFILE":
        parameters = {"serialization.format": to.field_delimiter, "field.delim": to.field_delimiter}
    return {
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
    }


def format_of(definition: TableDefinition) -> FileFormat:
    """The format in which INSERT INTO writes files of the table.

    :raises StatementError: if Athena, or this, can't write it
    """
    name = _FORMAT_NAMES.get(definition.format)
    if name is None:
        raise StatementError(f"NOT_SUPPORTED: Inserting into tables of SerDe {definition.serde} is not supported")
    parameters = definition.parameters
    compression = parameters.get("write.compression") or parameters.get("parquet.compression")
    delimiter = definition.serde_parameters.get("field.delim") if name == "TEXTFILE" else None
    return file_format(name, compression, delimiter)


def create_table(
    database_name: str,
    name: str,
    *,
    columns: Columns,
    partition_keys: Columns,
    location: str,
    storage: dict[str, Any],
    parameters: dict[str, str] | None = None,
    comment: str = "",
    comments: dict[str, str] | None = None,
) -> None:
    """Put a table into the catalog."""
    told = comments or {}

    def shown(entries: Columns) -> list[dict[str, str]]:
        return [
            {"Name": column, "Type": kind, **({"Comment": told[column]} if column in told else {})}
            for column, kind in entries
        ]

    _create(
        database_name,
        name,
        {
            "Name": name,
            **({"Description": comment} if comment else {}),
            "Owner": "hadoop",
            "TableType": "EXTERNAL_TABLE",
            "Retention": 0,
            "Parameters": {"EXTERNAL": "TRUE", "transient_lastDdlTime": _now_s(), **(parameters or {})},
            "PartitionKeys": shown(partition_keys),
            "StorageDescriptor": {"Columns": shown(columns), "Location": location, "Compressed": False, **storage},
        },
    )


def create_view(database_name: str, name: str, columns: Columns, text: str) -> None:
    """Put a view into the catalog, in the place of the view of that name if there is one."""
    definition = {
        "Name": name,
        "TableType": VIEW_TYPE,
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": [{"Name": column, "Type": kind} for column, kind in columns], "Location": ""},
        "ViewOriginalText": text,
        "ViewExpandedText": "/* Presto View */",
    }
    backend = glue_backend()
    with backend.lock:
        operation = "UpdateTable" if name in backend.databases[database_name].tables else "CreateTable"
        access_log.record_catalog(operation, database_name, name)
        if name in backend.databases[database_name].tables:
            backend.update_table(database_name, name, definition)
        else:
            backend.create_table(database_name, name, definition)


def _create(database_name: str, name: str, definition: dict[str, Any]) -> None:
    backend = glue_backend()
    with backend.lock:
        check_database(database_name)
        if name in backend.databases[database_name].tables:
            raise StatementError(_ddl_task(f"AlreadyExistsException(message:Table {name} already exists.)"))
        access_log.record_catalog("CreateTable", database_name, name)
        backend.create_table(database_name, name, definition)


def drop_table(database_name: str, name: str) -> None:
    """Take a table, or a view, out of the catalog; its files stay."""
    backend = glue_backend()
    with backend.lock:
        access_log.record_catalog("DeleteTable", database_name, name)
        backend.delete_table(database_name, name)


def add_partitions(database_name: str, name: str, locations: dict[tuple[str, ...], str]) -> list[tuple[str, ...]]:
    """Put the partitions that are new into the catalog; returns them."""
    backend = glue_backend()
    added = []
    with backend.lock:
        table = backend.get_table(database_name, name)
        storage = table.as_dict()["StorageDescriptor"]
        known = {tuple(partition.values) for partition in table.partitions.values()}
        for values, location in locations.items():
            if values in known:
                continue
            access_log.record_catalog("BatchCreatePartition", database_name, name)
            backend.create_partition(
                database_name,
                name,
                {"Values": list(values), "StorageDescriptor": {**storage, "Location": location}, "Parameters": {}},
            )
            added.append(values)
    return added


def drop_partition(database_name: str, name: str, values: tuple[str, ...]) -> None:
    """Take a partition out of the catalog; its files stay."""
    backend = glue_backend()
    with backend.lock:
        access_log.record_catalog("DeletePartition", database_name, name)
        backend.get_table(database_name, name).delete_partition(list(values))


def update_table(database_name: str, name: str, changes: dict[str, Any]) -> None:
    """Change entries of a table's definition."""
    backend = glue_backend()
    with backend.lock:
        definition = backend.get_table(database_name, name).as_dict()
        kept = {
            entry: value
            for entry, value in definition.items()
            if entry not in {"DatabaseName", "CreateTime", "UpdateTime", "VersionId", "CatalogId"}
        }
        access_log.record_catalog("UpdateTable", database_name, name)
        backend.update_table(database_name, name, {**kept, **changes})


def create_database(name: str, comment: str, location: str, parameters: dict[str, str]) -> None:
    """Put a database into the catalog.

    :raises StatementError: if there is one of that name
    """
    backend = glue_backend()
    with backend.lock:
        if name in backend.databases:
            raise StatementError(_ddl_task(f"AlreadyExistsException(message:Database {name} already exists)"))
        access_log.record_catalog("CreateDatabase", name)
        definition = {"Name": name, "Description": comment, "LocationUri": location, "Parameters": parameters}
        backend.create_database(name, {entry: value for entry, value in definition.items() if value})


def drop_database(name: str, cascade: bool) -> None:
    """Take a database out of the catalog.

    :raises StatementError: if it has tables and those are not to go too
    """
    backend = glue_backend()
    with backend.lock:
        if backend.databases[name].tables and not cascade:
            raise StatementError(
                _ddl_task(f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)")
            )
        access_log.record_catalog("DeleteDatabase", name)
        backend.delete_database(name)


def _ddl_task(detail: str) -> str:
    return f"FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {detail}"


def _now_s() -> str:
    return str(int(clock.now().timestamp()))
