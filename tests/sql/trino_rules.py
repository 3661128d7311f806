"""What a statement must keep so that Trino runs it and DuckDB gives the same rows; each rule gives what breaks it.

The rules follow Trino's documentation (trino.io/docs/current): "SELECT", "Window functions", "Functions and operators",
"Reserved keywords".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokens import Token, TokenType

from clickstream.contract import load_contract
from tests.sql.trino_functions import ALLOWED, DISAGREED

_BEFORE_BRACKETS = """
    all and any as between by case cross cube decimal distinct else end except exists filter from group grouping having
    in intersect join like not on or order over partition range rollup rows select sets some then timestamp union unnest
    using values varchar when where with"""
_RESERVED = """
    alter and as auto between by case cast constraint create cross cube current_catalog current_date current_path
    current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop
    else end escape except execute exists extract false for from full group grouping having in inner insert intersect
    into is join json_array json_exists json_object json_query json_table json_value left like listagg localtime
    localtimestamp natural normalize not null on or order outer prepare recursive right rollup select skip table then
    trim true uescape union unnest using values when where with"""
_FOREIGN = "anti asof exclude ilike pivot positional qualify semi similar summarize top"
SYNTAX, RESERVED, FOREIGN_WORDS = (frozenset(words.split()) for words in (_BEFORE_BRACKETS, _RESERVED, _FOREIGN))
FOREIGN_TOKENS = {TokenType.DCOLON, TokenType.DIV, TokenType.ARROW, TokenType.DARROW, TokenType.L_BRACKET}
TYPE_NAMES = {"string": "varchar", "int": "integer"}
NUMBERS = {exp.DataType.Type[name] for name in ("INT", "BIGINT", "DECIMAL", "DOUBLE")}
TEXTS = {exp.DataType.Type[name] for name in ("VARCHAR", "TEXT", "CHAR")}
CLOCKS = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp)
ORDERED_ONLY = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.Ntile, exp.PercentRank, exp.CumeDist)
Rule = Callable[[str], Iterator[str]]


@cache
def catalog() -> dict[str, dict[str, str]]:
    """Every table of the contract: its columns and their types as Trino spells them."""
    contract = load_contract()
    tables = {table.name: (*table.columns, *table.partition_keys) for table in contract.tables}
    tables |= {report.name: (*report.columns, contract.catalog.report_partition_key) for report in contract.reports}
    return {
        name: {column.name: TYPE_NAMES.get(column.type, column.type) for column in columns}
        for name, columns in tables.items()
    }


def parsed(sql: str) -> exp.Expression:
    """The statement as Athena's dialect has it."""
    return sqlglot.parse_one(sql, read="athena")


def typed(sql: str) -> exp.Expression:
    """The statement with every column's table and every node's type.

    :raises OptimizeError: if a column is none of its tables, as an alias of the same SELECT is
    """
    tree = qualify(
        parsed(sql), schema=catalog(), dialect="athena", expand_alias_refs=False, expand_stars=False, identify=False
    )
    return annotate_types(tree, schema=catalog(), dialect="athena")


def calls_only_documented_functions(sql: str) -> Iterator[str]:
    """A word before a bracket is syntax, an alias with column names, or a documented function."""
    tokens = sqlglot.tokenize(sql, read="athena")
    for number, token in enumerate(tokens[:-1]):
        name = token.text.lower()
        if tokens[number + 1].token_type is not TokenType.L_PAREN or not name.isidentifier() or name in SYNTAX:
            continue
        if _is_alias(tokens, number):
            continue
        if name in DISAGREED:
            yield f"{name}: {DISAGREED[name]}"
        elif name not in ALLOWED:
            yield f"{name}: not documented"


def _is_alias(tokens: list[Token], number: int) -> bool:
    return (
        tokens[number].token_type is TokenType.VAR and number > 0 and tokens[number - 1].token_type is TokenType.ALIAS
    )


def has_no_foreign_syntax(sql: str) -> Iterator[str]:
    """Nothing that only DuckDB, or sqlglot, takes: ::, //, subscripts, lambdas, QUALIFY, ILIKE, DISTINCT ON."""
    for token in sqlglot.tokenize(sql, read="athena"):
        if token.token_type in FOREIGN_TOKENS or token.text.lower() in FOREIGN_WORDS:
            yield token.text
    try:
        tree = parsed(sql)
    except ParseError as error:
        yield str(error)
        return
    yield from ("distinct on" for node in tree.find_all(exp.Distinct) if node.args.get("on"))
    yield from ("group by all" for group in tree.find_all(exp.Group) if group.args.get("all"))
    yield from ("select *" for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count))


def quotes_reserved_words(sql: str) -> Iterator[str]:
    """Names are none of Trino's reserved words; "timestamp" is none, but is quoted all the same."""
    for name in parsed(sql).find_all(exp.Identifier):
        if not name.quoted and (name.name.lower() in RESERVED or name.name.lower() == "timestamp"):
            yield name.name


def uses_no_alias_of_the_same_select(sql: str) -> Iterator[str]:
    """WHERE, GROUP BY, HAVING and other outputs see the columns of FROM only; ORDER BY may name outputs."""
    try:
        typed(sql)
    except OptimizeError as error:
        yield str(error).partition(".")[0]
    for select in parsed(sql).find_all(exp.Select):
        aliases = {output.alias for output in select.expressions if isinstance(output, exp.Alias)}
        having = select.args.get("having")
        for column in having.find_all(exp.Column) if having else ():
            if column.name in aliases and not column.table:
                yield f"having {column.name}"


def divides_doubles(sql: str) -> Iterator[str]:
    """Integers divide to an integer in Trino and to a double in DuckDB, decimals to other scales: cast to double."""
    for division in parsed(sql).find_all(exp.Div, exp.IntDiv):
        dividend = division.this.unnest()
        is_double = isinstance(dividend, exp.Cast) and dividend.to.is_type("double")
        if not (is_double or isinstance(dividend, exp.Div)):
            yield division.sql("athena")


def measures_milliseconds_or_days(sql: str) -> Iterator[str]:
    """date_diff counts whole units in Trino and boundaries in DuckDB: the same for milliseconds, and days of dates."""
    for node in typed(sql).find_all(exp.DateDiff):
        unit = node.args["unit"].name.lower()
        are_dates = all(side.is_type("date") for side in (node.this, node.expression))
        if not (unit == "millisecond" or (unit == "day" and are_dates)):
            yield node.sql("athena")


def counts_one_distinct_value(sql: str) -> Iterator[str]:
    """count(distinct a, b) is no function of Trino's; DuckDB counts pairs."""
    for node in parsed(sql).find_all(exp.Count):
        distinct = node.this
        if (isinstance(distinct, exp.Distinct) and len(distinct.expressions) > 1) or node.expressions:
            yield node.sql("athena")


def compares_like_with_like(sql: str) -> Iterator[str]:
    """Trino refuses to compare, join or concatenate a text with a number or a date; DuckDB casts as it sees fit."""
    try:
        tree = typed(sql)
    except OptimizeError:
        return  # another rule's
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.DPipe, exp.In, exp.Between):
        sides = [node.this, node.args.get("expression"), node.args.get("low"), node.args.get("high"), *node.expressions]
        yield from _unlike(node, [side for side in sides if side is not None])
    for node in tree.find_all(exp.Coalesce, exp.Nullif):
        yield from _unlike(node, [node.this, *filter(None, [node.args.get("expression")]), *node.expressions])


def _unlike(node: exp.Expression, sides: list[exp.Expression]) -> Iterator[str]:
    kinds = {_family(side) for side in sides} - {"", "NULL"}
    if len(kinds) > 1 or (isinstance(node, exp.DPipe) and kinds - {"text"}):
        yield f"{node.sql('athena')}: {', '.join(sorted(kinds))}"


def _family(node: exp.Expression) -> str:
    kind = node.type.this if node.type else None
    if kind is None or kind is exp.DataType.Type.UNKNOWN:
        return ""
    return "number" if kind in NUMBERS else "text" if kind in TEXTS else str(kind.name)


def depends_on_no_clock(sql: str) -> Iterator[str]:
    """The same report date gives the same rows whenever it is run."""
    yield from (node.sql("athena") for node in parsed(sql).find_all(*CLOCKS))


def reads_instants_as_milliseconds(sql: str) -> Iterator[str]:
    """Athena's timestamps have milliseconds, the files microseconds: a cast says so wherever it is run."""
    for column in parsed(sql).find_all(exp.Column):
        if column.name == "timestamp":
            cast = column.parent
            if not (isinstance(cast, exp.Cast) and cast.to.sql("athena").lower() == "timestamp(3)"):
                yield column.parent.sql("athena") if column.parent else column.name


def states_frames_and_directions(sql: str) -> Iterator[str]:
    """An aggregate over ordered rows says its frame, a range: with ROWS ties are counted in any order."""
    for window in parsed(sql).find_all(exp.Window):
        order = window.args.get("order")
        if order is None or isinstance(window.this, ORDERED_ONLY):
            continue
        frame = window.args.get("spec")
        if frame is None or str(frame.args.get("kind")).lower() != "range":
            yield window.sql("athena")


def is_not_ordered(sql: str) -> Iterator[str]:
    """What is unloaded has no order, and LIMIT without one takes any rows: rank, and keep the first ranks."""
    for part in ("order", "limit", "offset", "fetch"):
        yield from (part for select in parsed(sql).find_all(exp.Query) if select.args.get(part))


def reads_events_once(sql: str) -> Iterator[str]:
    """Trino puts a CTE in wherever it is named: named twice, it reads the events twice, and Athena bills it twice."""
    tree = parsed(sql)
    mentions = [table.name for table in tree.find_all(exp.Table)]
    yield from (f"{cte.alias} is named {mentions.count(cte.alias)} times" for cte in tree.find_all(exp.CTE)
                if mentions.count(cte.alias) != 1)  # fmt: skip
    if mentions.count("events") != 1:
        yield f"events is named {mentions.count('events')} times"


EVERY_STATEMENT: tuple[Rule, ...] = (
    calls_only_documented_functions,
    has_no_foreign_syntax,
    quotes_reserved_words,
    uses_no_alias_of_the_same_select,
    divides_doubles,
    measures_milliseconds_or_days,
    counts_one_distinct_value,
    compares_like_with_like,
)
EVERY_REPORT: tuple[Rule, ...] = (
    *EVERY_STATEMENT,
    depends_on_no_clock,
    reads_instants_as_milliseconds,
    states_frames_and_directions,
    is_not_ordered,
    reads_events_once,
)
