"""Athena's functions and operators, with the values that Athena's documentation, or Trino's, gives for them."""

from __future__ import annotations

import re

import pytest

from athena_support import Athena
from local_aws.services.athena.functions import ALLOWED
from local_aws_server import PACKAGE


@pytest.fixture(scope="module")
def athena(local_aws):
    return Athena(local_aws)


def format_expression(expression: str | None) -> str:
    return (expression or "null")[:60]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # arithmetic
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("cast(7 as bigint) / 2", "3"),
        ("7 / 2e0", "3.5"),
        ("7 % 3", "1"),
        ("1.0 / 3", "0.3"),
        ("cast(1 as decimal(12,2)) / 3", "0.33"),
        ("sum(cast(1.25 as decimal(12,2)) * 3) / 2", "1.88"),
        ("avg(cast(1.25 as decimal(12,2)))", "1.25"),
        ("1e0 / 0", "Infinity"),
        ("0e0 / 0 = 0e0", "false"),
        ("1e10", "1.0E10"),
        ("12345678.9e0", "1.23456789E7"),
        ("1e-5", "1.0E-5"),
        ("100e0", "100.0"),
        # numbers
        ("abs(-2)", "2"),
        ("ceil(2.1)", "3"),
        ("ceiling(2.1e0)", "3.0"),
        ("floor(2.9)", "2"),
        ("round(2.5)", "3"),
        ("round(-2.5e0)", "-3.0"),
        ("round(1.234, 2)", "1.230"),
        ("round(1.235e0, 2)", "1.24"),
        ("truncate(2.7e0)", "2.0"),
        ("power(2, 3)", "8.0"),
        ("sqrt(4)", "2.0"),
        ("ln(1)", "0.0"),
        ("log2(8)", "3.0"),
        ("log10(100)", "2.0"),
        ("log(2, 8)", "3.0"),
        ("mod(7, 2)", "1"),
        ("exp(0)", "1.0"),
        ("e()", "2.718281828459045"),
        ("degrees(pi())", "180.0"),
        ("is_nan(nan())", "true"),
        ("is_infinite(infinity())", "true"),
        ("greatest(1, 3, 2)", "3"),
        ("least(1, null)", None),
        ("bitwise_and(5, 3)", "1"),
        ("random(5) < 5 and rand() < 1", "true"),
        # text
        ("'a' || 'b'", "ab"),
        ("concat('a', null)", None),
        ("concat_ws(',', 'a', 'b')", "a,b"),
        ("concat_ws(',', array['a', 'b'])", "a,b"),
        ("length('abc')", "3"),
        ("upper('a') || lower('B')", "Ab"),
        ("trim('  a ')", "a"),
        ("lpad('a', 3, 'x') || rpad('b', 2, 'y')", "xxaby"),
        ("replace('abc', 'b')", "ac"),
        ("reverse('abc')", "cba"),
        ("strpos('abc', 'c')", "3"),
        ("position('b' in 'abc')", "2"),
        ("split('a/b', '/')", "[a, b]"),
        ("split_part('a/b', '/', 2)", "b"),
        ("split_part('a/b', '/', 3)", None),
        ("substr('abc', 2)", "bc"),
        ("substring('abc', 2, 1)", "b"),
        ("substr('abc', -2)", "bc"),
        ("starts_with('abc', 'ab')", "true"),
        ("chr(65)", "A"),
        ("codepoint('é')", "233"),
        ("levenshtein_distance('ab', 'ac')", "1"),
        ("hamming_distance('ab', 'ac')", "1"),
        ("translate('abc', 'b', 'x')", "axc"),
        ("'a_b' like 'a!_b' escape '!'", "true"),
        ("cast('abc' as varchar(2))", "ab"),
        ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"),
        ("to_hex(sha1(to_utf8('a')))", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8"),
        ("from_utf8(from_hex('C3A9'))", "é"),
        ("from_utf8(from_base64(to_base64(to_utf8('a'))))", "a"),
        ("to_utf8('ab')", "61 62"),
        # regular expressions
        ("regexp_like('1a 2b', '\\d+b')", "true"),
        ("regexp_extract('1a 2b', '\\d+b')", "2b"),
        ("regexp_extract('1a 2b', '(\\d+)b', 1)", "2"),
        ("regexp_extract('1a', 'z')", None),
        ("regexp_extract_all('1a 2b', '\\d')", "[1, 2]"),
        ("regexp_replace('1a 2b', '[ab]')", "1 2"),
        ("regexp_replace('1a 2b', '(\\d)([ab])', '$2$1')", "a1 b2"),
        ("regexp_split('1a2', 'a')", "[1, 2]"),
        ("regexp_count('1a 2b', '\\d')", "2"),
        # conditions
        ("if(1 = 1, 'a')", "a"),
        ("coalesce(null, 2)", "2"),
        ("nullif(1, 1)", None),
        ("try(1 / 0)", None),
        ("try_cast('x' as integer)", None),
        ("case when null then 1 else 2 end", "2"),
        ("1 is distinct from null", "true"),
        ("1 in (1, 2)", "true"),
        # casts
        ("cast(2.5e0 as integer)", "3"),
        ("cast(-2.5e0 as bigint)", "-3"),
        ("cast(timestamp '2026-01-02 03:04:05' as varchar)", "2026-01-02 03:04:05.000"),
        ("cast(date '2026-01-02' as timestamp)", "2026-01-02 00:00:00.000"),
        ("cast('2026-01-02' as date)", "2026-01-02"),
        ("cast(1.50 as varchar)", "1.50"),
        ("cast(row(1, 'a') as row(x integer, y varchar)).y", "a"),
        # dates
        ("date_add('day', 1, date '2026-01-31')", "2026-02-01"),
        ("date_add('month', 1, date '2026-01-31')", "2026-02-28"),
        ("cast(timestamp '2026-01-31 23:59:59.999500' as timestamp(3))", "2026-02-01 00:00:00.000"),
        ("cast(timestamp '2026-01-31 10:00:00.000499' as timestamp(3))", "2026-01-31 10:00:00.000"),
        ("hour(cast(timestamp '2026-01-31 10:59:59.999600' as timestamp(3)))", "11"),
        ("date_add('hour', -1, timestamp '2026-01-01 00:00:00')", "2025-12-31 23:00:00.000"),
        ("date '2026-01-01' - interval '1' day", "2025-12-31"),
        ("timestamp '2026-01-01 00:00:00' + interval '90' minute", "2026-01-01 01:30:00.000"),
        ("date_diff('day', timestamp '2026-01-01 12:00:00', timestamp '2026-01-02 11:00:00')", "0"),
        ("date_diff('day', date '2026-01-05', date '2026-01-01')", "-4"),
        ("date_diff('minute', timestamp '2026-01-01 00:00:30', timestamp '2026-01-01 00:02:29')", "1"),
        ("date_trunc('month', date '2026-02-03')", "2026-02-01"),
        ("date_trunc('hour', timestamp '2026-01-02 03:04:05')", "2026-01-02 03:00:00.000"),
        ("date_trunc('week', timestamp '2026-01-04 03:04:05')", "2025-12-29 00:00:00.000"),
        ("date_format(timestamp '2026-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2026-01-02 03:04:05"),
        ("date_parse('2026-01-02 03:04', '%Y-%m-%d %H:%i')", "2026-01-02 03:04:00.000"),
        ("date('2026-01-02')", "2026-01-02"),
        ("year(date '2026-02-03') * 100 + month(date '2026-02-03')", "202602"),
        ("day_of_week(date '2026-02-01')", "7"),
        ("day_of_year(date '2026-02-01')", "32"),
        ("week(date '2027-01-01')", "53"),
        ("year_of_week(date '2027-01-01')", "2026"),
        ("hour(timestamp '2026-01-02 03:04:05')", "3"),
        ("extract(quarter from date '2026-05-01')", "2"),
        ("last_day_of_month(date '2026-02-01')", "2026-02-28"),
        ("from_iso8601_timestamp('2026-01-02T03:04:05Z')", "2026-01-02 03:04:05.000 UTC"),
        ("from_iso8601_date('2026-01-02')", "2026-01-02"),
        ("to_iso8601(timestamp '2026-01-02 03:04:05')", "2026-01-02T03:04:05.000"),
        ("from_unixtime(1.5)", "1970-01-01 00:00:01.500 UTC"),
        ("to_unixtime(timestamp '1970-01-02 00:00:00')", "86400.0"),
        ("timestamp '2026-01-02 03:04:05' at time zone 'UTC'", "2026-01-02 03:04:05.000 UTC"),
        ("interval '1' day", "1 00:00:00.000"),
        # arrays
        ("array[1, null, 3]", "[1, null, 3]"),
        ("array[1, 2][2]", "2"),
        ("element_at(array[1, 2], 3)", None),
        ("element_at(array[1, 2], -1)", "2"),
        ("cardinality(array[1, 2])", "2"),
        ("contains(array[1, 2], 2)", "true"),
        ("array_position(array[1, 2], 3)", "0"),
        ("array_max(array[1, 2])", "2"),
        ("array_distinct(array[1, 1])", "[1]"),
        ("array_sort(array[3, null, 1])", "[1, 3, null]"),
        ("array_join(array[1, null, 2], ',')", "1,2"),
        ("array_join(array[1, null], ',', 'x')", "1,x"),
        ("array_intersect(array[1, 2], array[2, 3])", "[2]"),
        ("cardinality(array_union(array[1, 2], array[2, 3]))", "3"),
        ("array_except(array[1, 2], array[1])", "[2]"),
        ("array_remove(array[1, 2, null], 1)", "[2, null]"),
        ("arrays_overlap(array[1], array[2])", "false"),
        ("flatten(array[array[1], array[2]])", "[1, 2]"),
        ("slice(array[1, 2, 3], 2, 1)", "[2]"),
        ("slice(array[1, 2, 3], -2, 2)", "[2, 3]"),
        ("reverse(array[1, 2])", "[2, 1]"),
        ("array[1] || array[2]", "[1, 2]"),
        ("sequence(1, 3)", "[1, 2, 3]"),
        ("sequence(date '2026-01-01', date '2026-01-02', interval '1' day)", "[2026-01-01, 2026-01-02]"),
        ("filter(array[1, 2], x -> x > 1)", "[2]"),
        ("transform(array[1, 2], x -> x * 10)", "[10, 20]"),
        ("reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"),
        ("zip_with(array[1, 2], array[3, 4], (x, y) -> x * y)", "[3, 8]"),
        ("any_match(array[1, 2], x -> x > 1)", "true"),
        ("all_match(array[1, 2], x -> x > 1)", "false"),
        ("none_match(array[1, 2], x -> x > 2)", "true"),
        # maps and rows
        ("map(array['a', 'b'], array[1, null])", "{a=1, b=null}"),
        ("map(array['a'], array[1])['a']", "1"),
        ("element_at(map(array['a'], array[1]), 'b')", None),
        ("element_at(map(array[5], array[6]), 5)", "6"),
        ("cardinality(map(array['a'], array[1]))", "1"),
        ("map_keys(map(array['a'], array[1]))", "[a]"),
        ("map_values(map(array['a'], array[1]))", "[1]"),
        ("map_concat(map(array['a'], array[1]), map(array['b'], array[2]))", "{a=1, b=2}"),
        ("row(1, 'a')", "{field0=1, field1=a}"),
        # JSON
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a')", None),
        ("json_extract_scalar('{\"a b\": [5, 6]}', '$[\"a b\"][1]')", "6"),
        ("json_extract_scalar('no json', '$.a')", None),
        ("json_extract('{\"a\": [1, 2]}', '$.a')", "[1,2]"),
        ("json_array_length('[1, 2]')", "2"),
        ("json_size('{\"a\": [1, 2]}', '$.a')", "2"),
        ("json_format(cast(map(array['a'], array[1]) as json))", '{"a":1}'),
        ("cast(json_parse('{\"a\": 1}') as map(varchar, bigint))", "{a=1}"),
        ("cast(json_parse('[1, 2]') as array(integer))", "[1, 2]"),
        # addresses
        ("url_extract_host('https://u@example.com:80/p?x=1')", "example.com"),
        ("url_extract_path('https://example.com/p/a?x=1')", "/p/a"),
        ("url_extract_parameter('https://example.com/?x=1&y=b%20c', 'y')", "b c"),
        ("url_extract_query('https://example.com/?x=1#f')", "x=1"),
        ("url_decode('a+b%20c')", "a b c"),
    ],
    ids=format_expression,
)
def test_a_function_gives_what_athena_gives(athena, expression, value):
    assert athena.run(f"select {expression}").value == value


@pytest.mark.parametrize(
    ("aggregate", "value"),
    [
        ("count(*)", "4"),
        ("count(x)", "3"),
        ("count(distinct y)", "2"),
        ("count_if(x > 1)", "2"),
        ("sum(x)", "6"),
        ("sum(distinct x)", "6"),
        ("sum(x) filter (where x > 1)", "5"),
        ("avg(x)", "2.0"),
        ("min(y)", "a"),
        ("max_by(y, x)", "b"),
        ("min_by(x, y)", "1"),
        ("bool_and(x > 0)", "true"),
        ("bool_or(x > 2)", "true"),
        ("every(x > 1)", "false"),
        ("arbitrary(1)", "1"),
        ("array_agg(x order by x)", "[1, 2, 3, null]"),
        ("map_agg(coalesce(x, 0), y)[3]", "b"),
        ("histogram(y)['b']", "2"),
        ("approx_distinct(y)", "2"),
        ("approx_percentile(x, 0.5)", "2"),
        ("stddev(x)", "1.0"),
        ("variance(x)", "1.0"),
        ("listagg(y, '+') within group (order by y)", "a+b+b"),
        ("round(geometric_mean(x * x * x), 6)", "6.0"),
    ],
    ids=format_expression,
)
def test_an_aggregate_gives_what_athena_gives(athena, aggregate, value):
    rows = "(values (1, 'a'), (2, 'b'), (3, 'b'), (null, null)) as t(x, y)"
    assert athena.run(f"select {aggregate} from {rows}").value == value


def test_window_functions_count_and_look_around(athena):
    result = athena.run(
        "select x, row_number() over w, rank() over (order by x), lag(x, 1, 0) over (order by x), "
        "lead(x) over (order by x), sum(x) over (order by x rows between unbounded preceding and current row), "
        "first_value(x) over (order by x), ntile(2) over (order by x) "
        "from (values 1, 2, 2) as t(x) window w as (order by x) order by 2"
    )
    assert result.rows == [
        ["1", "1", "1", "0", "2", "1", "1", "1"],
        ["2", "2", "2", "1", "2", "3", "1", "1"],
        ["2", "3", "2", "2", None, "5", "1", "2"],
    ]
    assert result.types[5] == "bigint"


@pytest.mark.parametrize(
    ("expression", "type_name"),
    [
        ("count(*)", "bigint"),
        ("sum(1)", "bigint"),
        ("7 / 2", "integer"),
        ("avg(1)", "double"),
        ("sum(1.5)", "decimal"),
        ("avg(1.5)", "decimal"),
        ("current_timestamp", "timestamp with time zone"),
        ("date '2026-01-01' + interval '1' day", "date"),
        ("json_parse('1')", "json"),
        ("histogram(1)", "map"),
        ("to_utf8('a')", "varbinary"),
        ("cast(1 as real)", "float"),
        ("cast(1 as tinyint)", "tinyint"),
    ],
    ids=format_expression,
)
def test_types_are_athenas(athena, expression, type_name):
    assert athena.run(f"select {expression}").types == [type_name]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("select x, n from unnest(array['p', 'q']) with ordinality as t(x, n) order by n", [["p", "1"], ["q", "2"]]),
        ("select k, v from unnest(map(array['a'], array[1])) as t(k, v)", [["a", "1"]]),
        (
            "select k, v, o from (values map(array['a', 'b'], array[1, 2])) as s(m) cross join "  # noqa: ISC004
            "unnest(s.m) with ordinality as t(k, v, o) order by o",
            [["a", "1", "1"], ["b", "2", "2"]],
        ),
        ("select a, b from unnest(array[1, 2], array['x']) as t(a, b) order by a", [["1", "x"], ["2", None]]),
        (
            "select e.a, u.x from (values (1, array['p']), (2, array[])) as e(a, arr) "  # noqa: ISC004
            "left join unnest(e.arr) as u(x) on true order by 1",
            [["1", "p"], ["2", None]],
        ),
        ("values (1, 'a'), (2, 'b')", [["1", "a"], ["2", "b"]]),
        ("with a as (select 1 x), b as (select x + 1 y from a) select x, y from a cross join b", [["1", "2"]]),
        (
            "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select n from t order by n",
            [["1"], ["2"], ["3"]],
        ),
        (
            "select x, count(*) from (values 1, 1, 2) as t(x) group by rollup (x) order by 1",
            [["1", "2"], ["2", "1"], [None, "3"]],
        ),
        ("select x from (values 1, 2, 3) as t(x) order by x offset 1 limit 1", [["2"]]),
        ("select x from (values 1, 2) as t(x) except select 1", [["2"]]),
        ("select x from (values 1, 2) as t(x) where exists (select 1 where x = 2)", [["2"]]),
    ],
    ids=[
        *[
            "unnest with ordinality",
            "unnest map",
            "unnest map with ordinality",
            "unnest two arrays",
            "left join unnest",
        ],
        *["values", "with", "with recursive", "rollup", "offset", "except", "exists"],
    ],
)
def test_sources_of_rows(athena, source, rows):
    assert athena.run(source).rows == rows


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "select array[1][2]",
            "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ",
        ),
        ("select map(array['a'], array[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
        ("select 'a' || 1", "FUNCTION_NOT_FOUND: "),
        ("select md5('a')", "FUNCTION_NOT_FOUND: "),
        ("select sum('a')", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar) for function sum"),
        ("select json_parse('x')", "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: x"),
        ("select date '2026-01-01' + 1", "TYPE_MISMATCH: "),
        ("select cast(300 as tinyint)", "INVALID_CAST_ARGUMENT: "),
        ("select cast(9223372036854775807 as bigint) + 1", "NUMERIC_VALUE_OUT_OF_RANGE: "),
    ],
    ids=format_expression,
)
def test_what_athena_refuses_is_refused(athena, sql, reason):
    assert athena.reason(sql).startswith(reason)


def test_the_readme_lists_exactly_the_functions_that_may_be_called():
    text = (PACKAGE / "README.md").read_text()
    listed = text.split("even if DuckDB has it):")[1].split("Where it differs")[0]
    assert re.findall(r"\w+", listed) == sorted(ALLOWED)
