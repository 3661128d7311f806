"""Which partitions a query reads: of the catalog and projected ones."""

from __future__ import annotations

import pyarrow as pa
import pytest

from athena_support import Athena

DAYS = ["01", "02", "03"]
NOT_PARQUET = b"whoever reads this fails"


@pytest.fixture(scope="module")
def athena(local_aws):
    """Three good days and one whose file is broken, so that reading it fails the query."""
    found = Athena(local_aws)
    found.table("events", {"id": "bigint"}, keys={"year": "string", "day": "string"})
    for number, day in enumerate(DAYS):
        folder = f"year=2026/day={day}/"
        found.put_parquet(f"events/{folder}a.parquet", pa.table({"id": [number]}))
        found.partition("events", ["2026", day], folder)
    found.put("events/year=2026/day=99/a.parquet", NOT_PARQUET)
    found.partition("events", ["2026", "99"], "year=2026/day=99/")
    return found


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        pytest.param("day = '01'", ["0"], id="one value"),
        pytest.param("year = '2026' and day in ('01', '03')", ["0", "2"], id="a list"),
        pytest.param("day between '01' and '02'", ["0", "1"], id="a range"),
        pytest.param("(day = '01' or day = '02') and id >= 0", ["0", "1"], id="alternatives beside another column"),
        pytest.param("year || '-' || day < '2026-03'", ["0", "1"], id="an expression over two keys"),
        pytest.param("cast(day as integer) <= 2", ["0", "1"], id="a cast"),
        pytest.param("e.day = '02'", ["1"], id="with the table's alias"),
        pytest.param("not day = '99'", ["0", "1", "2"], id="a negation"),
        pytest.param("day = date_format(date '2026-01-02', '%d')", ["1"], id="a function"),
        pytest.param("day like '0%'", ["0", "1", "2"], id="a pattern"),
        pytest.param("day = 'none'", [], id="no partition at all"),
    ],
)
def test_only_partitions_that_the_condition_lets_through_are_read(athena, condition, ids):
    result = athena.run(f"select id from events as e where {condition} order by id")
    assert [row[0] for row in result.rows] == ids


def test_fewer_partitions_are_fewer_bytes(athena):
    one = athena.run("select id from events where day = '01'").bytes_scanned
    three = athena.run("select id from events where day < '50'").bytes_scanned
    assert one > 0
    assert three == 3 * one


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select id from events", id="no condition"),
        pytest.param("select id from events where day = '99'", id="the broken day itself"),
        pytest.param("select id from events where day = '01' or id = 0", id="an alternative over another column"),
        pytest.param("select id from events where day = '01' or random() < 2", id="chance"),
        pytest.param(
            "select a.id from events a left join events b on a.id = b.id and a.day = '01' where b.day = '01'",
            id="the condition of an outer join on its kept side",
        ),
    ],
)
def test_a_condition_that_says_nothing_about_a_partition_keeps_it(athena, sql):
    assert athena.reason(sql).startswith("HIVE_BAD_DATA")


def test_outer_joins_keep_the_rows_without_a_match(athena):
    sql = (
        "select a.id, b.id from (select id from events where day < '50') a "
        "left join (select id, day from events where day = '01') b on a.id = b.id where b.day is null order by 1"
    )
    assert athena.run(sql).rows == [["1", None], ["2", None]]
    direct = "select a.id from events a left join events b on a.id = b.id and b.day = '01' where a.day < '50' and {}"
    assert athena.run(direct.format("b.day is null") + " order by 1").rows == [["1"], ["2"]]
    assert athena.run(direct.format("b.day = '01'") + " order by 1").rows == [["0"]]


def test_each_mention_of_a_table_is_pruned_by_its_own_conditions(athena):
    sql = "select a.id, b.id from events a, events b where a.day = '01' and b.day = '02'"
    result = athena.run(sql)
    assert result.rows == [["0", "1"]]
    assert result.bytes_scanned == 2 * athena.run("select id from events where day = '01'").bytes_scanned


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("with e as (select * from events) select id from e where day = '01'", id="common table"),
        pytest.param("select id from (select * from events) where day = '01'", id="subquery"),
        pytest.param("select id from by_day where day = '01'", id="view"),
    ],
)
def test_conditions_outside_a_subquery_prune_inside(athena, sql):
    athena.run("create or replace view by_day as select day, id from events")
    assert athena.run(sql).rows == [["0"]]


def test_conditions_outside_a_limit_do_not_prune_inside(athena):
    sql = "select count(*) from (select * from events where day < '50' order by id desc limit 1) where day = '01'"
    assert athena.run(sql).value == "0"


def test_a_with_clause_that_is_read_twice_is_not_pruned_by_one_reader(athena):
    sql = (
        "with e as (select id, day from events where day < '50') "
        "select a.id, b.id from e a join e b on a.id = b.id + 1 where a.day = '02'"
    )
    assert athena.run(sql).rows == [["1", "0"]]


def test_a_column_that_only_has_the_name_of_a_key_does_not_prune(athena):
    other = "select '01' as day, id from events where day < '50'"
    assert athena.run(f"select count(*) from ({other}) where day = '01'").value == "3"
    swapped = "select id, day as year, year as day from events where day < '50'"
    assert athena.run(f"select count(*) from ({swapped}) where year = '01' and day = '2026'").value == "1"


def test_conditions_on_the_groups_of_a_subquery_prune_inside(athena):
    sql = "select * from (select day, count(*) as n from events group by day) where day = '01' and n > 0"
    assert athena.run(sql).rows == [["01", "1"]]


def test_partition_keys_have_the_types_of_the_catalog(athena):
    athena.table("typed", {"id": "bigint"}, keys={"n": "int", "d": "date"})
    athena.put_parquet("typed/n=9/d=2026-01-02/a.parquet", pa.table({"id": [1]}))
    athena.partition("typed", ["9", "2026-01-02"], "n=9/d=2026-01-02/")
    result = athena.run("select n, d, id from typed where n < 10 and d = date '2026-01-02'")
    assert (result.rows, result.types) == ([["9", "2026-01-02", "1"]], ["integer", "date", "bigint"])


def test_the_default_partition_is_null(athena):
    athena.table("defaulted", {"id": "bigint"}, keys={"n": "int"})
    athena.put_parquet("defaulted/n=none/a.parquet", pa.table({"id": [1]}))
    athena.partition("defaulted", ["__HIVE_DEFAULT_PARTITION__"], "n=none/")
    assert athena.run("select id, n from defaulted where n is null").rows == [["1", None]]
    assert athena.run("select id from defaulted where n = 1").rows == []


def test_a_partition_outside_the_table_is_read_where_the_catalog_says(athena):
    athena.table("moved", {"id": "bigint"}, keys={"n": "string"})
    athena.put_parquet("elsewhere/a.parquet", pa.table({"id": [5]}))
    athena.partition("moved", ["1"], "../elsewhere/")
    athena.glue.update_partition(
        DatabaseName=athena.database,
        TableName="moved",
        PartitionValueList=["1"],
        PartitionInput={"Values": ["1"], "StorageDescriptor": {"Location": f"s3://{athena.bucket}/elsewhere/"}},
    )
    assert athena.run("select id, n from moved").rows == [["5", "1"]]


def projected(athena, name, kinds, **properties):
    parameters = {"projection.enabled": "true"}
    parameters |= {f"projection.{key}": value for key, value in properties.items()}
    athena.table(name, {"id": "bigint"}, keys=kinds, parameters=parameters)


def test_projected_dates_need_no_catalog(athena):
    projected(
        athena,
        "by_date",
        {"dt": "string"},
        **{"dt.type": "date", "dt.format": "yyyy-MM-dd", "dt.range": "2026-01-01,2026-01-31"},
    )
    for day in ("2026-01-01", "2026-01-31", "2026-02-01"):
        athena.put_parquet(f"by_date/dt={day}/a.parquet", pa.table({"id": [1]}))
    athena.put("by_date/dt=2026-01-15/a.parquet", NOT_PARQUET)
    result = athena.run("select dt from by_date where dt <> '2026-01-15' order by dt")
    assert result.rows == [["2026-01-01"], ["2026-01-31"]]


def test_projected_dates_may_end_now_by_the_servers_clock(bare_local_aws):
    own = Athena(bare_local_aws)
    projected(
        own,
        "recent",
        {"dt": "string"},
        **{"dt.type": "date", "dt.format": "yyyy-MM-dd", "dt.range": "NOW-7DAYS,NOW"},
    )
    for day in ("2026-01-02", "2026-01-03", "2026-01-10", "2026-01-11"):
        own.put_parquet(f"recent/dt={day}/a.parquet", pa.table({"id": [1]}))
    bare_local_aws.set_clock("2026-01-10T23:00:00Z")
    assert own.run("select dt from recent order by dt").rows == [["2026-01-03"], ["2026-01-10"]]
    projected(
        own,
        "until",
        {"dt": "string"},
        **{"dt.type": "date", "dt.format": "yyyy-MM-dd", "dt.range": "NOW-1DAYS,2026-01-11"},
    )
    own.put_parquet("until/dt=2026-01-11/a.parquet", pa.table({"id": [1]}))
    assert own.run("select dt from until").rows == [["2026-01-11"]]  # whole days, whatever time of the day it is
    bare_local_aws.set_clock("2026-01-11T00:00:01Z")
    assert own.run("select dt from recent order by dt").rows == [["2026-01-10"], ["2026-01-11"]]


def test_projected_hours_and_months_have_a_unit(athena):
    projected(
        athena,
        "hourly",
        {"h": "string"},
        **{
            "h.type": "date",
            "h.format": "yyyy/MM/dd/HH",
            "h.range": "2026/01/01/00,2026/01/01/23",
            "h.interval": "6",
            "h.interval.unit": "HOURS",
        },
    )
    for hour in ("00", "05", "06"):
        athena.put_parquet(f"hourly/h=2026/01/01/{hour}/a.parquet", pa.table({"id": [1]}))
    assert athena.run("select h from hourly order by h").rows == [["2026/01/01/00"], ["2026/01/01/06"]]
    projected(
        athena, "monthly", {"m": "string"}, **{"m.type": "date", "m.format": "yyyy-MM", "m.range": "2025-12,2026-02"}
    )
    for month in ("2025-11", "2025-12", "2026-02", "2026-03"):
        athena.put_parquet(f"monthly/m={month}/a.parquet", pa.table({"id": [1]}))
    assert athena.run("select m from monthly order by m").rows == [["2025-12"], ["2026-02"]]


def test_projected_numbers_and_names_are_combined(athena):
    projected(
        athena,
        "combined",
        {"n": "int", "kind": "string"},
        **{"n.type": "integer", "n.range": "1,12", "n.digits": "2", "kind.type": "enum", "kind.values": "a,b"},
    )
    for n, kind in (("01", "a"), ("02", "b"), ("13", "a"), ("03", "c")):
        athena.put_parquet(f"combined/n={n}/kind={kind}/a.parquet", pa.table({"id": [1]}))
    assert athena.run("select n, kind from combined order by n").rows == [["1", "a"], ["2", "b"]]
    assert athena.run("select n from combined where n > 1 and kind = 'b'").rows == [["2"]]


def test_an_injected_key_needs_its_value_and_a_template_says_where(athena):
    athena.table(
        "injected",
        {"id": "bigint"},
        keys={"device": "string"},
        parameters={
            "projection.enabled": "true",
            "projection.device.type": "injected",
            "storage.location.template": f"s3://{athena.bucket}/devices/${{device}}/data/",
        },
    )
    athena.put_parquet("devices/d1/data/a.parquet", pa.table({"id": [1]}))
    assert athena.run("select id, device from injected where device = 'd1'").rows == [["1", "d1"]]
    assert athena.reason("select id from injected").startswith(
        "CONSTRAINT_VIOLATION: For the injected projected partition column device"
    )


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"dt.type": "date", "dt.format": "yyyy-MM-dd"}, id="no range"),
        pytest.param({"dt.type": "date", "dt.range": "2026-01-01,NOW"}, id="no format"),
        pytest.param({"dt.type": "date", "dt.format": "yyyy-MM-dd HH", "dt.range": "2026-01-01 00,NOW"}, id="no unit"),
        pytest.param({"dt.type": "nonsense"}, id="unknown type"),
    ],
)
def test_a_projection_that_is_not_valid_fails_the_query(athena, properties, request):
    name = "bad_" + request.node.callspec.id.replace(" ", "_")
    projected(athena, name, {"dt": "string"}, **properties)
    assert athena.reason(f"select * from {name}").startswith("INVALID_TABLE_PROPERTY: ")
