"""SQL that tries to get at something else than the tables of the catalog."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from athena_support import Athena
from local_aws.services.athena.executor import attach
from local_aws.services.athena.scan import TableScan

SECRET = "root:"


@pytest.fixture(scope="module")
def athena(local_aws):
    found = Athena(local_aws)
    found.table("t", {"a": "int", "b": "string"})
    found.put_parquet("t/a.parquet", pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}))
    return found


def ending(athena, sql):
    """How the statement ends: the message of its refusal, its reason, or its rows."""
    try:
        execution = athena.wait(athena.start(sql))
    except athena.client.exceptions.InvalidRequestException as error:
        return "REFUSED", error.response["Error"]["Message"]
    return execution["Status"]["State"], execution["Status"].get("StateChangeReason", "")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from read_parquet('{data}/s3/*/*/*.parquet')",
        "select * from parquet_scan('{data}/s3/{bucket}/t/a.parquet')",
        "select * from glob('/etc/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        'select * from "/etc/passwd"',
        'select * from "{data}/s3/{bucket}/t/a.parquet"',
        "select * from duckdb_settings()",
        "select * from duckdb_tables()",
        "select * from pragma_table_info('t')",
        "select * from information_schema.tables",
        "select * from sqlite_master",
        "select * from duckdb_tables",
        "select * from __t0",
        "select * from t, __t0",
        'select * from "__t0_values"',
        "select * from query('select 1')",
        "select * from query_table('t')",
        "select * from range(10)",
        "select * from t, lateral (select * from read_text('/etc/passwd'))",
        "select getenv('HOME')",
        "select current_setting('memory_limit')",
        "select pg_read_file('/etc/passwd')",
        "select (select content from read_text('/etc/passwd'))",
        "with x as (select * from read_text('/etc/passwd')) select * from x",
        "select a from t where b in (select content from read_text('/etc/passwd'))",
        "select * from unnest(read_text('/etc/passwd')) as u(x)",
        "select __div(1, 2)",
        "select __json_text('x')",
        "select error('x')",
        "select list_transform(array[1], x -> x)",
        "select write_log('x')",
        "select set_config('x', 'y')",
        "select nextval('x')",
        "select main.read_text('/etc/passwd')",
        "select system.main.getenv('HOME')",
        "select x.read_text() from t as x",
        "select columns('a') from t",
        "copy t to '/tmp/stolen.csv'",
        "copy (select 1) to '/tmp/stolen.csv'",
        "attach '/tmp/x.db' as x",
        "attach 'https://example.com/x.db'",
        "detach memory",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "pragma enable_object_cache",
        "set memory_limit = '100GB'",
        "set enable_external_access = true",
        "reset lock_configuration",
        "call pragma_version()",
        "export database '/tmp/stolen'",
        "import database '/tmp/stolen'",
        "create macro f() as 1",
        "create temp table x as select 1",
        "create secret s (type s3)",
        "create table x as from read_text('/etc/passwd')",
        "from t",
        "select 1; attach '/tmp/x.db'",
        "summarize t",
        "pivot t on a using count(*)",
        "checkpoint",
        "unload (select * from read_text('/etc/passwd')) to 's3://{bucket}/stolen/' with (format = 'PARQUET')",
        "insert into t select 1, content from read_text('/etc/passwd')",
        "create table stolen as select * from read_text('/etc/passwd')",
        "create view stolen as select * from read_text('/etc/passwd')",
        "explain select * from read_text('/etc/passwd')",
        "explain attach '/tmp/x.db'",
        "execute nothing using (select content from read_text('/etc/passwd'))",
        "select a::varchar from t",
        "select `a` from t",
        "select * exclude (a) from t",
        "select * replace (1 as a) from t",
        "select a from t qualify row_number() over () = 1",
        "select b ilike 'X' from t",
        "select b ~ 'x' from t",
        "select #1 from t",
        "select $1",
        "select a from t using sample 10",
        "select b -> '$.a' from t",
        "select {{'a': 1}}",
        "select [1, 2]",
        "select a from t asof join t u on t.a >= u.a",
        "select a from t positional join t u",
    ],
)
def test_nothing_but_athenas_sql_over_the_catalogs_tables_runs(athena, sql):
    filled = sql.format(bucket=athena.bucket, data=athena.server.data_dir)
    state, reason = ending(athena, filled)
    assert state in {"FAILED", "REFUSED"}, state
    assert SECRET not in reason
    assert "GENERIC_INTERNAL_ERROR" not in reason, reason
    assert athena.keys("stolen") == []


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{folder}/secret.txt')",
        "select * from read_parquet('{folder}/*.parquet')",
        "select * from glob('{folder}/*')",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/x.db' as x",
        "set enable_external_access = true",
        "set allowed_paths = ['{folder}/secret.txt']",
        "set memory_limit = '100GB'",
        "install httpfs",
        "load httpfs",
    ],
)
def test_a_querys_duckdb_opens_the_files_of_its_tables_only_whatever_sql_it_is_given(tmp_path, sql):
    (tmp_path / "secret.txt").write_text("secret")
    allowed = tmp_path / "allowed.parquet"
    pq.write_table(pa.table({"a": [1]}), allowed)
    pq.write_table(pa.table({"a": [2]}), tmp_path / "other.parquet")
    with duckdb.connect(":memory:") as connection:
        attach(connection, {"t": TableScan(f"select a from read_parquet('{allowed}')", {}, (str(allowed),), 0)})
        assert connection.execute("select a from t").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error):
            connection.execute(sql.format(folder=tmp_path)).fetchall()
    assert not (tmp_path / "out.csv").exists()


def test_a_table_may_not_point_outside_of_s3(athena):
    for location in ("file:///etc/", "/etc/", "s3://../../etc/", f"s3://{athena.bucket}/../../../../../etc/"):
        athena.glue.create_table(
            DatabaseName=athena.database,
            TableInput={
                "Name": "outside",
                "StorageDescriptor": {
                    "Columns": [{"Name": "line", "Type": "string"}],
                    "Location": location,
                    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
                },
            },
        )
        state, _ = ending(athena, "select * from outside where line like 'root%'")
        if state == "SUCCEEDED":  # a folder of that name in the bucket, with nothing in it
            assert athena.run("select count(*) from outside").value == "0"
        athena.glue.delete_table(DatabaseName=athena.database, Name="outside")


@pytest.mark.parametrize("name", ['x" (select 1) --', "x'; drop", "日本", "select"])
def test_names_with_odd_characters_are_names_only(athena, name):
    quoted = '"' + name.replace('"', '""') + '"'
    assert athena.run(f"select a as {quoted} from t").columns == [name]
    assert athena.reason(f"select * from {quoted}").startswith("TABLE_NOT_FOUND: ")


def test_results_may_not_be_written_outside_of_s3(athena):
    for place in ("s3://../../tmp/", "file:///tmp/"):
        with pytest.raises((athena.client.exceptions.InvalidRequestException, AssertionError)):
            athena.run("select 1", ResultConfiguration={"OutputLocation": place})
