"""Changes a parsed query where DuckDB would give other results than Athena."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local_aws import clock
from local_aws.services.athena import function_rewrites
from local_aws.services.athena.node_types import DATE, FLOATING, INSTANT, TEXT, WHOLE, NodeTypes, Schema
from local_aws.services.athena.unnest import unnested

MAX_DECIMAL = 38
_DATE_UNITS = {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}


def rewritten(query: exp.Query, schema: Schema) -> exp.Query:
    """The query with Athena's meaning in DuckDB's functions.

    :param schema: internal table name -> column name -> type in DuckDB's SQL
    :raises StatementError: if it applies operators to types that Athena does not
    """
    _name_outputs(query)
    types = NodeTypes(query, schema)
    types.check_operators(query)
    return _Rewriter(types).apply(query)


def rewritten_condition(condition: exp.Expression, columns: dict[str, str]) -> exp.Expression:
    """A condition on one row's columns with Athena's meaning in DuckDB's functions.

    :param columns: name -> type in DuckDB's SQL
    """
    query = exp.select("1").from_(exp.to_identifier("__row")).where(condition.copy())
    types = NodeTypes(query, {"__row": columns})
    return _Rewriter(types).apply(query).args["where"].this


def _name_outputs(query: exp.Query) -> None:
    """Give columns without a name the ones that Athena gives them."""
    select: exp.Expression = query
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for number, output in enumerate(select.expressions):
        if not isinstance(output, (exp.Column, exp.Alias, exp.Dot)) and not output.is_star:
            output.replace(exp.alias_(output.copy(), f"_col{number}", quoted=True))


class _Rewriter:
    """Replaces nodes from the leaves up; the types are those of the query as it was written."""

    def __init__(self, types: NodeTypes) -> None:
        self._types = types
        self._by_class: dict[type[exp.Expression], Callable[..., exp.Expression]] = {
            exp.Div: self._division,
            exp.Mod: lambda node: _macro("__mod", _bare(node.this), _bare(node.expression)),
            exp.Sum: self._sum,
            exp.Avg: self._average,
            exp.Round: self._round,
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Add: self._date_arithmetic,
            exp.Sub: self._date_arithmetic,
            exp.DateAdd: self._date_arithmetic,
            exp.TimestampTrunc: self._truncated_date,
            exp.DateTrunc: self._truncated_date,
            exp.Bracket: self._subscript,
            exp.ArraySize: self._cardinality,
            exp.Reverse: self._reverse,
            exp.ConcatWs: self._joined,
            exp.AtTimeZone: self._at_time_zone,
            exp.Unnest: lambda node: unnested(node, self._types),
            exp.Struct: _row,
            exp.CurrentTimestamp: lambda _: _now("TIMESTAMPTZ"),
            exp.Localtimestamp: lambda _: _now("TIMESTAMP"),
            exp.CurrentDate: lambda _: _now("DATE"),
        }
        self._by_class |= function_rewrites.BY_CLASS

    def apply(self, query: exp.Query) -> exp.Query:
        """The query with all its nodes replaced."""
        root: exp.Expression = query
        for node in reversed(list(query.walk())):
            change = self._by_class.get(type(node))
            if change is None:
                continue
            parent, key, index = node.parent, node.arg_key, node.index
            changed = change(node)
            if changed is node:
                continue
            self._types.hand_over(node, changed)
            if parent is None:
                root, changed.parent = changed, None
            else:
                parent.set(key, changed, index)
        assert isinstance(root, exp.Query)
        return root

    def _division(self, node: exp.Div) -> exp.Expression:
        """Whole numbers give whole numbers, decimals a decimal of Athena's scale; zero fails but for doubles."""
        size = self._types.decimal_of(node)
        left, right = _bare(node.this), _bare(node.expression)
        if size is not None:
            return _as(_macro("__div_decimal", left, right), f"DECIMAL({size[0]}, {size[1]})")
        if self._types.is_any(node.this, FLOATING) or self._types.is_any(node.expression, FLOATING):
            return exp.Div(this=exp.Paren(this=_as(left, "DOUBLE")), expression=node.expression)
        return _macro("__div", left, right)

    def _sum(self, node: exp.Sum) -> exp.Expression:
        whole = self._types.is_any(_argument(node), WHOLE)
        return self._around_window(node, "BIGINT") if whole else node

    def _average(self, node: exp.Avg) -> exp.Expression:
        argument = _argument(node)
        size = self._types.decimal_of(argument)
        return self._around_window(node, f"DECIMAL({size[0]}, {size[1]})") if size else node

    def _around_window(self, node: exp.Expression, kind: str) -> exp.Expression:
        """Cast the aggregate; where it has a window or a filter, cast the whole."""
        whole = node
        while isinstance(whole.parent, (exp.Window, exp.Filter)) and whole.parent.this is whole:
            whole = whole.parent
        if whole is node:
            return _as(node, kind)
        cast = exp.Cast(this=exp.Literal.number(0), to=exp.DataType.build(kind, dialect="duckdb"))
        whole.replace(cast)
        cast.set("this", whole)
        return node

    def _round(self, node: exp.Round) -> exp.Expression:
        size = self._types.decimal_of(node.this)
        if size is None or node.args.get("decimals") is None:
            return node
        return _as(node, f"DECIMAL({min(size[0] + 1, MAX_DECIMAL)}, {size[1]})")

    def _cast(self, node: exp.Cast) -> exp.Expression:
        target = node.to
        if target.this in WHOLE and self._types.is_any(node.this, FLOATING):
            node.set("this", exp.func("ROUND", node.this, dialect="duckdb"))  # DuckDB rounds halves to even
        elif target.this in TEXT and self._types.is_any(node.this, INSTANT):
            return _macro("__timestamp_text", node.this)
        elif target.is_type("json"):
            return _macro("to_json", node.this)
        elif target.is_type("struct") and isinstance(node.this, exp.Struct):
            fields = [field.this.name for field in target.expressions if isinstance(field, exp.ColumnDef)]
            for name, value in zip(fields, node.this.expressions, strict=False):
                value.set("this", exp.to_identifier(name, quoted=True))
        elif target.is_type("timestamp", "timestamptz"):
            function_rewrites.round_instant(node)
        elif target.is_type("char", "varchar") and target.expressions:
            length = target.expressions[0].this.copy()
            target.set("expressions", [])
            return exp.func("SUBSTRING", node, exp.Literal.number(1), length, dialect="duckdb")
        return node

    def _date_arithmetic(self, node: exp.Expression) -> exp.Expression:
        """A date plus days stays a date; DuckDB would make it a timestamp."""
        if not self._types.is_any(node.this, DATE):
            return node
        is_interval = isinstance(node.expression, exp.Interval)
        if isinstance(node, exp.DateAdd):
            unit = str(node.args["unit"].name).upper()
            return _as(node, "DATE") if unit in _DATE_UNITS else node
        return _as(node, "DATE") if is_interval else node

    def _truncated_date(self, node: exp.Expression) -> exp.Expression:
        return _as(node, "DATE") if self._types.is_any(node.this, DATE) else node

    def _subscript(self, node: exp.Bracket) -> exp.Expression:
        """``a[i]`` fails where there is no such element; element_at gives null."""
        found = self._types.type_of(node.this)
        if "start" in node.meta or node.args.get("safe") or found is None:
            return node
        if found.is_type("map"):
            return _macro("__map_value", node.this, node.expressions[0])
        if found.is_type("array", "list"):
            number = exp.Add(this=exp.Paren(this=node.expressions[0]), expression=exp.Literal.number(1))
            return _macro("__array_element", node.this, number)  # sqlglot counts from 0
        return node

    def _cardinality(self, node: exp.ArraySize) -> exp.Expression:
        found = self._types.type_of(node.this)
        return _macro("cardinality", node.this) if found is not None and found.is_type("map") else node

    def _reverse(self, node: exp.Reverse) -> exp.Expression:
        found = self._types.type_of(node.this)
        return _macro("list_reverse", node.this) if found is not None and found.is_type("array", "list") else node

    def _joined(self, node: exp.ConcatWs) -> exp.Expression:
        separator, *parts = node.expressions
        found = self._types.type_of(parts[0]) if len(parts) == 1 else None
        if found is not None and found.is_type("array", "list"):
            return _macro("array_to_string", parts[0], separator)
        return node

    def _at_time_zone(self, node: exp.AtTimeZone) -> exp.Expression:
        """The instant in another zone; all instants are in UTC here."""
        function_rewrites.check_zone(node.args["zone"], node)
        return _as(node.this, "TIMESTAMPTZ")


def _macro(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _as(node: exp.Expression, kind: str) -> exp.Expression:
    """The node inside a cast, in the node's own place."""
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="duckdb"))


def _now(kind: str) -> exp.Expression:
    instant = clock.now()
    text = instant.date().isoformat() if kind == "DATE" else instant.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return _as(exp.Literal.string(text + ("+00" if kind == "TIMESTAMPTZ" else "")), kind)


def _row(node: exp.Struct) -> exp.Expression:
    """A row without names has the fields field0, field1 and so on."""
    if any(isinstance(value, exp.PropertyEQ) for value in node.expressions):
        return node
    fields = [
        exp.PropertyEQ(this=exp.to_identifier(f"field{number}", quoted=True), expression=value)
        for number, value in enumerate(node.expressions)
    ]
    return exp.Struct(expressions=fields)


def _argument(node: exp.Expression) -> exp.Expression:
    inner = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) else inner


def _bare(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Paren) else node
