"""Tables over text: JSON lines and CSV."""

from __future__ import annotations

import gzip
import json

import pytest

from athena_support import JSON_SERDE, LAZY_SERDE, OPEN_CSV_SERDE, Athena


@pytest.fixture(scope="module")
def athena(local_aws):
    return Athena(local_aws)


def test_json_lines_are_read_with_the_catalogs_types(athena):
    columns = {
        "id": "bigint",
        "price": "decimal(12,2)",
        "ok": "boolean",
        "at": "timestamp",
        "tags": "array<string>",
        "counts": "map<string,bigint>",
        "place": "struct<x:int,y:string>",
        "raw": "string",
    }
    athena.table("docs", columns, serde=JSON_SERDE)
    full = {
        "ID": 1,
        "price": 1.10,
        "ok": True,
        "at": "2026-01-02 03:04:05.678",
        "tags": ["a", None],
        "counts": {"k": 2},
        "place": {"X": 1},
        "raw": {"n": [1]},
        "unknown": 1,
    }
    body = json.dumps(full) + "\n\n" + json.dumps({"id": 2}) + "\n"
    athena.put("docs/a.json", body)
    result = athena.run("select * from docs order by id")
    assert result.rows == [
        ["1", "1.10", "true", "2026-01-02 03:04:05.678", "[a, null]", "{k=2}", "{x=1, y=null}", '{"n":[1]}'],
        ["2", None, None, None, None, None, None, None],
    ]
    assert result.bytes_scanned == len(body)
    assert athena.run("select counts['k'] from docs where id = 1").value == "2"
    assert athena.run("select count(*) from docs").value == "2"


def test_gzip_is_unpacked_and_counted_packed(athena):
    athena.table("packed", {"id": "bigint"}, keys={"day": "string"}, serde=JSON_SERDE)
    body = gzip.compress(b'{"id": 1}\n{"id": 2}\n')
    athena.put("packed/day=1/a.json.gz", body)
    athena.partition("packed", ["1"], "day=1/")
    result = athena.run("select id, day from packed order by id")
    assert result.rows == [["1", "1"], ["2", "1"]]
    assert result.bytes_scanned == len(body)


def test_a_line_that_is_no_json_object_fails_the_query_unless_it_is_to_be_ignored(athena):
    athena.table("malformed", {"id": "bigint"}, serde=JSON_SERDE)
    athena.put("malformed/a.json", '{"id": 1}\nnonsense\n')
    assert athena.reason("select * from malformed").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    athena.glue.delete_table(DatabaseName=athena.database, Name="malformed")
    athena.table("malformed", {"id": "bigint"}, serde=JSON_SERDE, serde_parameters={"ignore.malformed.json": "true"})
    assert athena.run("select id from malformed order by id").rows == [["1"], [None]]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("bigint", '"x"'), ("int", "3000000000"), ("array<string>", '"x"'), ("boolean", '"perhaps"'), ("date", '"soon"')],
)
def test_a_json_value_of_another_type_fails_the_query(athena, kind, value, request):
    name = f"typed_{abs(hash(request.node.name))}"
    athena.table(name, {"v": kind, "w": "int"}, serde=JSON_SERDE)
    athena.put(f"{name}/a.json", f'{{"v": {value}, "w": 1}}\n')
    assert athena.reason(f"select v from {name}").startswith("HIVE_BAD_DATA: Error parsing field value")
    assert athena.run(f"select w from {name}").value == "1"


def test_lazy_csv_has_no_quotes_and_turns_what_does_not_fit_into_null(athena):
    athena.table(
        "lazy",
        {"a": "int", "b": "string", "c": "date"},
        serde=LAZY_SERDE,
        serde_parameters={"field.delim": ",", "escape.delim": "\\"},
        parameters={"skip.header.line.count": "1"},
    )
    athena.put("lazy/a.csv", 'a,b,c\n1,"x",2026-01-02\nx,\\N,soon\n3\n4,p\\,q,2026-01-03,more\n')
    assert athena.run("select * from lazy").rows == [
        ["1", '"x"', "2026-01-02"],
        [None, None, None],
        ["3", None, None],
        ["4", "p,q", "2026-01-03"],
    ]
    assert athena.run("select b from lazy where a = 4").value == "p,q"


def test_open_csv_takes_quotes_off_and_fails_on_what_does_not_fit(athena):
    athena.table("quoted", {"a": "string", "b": "int"}, serde=OPEN_CSV_SERDE)
    athena.put("quoted/a.csv", '"x, y","1"\nplain,2\n"say ""hi""",\n')
    assert athena.run("select a, b from quoted").rows == [["x, y", "1"], ["plain", "2"], ['say "hi"', None]]
    athena.table("misquoted", {"a": "int"}, serde=OPEN_CSV_SERDE)
    athena.put("misquoted/a.csv", "x\n")
    assert athena.reason("select a from misquoted").startswith("HIVE_BAD_DATA: Error parsing column 'a'")


def test_a_serde_that_is_not_known_fails_the_query(athena):
    athena.table("avro", {"a": "int"}, serde="org.apache.hadoop.hive.serde2.avro.AvroSerDe")
    athena.put("avro/a.avro", b"x")
    assert athena.reason("select a from avro").startswith("NOT_SUPPORTED: local_aws can't read")
