"""The schema and row count of Parquet files, from their footers alone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MAX_CACHED_FOOTERS = 100_000
_SIMPLE_TYPES: dict[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.large_binary(): "binary",
    pa.date32(): "date",
    pa.null(): "string",
}


class UnreadableFileError(ValueError):
    """The file is not a Parquet file that can be catalogued."""


@dataclass(frozen=True)
class Footer:
    """What a crawl needs of one file: (name, Hive type) of each column, and how many rows there are."""

    columns: tuple[tuple[str, str], ...]
    row_count: int


class FooterCache:
    """Footers by path, modification time and size, so that only new files are opened as the days add up."""

    def __init__(self) -> None:
        self._footers: OrderedDict[tuple[str, int, int], Footer] = OrderedDict()
        self._lock = threading.Lock()

    def footer(self, path: Path) -> Footer:
        """The footer of the file.

        :raises UnreadableFileError: if the file is no Parquet file or has a type that Hive does not know
        """
        try:
            status = path.stat()
        except OSError as error:
            raise UnreadableFileError(f"can't be read: {error.strerror}") from error
        key = (str(path), status.st_mtime_ns, status.st_size)
        with self._lock:
            known = self._footers.get(key)
            if known is not None:
                self._footers.move_to_end(key)
                return known
        footer = read_footer(path)
        with self._lock:
            self._footers[key] = footer
            if len(self._footers) > MAX_CACHED_FOOTERS:
                self._footers.popitem(last=False)
        return footer


def read_footer(path: Path) -> Footer:
    """Read the footer of a Parquet file.

    :raises UnreadableFileError: if the file is no Parquet file or has a type that Hive does not know
    """
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFileError(f"is not a Parquet file that can be read: {str(error).splitlines()[0]}") from error
    # Hive, and so the catalog, knows lower-case names only.
    columns = tuple((field.name.lower(), hive_type(field.type)) for field in schema)
    names = [name for name, _ in columns]
    for name in names:
        if names.count(name) > 1:
            raise UnreadableFileError(f"has several columns that become {name!r} in lower case")
    return Footer(columns, metadata.num_rows)


def hive_type(arrow_type: pa.DataType) -> str:
    """The type as Glue writes it into the catalog.

    :raises UnreadableFileError: if Hive has no such type
    """
    simple = _SIMPLE_TYPES.get(arrow_type)
    if simple is not None:
        return simple
    types = pa.types
    if types.is_timestamp(arrow_type):
        return "timestamp"
    if types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    if types.is_date(arrow_type):
        return "date"
    if types.is_fixed_size_binary(arrow_type):
        return "binary"
    if types.is_dictionary(arrow_type):
        return hive_type(arrow_type.value_type)
    if types.is_map(arrow_type):
        return f"map<{hive_type(arrow_type.key_type)},{hive_type(arrow_type.item_type)}>"
    if types.is_list(arrow_type) or types.is_large_list(arrow_type) or types.is_fixed_size_list(arrow_type):
        return f"array<{hive_type(arrow_type.value_type)}>"
    if types.is_struct(arrow_type):
        fields = (f"{field.name.lower()}:{hive_type(field.type)}" for field in arrow_type)
        return f"struct<{','.join(fields)}>"
    raise UnreadableFileError(f"has a column of type {arrow_type}, which the catalog can't express")
