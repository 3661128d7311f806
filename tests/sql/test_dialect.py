"""The statements are Athena's, and mean in Trino what they mean in DuckDB; each rule is shown red on examples."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot

from clickstream.contract import load_contract
from clickstream.reports.statements import report_query, sql_folder
from tests.sql import trino_rules as rules
from tests.sql.athena_in_duckdb import Athena, statements
from tests.sql.trino_functions import ALLOWED, DISAGREED, DOCUMENTED

REPORT_DATE = date(2026, 1, 31)
REPORTS = {report.name: report_query(report, REPORT_DATE) for report in load_contract().reports}
OTHERS = {
    **{path.stem: path.read_text() for path in sorted((sql_folder() / "checks").glob("*.sql"))},
    **{f"sample {n}": sql for n, sql in enumerate(statements(sql_folder() / "sample_queries.sql"), start=1)},
}


@pytest.mark.parametrize("rule", rules.EVERY_REPORT, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_keeps_the_rule(name, rule):
    assert list(rule(REPORTS[name])) == []


@pytest.mark.parametrize("rule", rules.EVERY_STATEMENT, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", OTHERS)
def test_a_statement_for_people_keeps_the_rule(name, rule):
    assert list(rule(OTHERS[name])) == []


@pytest.mark.parametrize("name", [*REPORTS, *OTHERS])
def test_a_statement_is_one_query_of_athenas(name):
    (tree,) = sqlglot.parse({**REPORTS, **OTHERS}[name], read="athena")
    assert isinstance(tree, sqlglot.exp.Query)


def test_no_table_or_column_has_a_reserved_word_for_its_name():
    names = {name for table, columns in rules.catalog().items() for name in (table, *columns)}
    assert not names & rules.RESERVED


BROKEN = {
    rules.calls_only_documented_functions: (
        "select strftime(cast('2026-01-31' as date), '%Y')",
        "select list_sum(x) from (values (1)) as t (x)",
        "select epoch_ms(1)",
        "select regexp_matches('a', 'b')",
        "select median(x) from (values (1)) as t (x)",
        "select string_agg(user_id, ',') from events",
        "select approx_distinct(user_id) from events",
        "select avg(price) from events",
        "select h from generate_series(0, 23) as t (h)",
        'select DATE_PART("hour", "timestamp") from events',
    ),
    rules.has_no_foreign_syntax: (
        "select '1'::integer",
        "select 7 // 2",
        "select user_id from events qualify row_number() over (order by user_id) = 1",
        "select user_id from events where user_id ilike 'u%'",
        "select array[1, 2][1]",
        "select distinct on (user_id) user_id from events",
        "select user_id, count(*) from events group by all",
        "select * from events",
    ),
    rules.quotes_reserved_words: ("select timestamp from events", "select max(t.timestamp) from events as t"),
    rules.uses_no_alias_of_the_same_select: (
        "select event_type as kind, count(*) as n from events group by kind",
        "select count(*) as n, n + 1 as m from events",
        "select event_type as kind from events where kind = 'a'",
        "select user_id, count(*) as n from events group by user_id having n > 1",
        "select no_such_column from events",
    ),
    rules.divides_doubles: (
        "select count(*) / 2 from events",
        "select price / 3 from events",
        "select cast(count(*) / 2 as double) from events",
        "select (1 + 1) / 2",
    ),
    rules.measures_milliseconds_or_days: (
        """select date_diff('minute', "timestamp", "timestamp") from events""",
        """select date_diff('day', "timestamp", "timestamp") from events""",
        "select date_diff('month', date '2026-01-31', date '2026-02-01')",
    ),
    rules.counts_one_distinct_value: ("select count(distinct user_id, session_id) from events",),
    rules.compares_like_with_like: (
        "select user_id from events where quantity = '1'",
        "select user_id from events where day = 31",
        "select user_id from events where day in (30, 31)",
        """select user_id from events where "timestamp" >= '2026-01-31'""",
        "select user_id from events where cast(year || month || day as date) between '2026-01-01' and '2026-01-31'",
        "select user_id || quantity from events",
        "select coalesce(quantity, 'none') from events",
    ),
    rules.depends_on_no_clock: (
        "select current_date",
        "select user_id from events where cast(current_timestamp as date) = date '2026-01-31'",
    ),
    rules.reads_instants_as_milliseconds: (
        """select hour("timestamp") from events""",
        """select max("timestamp") from events""",
        """select cast("timestamp" as timestamp(6)) from events""",
    ),
    rules.states_frames_and_directions: (
        "select sum(quantity) over (partition by user_id order by session_id) from events",
        "select sum(quantity) over (order by session_id rows between unbounded preceding and current row) from events",
    ),
    rules.is_not_ordered: (
        "select user_id from events order by user_id",
        "select user_id from (select user_id from events limit 10) as some",
    ),
    rules.reads_events_once: (
        "with a as (select user_id from events) select x.user_id from a as x cross join a as y",
        "select user_id from events union all select user_id from events",
        "with a as (select user_id from events), b as (select 1 as one) select user_id from a",
    ),
}
EXAMPLES = [pytest.param(rule, sql, id=f"{rule.__name__}-{sql}") for rule, found in BROKEN.items() for sql in found]


@pytest.mark.parametrize(("rule", "sql"), EXAMPLES)
def test_a_rule_is_red_on_a_statement_that_breaks_it(rule, sql):
    assert list(rule(sql)) != []


def test_every_rule_has_such_a_statement():
    assert set(BROKEN) == set(rules.EVERY_REPORT)


@pytest.mark.parametrize("function", ["epoch_ms", "list_value", "strptime", "approx_quantile", "greatest"])
def test_a_report_turns_red_when_such_a_function_slips_into_it(function):
    sql = REPORTS["event_counts"].replace("count(*)", f"{function}(count(*))")
    assert list(rules.calls_only_documented_functions(sql)) != []


def test_the_lists_name_their_pages_and_hold_each_function_once():
    names = [name for functions in DOCUMENTED.values() for name in functions.split()]
    assert len(names) == len(set(names))
    assert set(DISAGREED) <= set(names)
    assert ALLOWED
    assert all(page.isidentifier() for page in DOCUMENTED)


AGREED = {
    "a double by an integer": ("cast(7 as double) / 2", 3.5),
    "a quotient by an integer": ("cast(7 as double) / 2 / 2", 1.75),
    "half a cent is a double's": ("cast(cast('0.05' as decimal(12, 2)) as double) / 2", 0.025),
    "no division by zero": ("cast(1 as double) / nullif(0, 0)", None),
    "whole units": ("cast(floor(cast(1999 as double) / 1000) as bigint)", 1),
    "milliseconds between instants": (
        "date_diff('millisecond', timestamp '2026-01-31 10:00:00.001', timestamp '2026-01-31 10:30:00.002')",
        1_800_001,
    ),
    "days between dates": ("date_diff('day', date '2024-02-28', date '2024-03-01')", 2),
    "half a millisecond is rounded up": (
        "cast(cast(timestamp '2026-01-31 10:00:00.000500' as timestamp(3)) as varchar)",
        "2026-01-31 10:00:00.001",
    ),
    "a date as text": ("cast(date '2026-01-05' as varchar)", "2026-01-05"),
    "text of a date": ("date_diff('day', date '2026-01-01', cast('2026' || '-' || '01' || '-' || '31' as date))", 30),
}


@pytest.mark.parametrize(("expression", "expected"), AGREED.values(), ids=AGREED)
def test_what_the_rules_let_through_gives_what_trino_documents(expression, expected):
    _, rows = Athena().select(f"select {expression} as found")
    assert rows == [(expected,)]


@pytest.mark.parametrize(("direction", "expected"), [("asc", [1, 2, None]), ("desc", [2, 1, None])])
def test_nulls_come_last_in_either_direction_as_trino_documents(direction, expected):
    _, rows = Athena().select(f"select x from (values (1), (null), (2)) as t (x) order by x {direction}")
    assert [row[0] for row in rows] == expected
