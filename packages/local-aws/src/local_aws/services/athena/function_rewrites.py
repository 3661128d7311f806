"""Functions that sqlglot knows but whose meaning in DuckDB differs from Athena's."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from local_aws.services.athena.errors import StatementError, at
from local_aws.services.athena.functions import MACRO_FUNCTIONS
from local_aws.services.athena.names import position

_UTC = {"UTC", "Z", "+00:00", "ETC/UTC", "GMT"}


def _macro(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument for argument in arguments if argument is not None])


def _date_diff(node: exp.DateDiff) -> exp.Expression:
    """Whole units between two instants, where DuckDB's date_diff counts the boundaries that lie between."""
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return _macro("date_sub", unit, node.expression, node.this)


def _approx_distinct(node: exp.ApproxDistinct) -> exp.Expression:
    """The exact count: within the promised error, and the same at every run."""
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def _approx_percentile(node: exp.ApproxQuantile) -> exp.Expression:
    if node.args.get("weight") is not None or node.args.get("accuracy") is not None:
        raise StatementError(
            f"NOT_SUPPORTED: {at(position(node))}: local_aws has approx_percentile(x, percentage) only"
        )
    return _macro("quantile_disc", node.this, node.args["quantile"])


def _json_path(node: exp.Expression) -> exp.Expression:
    path = node.expression.sql(dialect="trino") if isinstance(node.expression, exp.JSONPath) else node.expression.name
    if isinstance(node.expression, exp.JSONPath):
        path = path.strip("'")
    return exp.Literal.string(re.sub(r"\[\"([^\"]+)\"\]", r'."\1"', path))


def _json_scalar(node: exp.JSONExtractScalar) -> exp.Expression:
    _refuse_operator(node)
    return _macro("__json_scalar", node.this, _json_path(node))


def _json_extract(node: exp.JSONExtract) -> exp.Expression:
    _refuse_operator(node)
    return _macro("__json_value", node.this, _json_path(node))


def _refuse_operator(node: exp.Expression) -> None:
    if "start" not in node.meta:
        raise StatementError(f"SYNTAX_ERROR: {at(position(node))}: mismatched input '->'")


def _regexp_extract(node: exp.RegexpExtract) -> exp.Expression:
    return _macro("__regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0))


def _regexp_extract_all(node: exp.RegexpExtractAll) -> exp.Expression:
    return _macro("regexp_extract_all", node.this, node.expression, node.args.get("group") or exp.Literal.number(0))


def _regexp_replace(node: exp.RegexpReplace) -> exp.Expression:
    """Groups are $1 in Athena and \\1 in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        text = replacement.name.replace("\\$", "\0").replace("\\", "\\\\")
        replacement = exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", text).replace("\0", "$"))
    return _macro(
        "regexp_replace", node.this, node.expression, replacement or exp.Literal.string(""), exp.Literal.string("g")
    )


def _sha(node: exp.Expression) -> exp.Expression:
    length = node.args.get("length")
    if length is not None and length.name == "512":
        raise StatementError(
            f"FUNCTION_NOT_REGISTERED: {at(position(node))}: Function 'sha512' not registered in local_aws"
        )
    return _macro("unhex", _macro("sha1" if isinstance(node, exp.SHA) else "sha256", node.this))


def _random(node: exp.Rand) -> exp.Expression:
    if node.this is not None:
        return _macro("__random_below", node.this)
    return node


def _sequence(node: exp.GenerateSeries) -> exp.Expression:
    series = _macro("generate_series", node.args["start"], node.args["end"], node.args.get("step"))
    starts_at = node.args["start"]
    if isinstance(starts_at, exp.Cast) and starts_at.to.is_type("date"):
        step = node.args.get("step") or exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))
        series = _macro("generate_series", starts_at, node.args["end"], step)
        return exp.Cast(this=series, to=exp.DataType.build("DATE[]", dialect="duckdb"))
    return series


def _array_remove(node: exp.ArrayRemove) -> exp.Expression:
    return _macro("__array_remove", node.this, node.expression)


def _slice(node: exp.ArraySlice) -> exp.Expression:
    """Athena's slice has a length, DuckDB's an end."""
    return _macro("__slice", node.this, node.args["start"], node.args["end"])


def _reduce(node: exp.Reduce) -> exp.Expression:
    reduced = _macro("list_reduce", node.this, node.args["merge"], node.args["initial"])
    finish = node.args.get("finish")
    if isinstance(finish, exp.Lambda) and finish.this.sql() != finish.expressions[0].sql():
        # Applied to a list of one: DuckDB calls lambdas in list functions only.
        listed = _macro("list_transform", exp.Array(expressions=[reduced]), finish)
        return exp.Bracket(this=listed, expressions=[exp.Literal.number(0)])
    return reduced


def check_zone(zone: exp.Expression | None, node: exp.Expression) -> None:
    """Refuse other zones than UTC: DuckDB keeps no zone with an instant.

    :raises StatementError: if it is another one, or not a literal
    """
    if zone is not None and (not isinstance(zone, exp.Literal) or zone.name.upper() not in _UTC):
        raise StatementError(f"NOT_SUPPORTED: {at(position(node))}: local_aws has no time zone but UTC")


def _from_unixtime(node: exp.UnixToTime) -> exp.Expression:
    check_zone(node.args.get("zone"), node)
    return _macro("to_timestamp", node.this)


def _with_literal_format(node: exp.Expression) -> exp.Expression:
    if not isinstance(node.args.get("format"), exp.Literal):
        raise StatementError(f"NOT_SUPPORTED: {at(position(node))}: local_aws needs a literal as date format")
    return node


def round_instant(cast: exp.Cast) -> None:
    """Let a cast to milliseconds round to them, as Athena's does; any other keeps DuckDB's microseconds."""
    digits = cast.to.expressions[0].name if cast.to.expressions else ""
    cast.to.set("expressions", [])
    if digits == "3" and cast.to.is_type("timestamp"):
        cast.set("this", exp.Cast(this=cast.this, to=exp.DataType.build("TIMESTAMP_MS", dialect="duckdb")))


def called(node: exp.Anonymous) -> exp.Expression:
    """A function that sqlglot does not know: one of the macros, or one that takes a lambda, which macros can't."""
    name = str(node.this).lower()
    if name == "at_timezone":
        check_zone(node.expressions[1], node)
        return exp.cast(node.expressions[0], "TIMESTAMPTZ", dialect="duckdb")
    if name in MACRO_FUNCTIONS:
        node.set("this", f"__{name}")
    elif name in {"all_match", "any_match", "none_match"}:
        combine, of_none = ("list_bool_and", "true") if name == "all_match" else ("list_bool_or", "false")
        array = node.expressions[0]
        combined = _macro("coalesce", _macro(combine, _macro("list_transform", *node.expressions)), exp.var(of_none))
        found: exp.Expression = exp.Not(this=combined) if name == "none_match" else combined
        return exp.Case(ifs=[exp.If(this=exp.Not(this=exp.Is(this=array.copy(), expression=exp.Null())), true=found)])
    elif name == "zip_with":
        return _zip_with(node)
    return node


def _zip_with(node: exp.Anonymous) -> exp.Expression:
    left, right, function = node.expressions
    names = [argument.name for argument in function.expressions]
    pair = exp.to_identifier("__pair")

    def field(column: exp.Expression) -> exp.Expression:
        if (
            isinstance(column, (exp.Column, exp.Identifier))
            and column.name in names
            and not column.find_ancestor(exp.Dot)
        ):
            number = exp.Literal.number(names.index(column.name) + 1)
            return _macro("struct_extract", exp.column("__pair"), number)
        return column

    body = function.this.transform(field)
    return _macro("list_transform", _macro("list_zip", left, right), exp.Lambda(this=body, expressions=[pair]))


BY_CLASS: dict[type[exp.Expression], Callable[..., exp.Expression]] = {
    exp.Anonymous: called,
    exp.DateDiff: _date_diff,
    exp.ApproxDistinct: _approx_distinct,
    exp.ApproxQuantile: _approx_percentile,
    exp.JSONExtractScalar: _json_scalar,
    exp.JSONExtract: _json_extract,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpExtractAll: _regexp_extract_all,
    exp.RegexpReplace: _regexp_replace,
    exp.SHA: _sha,
    exp.Rand: _random,
    exp.GenerateSeries: _sequence,
    exp.ArrayRemove: _array_remove,
    exp.ArraySlice: _slice,
    exp.Reduce: _reduce,
    exp.JSONFormat: lambda node: _macro("__json_text", node.this),
    exp.ParseJSON: lambda node: _macro("__json_parse", node.this),
    exp.SplitPart: lambda node: _macro("__split_part", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.ArgMax: lambda node: _macro("arg_max_null", node.this, node.expression),
    exp.ArgMin: lambda node: _macro("arg_min_null", node.this, node.expression),
    exp.UnixToTime: _from_unixtime,
    exp.TimeToStr: _with_literal_format,
    exp.StrToTime: _with_literal_format,
    exp.ArrayPosition: lambda node: _macro("__array_position", node.this, node.expression),
    exp.Unicode: lambda node: _macro("unicode", node.this),
}
