"""Finds out the types of a query's expressions, and refuses operators that Athena has not for such types."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify_columns import qualify_columns
from sqlglot.schema import MappingSchema

from local_aws.services.athena.errors import StatementError, at
from local_aws.services.athena.names import position

Schema = dict[str, dict[str, str]]
_TAG = "athena_number"
_Type = exp.DataType.Type
TEXT = {_Type.TEXT, _Type.VARCHAR, _Type.CHAR}
WHOLE = {_Type.TINYINT, _Type.SMALLINT, _Type.INT, _Type.BIGINT}
FLOATING = {_Type.FLOAT, _Type.DOUBLE}
DECIMAL = {_Type.DECIMAL}
NUMBER = WHOLE | FLOATING | DECIMAL
DATE = {_Type.DATE}
INSTANT = {_Type.TIMESTAMP, _Type.TIMESTAMPTZ, _Type.TIMESTAMPLTZ, _Type.TIMESTAMPNTZ, _Type.DATETIME}
_FAMILIES = (("text", TEXT), ("number", NUMBER), ("time", DATE | INSTANT), ("boolean", {_Type.BOOLEAN}))
_NAMES = {_Type.TEXT: "varchar", _Type.INT: "integer", _Type.FLOAT: "real", _Type.TIMESTAMP: "timestamp(3)"}
_COMPARISONS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_WRAPPERS = (exp.Paren, exp.Filter, exp.Window, exp.Alias)
_SAME_SIZE = (exp.Min, exp.Max, exp.Avg, exp.Abs, exp.Neg, exp.AnyValue, exp.Coalesce)
_BINARY_RESULT = (exp.MD5Digest, exp.SHA, exp.SHA2Digest, exp.Encode, exp.Unhex, exp.FromBase64)
_BINARY_ONLY = (exp.MD5Digest, exp.SHA, exp.SHA2Digest, exp.Hex, exp.ToBase64, exp.Decode)


class NodeTypes:
    """The types of a query's expressions; what could not be found out has none."""

    def __init__(self, query: exp.Expression, schema: Schema) -> None:
        for number, node in enumerate(query.walk()):
            node.meta[_TAG] = number
        self._types: dict[int, exp.DataType] = {}
        known = MappingSchema(schema, dialect="duckdb")
        try:
            # On a copy: the query that runs keeps its own names, and does not depend on what is done here.
            typed = annotate_types(qualify_columns(query.copy(), known, expand_stars=False), known, dialect="duckdb")
        except (SqlglotError, RecursionError):
            return  # DuckDB will say what is wrong with the query
        for node in typed.walk():
            if node.type is not None and _TAG in node.meta:
                self._types.setdefault(node.meta[_TAG], node.type)

    def type_of(self, node: exp.Expression | None) -> exp.DataType | None:
        """The expression's type, or None."""
        while isinstance(node, _WRAPPERS):
            node = node.this
        if node is None:
            return None
        found = self._types.get(node.meta.get(_TAG, -1))
        return None if found is None or found.this in {_Type.UNKNOWN, _Type.NULL} else found

    def hand_over(self, node: exp.Expression, successor: exp.Expression) -> None:
        """Let the expression that stands for another one now have its type."""
        if _TAG in node.meta:
            successor.meta[_TAG] = node.meta[_TAG]

    def is_any(self, node: exp.Expression | None, kinds: set[exp.DataType.Type]) -> bool:
        """Whether the expression is known to be of one of those types."""
        found = self.type_of(node)
        return found is not None and found.this in kinds

    def decimal_of(self, node: exp.Expression | None) -> tuple[int, int] | None:
        """Precision and scale, as Athena gives them, of a decimal; None for anything else."""
        return self._size_of(node) if self._has_decimal(node) else None

    def _has_decimal(self, node: exp.Expression | None) -> bool:
        if isinstance(node, (*_WRAPPERS, *_SAME_SIZE, exp.Sum)):
            return self._has_decimal(_first(node.this))
        if isinstance(node, exp.Literal):
            return not node.is_string and "." in node.name and "e" not in node.name.lower()
        if isinstance(node, exp.Binary) and type(node) in _ARITHMETIC:
            sides = (node.this, node.expression)
            return all(self._size_of(side) for side in sides) and any(self._has_decimal(side) for side in sides)
        return self.is_any(node, DECIMAL)

    def _size_of(self, node: exp.Expression | None) -> tuple[int, int] | None:
        """Precision and scale of a decimal, or of a whole number as the decimal that Athena makes of it."""
        if isinstance(node, (*_WRAPPERS, *_SAME_SIZE, exp.Sum)):
            size = self._size_of(_first(node.this))
            return (38, size[1]) if size and isinstance(node, exp.Sum) else size
        if isinstance(node, exp.Literal) and self._has_decimal(node):
            whole, _, fraction = node.name.partition(".")
            return max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction)
        if isinstance(node, exp.Binary) and type(node) in _ARITHMETIC:
            left, right = self._size_of(node.this), self._size_of(node.expression)
            return _arithmetic_size(node, left, right) if left and right else None
        found = self.type_of(node)
        if found is None:
            return None
        if found.this in WHOLE:
            return (19, 0) if found.this is _Type.BIGINT else (10, 0)
        numbers = [int(parameter.name) for parameter in found.expressions] if found.this in DECIMAL else []
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None

    def check_operators(self, query: exp.Expression) -> None:
        """Refuse comparisons and arithmetic between types that Athena does not convert by itself, as DuckDB does.

        :raises StatementError: naming the first of them
        """
        for node in query.walk():
            symbol = _COMPARISONS.get(type(node))
            if symbol:
                self._check(node, node.this, node.expression, symbol, comparison=True)
            elif type(node) in _ARITHMETIC:
                self._check(node, node.this, node.expression, _ARITHMETIC[type(node)], comparison=False)
            elif isinstance(node, exp.DPipe):
                self._check_concatenation(node)
            elif (
                isinstance(node, _BINARY_ONLY) and self.is_any(node.this, TEXT) and not isinstance(node.this, exp.Func)
            ):
                raise StatementError(
                    f"FUNCTION_NOT_FOUND: {at(position(node))}: Unexpected parameters ({self._name(node.this)}) for a "
                    "function of varbinary: use to_utf8 or from_hex"
                )
            elif isinstance(node, exp.Between):
                for bound in (node.args["low"], node.args["high"]):
                    self._check(node, node.this, bound, "<=", comparison=True)
            elif isinstance(node, exp.In):
                for item in node.expressions:
                    self._check(node, node.this, item, "=", comparison=True)

    def _check(
        self, node: exp.Expression, left: exp.Expression, right: exp.Expression, symbol: str, *, comparison: bool
    ) -> None:
        families = [self._family(side) for side in (left, right)]
        if None in families or (families[0] == families[1] and (comparison or "text" not in families)):
            return  # intervals have no family: they have arithmetic of their own
        names = " ".join((self._name(left), symbol, self._name(right)))
        raise StatementError(f"TYPE_MISMATCH: {at(position(node))}: Cannot apply operator: {names}")

    def _is_text(self, node: exp.Expression) -> bool:
        # sqlglot takes what these give for text
        return self.is_any(node, TEXT) and not isinstance(node, (*_BINARY_RESULT, exp.Anonymous))

    def _check_concatenation(self, node: exp.DPipe) -> None:
        families = {self._family(side) for side in (node.this, node.expression)} - {None}
        if len(families) > 1 and "text" in families:
            names = ", ".join(self._name(side) for side in (node.this, node.expression))
            raise StatementError(
                f"FUNCTION_NOT_FOUND: {at(position(node))}: Unexpected parameters ({names}) for function concat. "
                "Expected: concat(char(x), char(y)), concat(array(E), E) E, concat(E, array(E)) E, "
                "concat(array(E)) E, concat(varchar), concat(varbinary)"
            )

    def _family(self, node: exp.Expression) -> str | None:
        found = self.type_of(node)
        if found is None:
            return None
        return next((name for name, kinds in _FAMILIES if found.this in kinds), None)

    def _name(self, node: exp.Expression) -> str:
        if isinstance(node, exp.Literal) and node.is_string:
            return f"varchar({len(node.name)})"
        found = self.type_of(node)
        if found is None:
            return "unknown"
        if found.this in TEXT:
            return "varchar"
        return _NAMES.get(found.this) or found.sql(dialect="trino").lower().replace(" ", "")


def _first(node: exp.Expression | None) -> exp.Expression | None:
    return node.expressions[0] if isinstance(node, exp.Distinct) else node


def _arithmetic_size(node: exp.Expression, left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (precision, scale), (other_precision, other_scale) = left, right
    most_scale = max(scale, other_scale)
    if isinstance(node, exp.Mul):
        precision, scale = precision + other_precision, scale + other_scale
    elif isinstance(node, exp.Div):
        precision, scale = precision + other_scale + max(other_scale - scale, 0), most_scale
    elif isinstance(node, exp.Mod):
        precision, scale = min(precision - scale, other_precision - other_scale) + most_scale, most_scale
    else:
        precision, scale = max(precision - scale, other_precision - other_scale) + most_scale + 1, most_scale
    return min(precision, 38), scale
