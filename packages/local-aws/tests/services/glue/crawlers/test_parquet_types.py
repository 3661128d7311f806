"""How the types of Parquet files become the catalog's, and what is read from a footer."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_support import parquet
from local_aws.services.glue.crawlers import parquet_footers
from local_aws.services.glue.crawlers.parquet_footers import FooterCache, UnreadableFileError, hive_type, read_footer


@pytest.mark.parametrize(
    ("arrow_type", "expected"),
    [
        (pa.string(), "string"),
        (pa.large_string(), "string"),
        (pa.bool_(), "boolean"),
        (pa.int8(), "tinyint"),
        (pa.int16(), "smallint"),
        (pa.int32(), "int"),
        (pa.int64(), "bigint"),
        (pa.uint32(), "bigint"),
        (pa.float32(), "float"),
        (pa.float64(), "double"),
        (pa.date32(), "date"),
        (pa.timestamp("ms"), "timestamp"),
        (pa.timestamp("us", tz="UTC"), "timestamp"),
        (pa.timestamp("ns"), "timestamp"),
        (pa.decimal128(12, 2), "decimal(12,2)"),
        (pa.binary(), "binary"),
        (pa.binary(4), "binary"),
        (pa.list_(pa.int32()), "array<int>"),
        (pa.map_(pa.string(), pa.int64()), "map<string,bigint>"),
        (pa.struct([("A", pa.string()), ("b", pa.list_(pa.date32()))]), "struct<a:string,b:array<date>>"),
        (pa.dictionary(pa.int32(), pa.string()), "string"),
    ],
    ids=str,
)
def test_a_type_is_named_as_glue_names_it(arrow_type: pa.DataType, expected: str) -> None:
    assert hive_type(arrow_type) == expected


def test_a_type_that_hive_lacks_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="time64"):
        hive_type(pa.time64("us"))


def test_names_become_lower_case_and_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet({"UserId": ["a", "b"], "price": [Decimal("1.50"), None]}))

    footer = read_footer(path)

    assert footer.columns == (("userid", "string"), ("price", "decimal(3,2)"))
    assert footer.row_count == 2


def test_legacy_timestamps_are_timestamps(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"at": pa.array([0], pa.timestamp("ns"))})
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)

    assert read_footer(path).columns == (("at", "timestamp"),)


def test_columns_that_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet({"a": [1], "A": [2]}))

    with pytest.raises(UnreadableFileError, match="several columns"):
        read_footer(path)


@pytest.mark.parametrize(
    "content", [b'{"a": 1}\n', b"PAR1", b"PAR1" + b"x" * 40 + b"PAR1"], ids=["json", "cut", "broken"]
)
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match="not a Parquet file"):
        read_footer(path)


def test_a_footer_is_read_once_until_its_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    read = parquet_footers.read_footer

    def counted(path: Path) -> Any:
        reads.append(path)
        return read(path)

    monkeypatch.setattr(parquet_footers, "read_footer", counted)
    cache, path = FooterCache(), tmp_path / "a.parquet"
    path.write_bytes(parquet({"a": [1]}))

    assert cache.footer(path) == cache.footer(path)
    assert len(reads) == 1
    path.write_bytes(parquet({"a": ["text"]}))
    assert cache.footer(path).columns == (("a", "string"),)
    os.utime(path, ns=(1, 1))
    cache.footer(path)
    assert len(reads) == 3


def test_the_cache_forgets_what_was_not_asked_for_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_footers, "MAX_CACHED_FOOTERS", 2)
    cache = FooterCache()
    for number in range(3):
        (tmp_path / str(number)).write_bytes(parquet({"a": [number]}))
        cache.footer(tmp_path / str(number))

    assert len(cache._footers) == 2
