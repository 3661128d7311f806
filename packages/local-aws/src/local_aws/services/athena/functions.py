"""The functions of Trino that queries may call, and the macros that give DuckDB those that it lacks."""

from __future__ import annotations

import re

from sqlglot import exp

# Nodes of the parser that stand for syntax, not for a call.
SYNTAX_NODES = (
    exp.And,
    exp.Or,
    exp.Xor,
    exp.Case,
    exp.If,
    exp.Cast,
    exp.TryCast,
    exp.Exists,
    exp.Extract,
    exp.Array,
    exp.Unnest,
    exp.Interval,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.Localtimestamp,
    exp.StrPosition,
    exp.Trim,
)
_CALL = re.compile(r"\b(__\w+)\(")
_WHOLE = ("INTEGER", "BIGINT", "HUGEINT")


def _failure(message: str) -> str:
    """A truth value that fails with the message when it is asked for; TRY gets the better of it, unlike of error()."""
    return f"CAST({message} AS BOOLEAN)"


def _null_or_failure(message: str) -> str:
    return f"(CASE WHEN {_failure(message)} THEN NULL END)"


_DIVISION_BY_ZERO = _failure("'DIVISION_BY_ZERO: Division by zero'")
# The empty end depends on the row: DuckDB evaluates conditions that don't while it plans.
_NOT_A_KEY = _null_or_failure(
    "'INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || CAST(k AS VARCHAR) || left(CAST(m AS VARCHAR), 0)"
)
_NO_ELEMENT = _null_or_failure(
    "'INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' "
    "|| CAST(i AS VARCHAR) || ' > ' || CAST(len(a) AS VARCHAR)"
)
_BAD_JSON = _null_or_failure("'INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ' || j")
# Name in Athena -> parameters and body in DuckDB; called as __name.
MACRO_FUNCTIONS: dict[str, str] = {
    "array_union": "(a, b) AS list_distinct(list_concat(a, b))",
    "arrays_overlap": "(a, b) AS list_has_any(a, b)",
    "codepoint": "(s) AS unicode(s)",
    "e": "() AS exp(1.0::DOUBLE)",
    "every": "(x) AS bool_and(x)",
    "hamming_distance": "(a, b) AS hamming(a, b)",
    "infinity": "() AS 'infinity'::DOUBLE",
    "is_finite": "(x) AS isfinite(x)",
    "is_infinite": "(x) AS isinf(x)",
    "is_json_scalar": "(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')",
    "json_array_get": "(j, i) AS json_extract(j, '$[' || CAST(i AS VARCHAR) || ']')",
    "json_array_length": "(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN json_array_length(j)::BIGINT END",
    "json_size": "(j, p) AS CASE json_type(j, p) WHEN 'ARRAY' THEN json_array_length(j, p)::BIGINT "
    "WHEN 'OBJECT' THEN len(json_keys(j, p)) ELSE 0 END",
    "map_agg": "(k, v) AS map(list(k), list(v))",
    "map_concat": "(m, n) AS map_concat(m, n)",
    "map_entries": "(m) AS map_entries(m)",
    "map_values": "(m) AS map_values(m)",
    "nan": "() AS 'nan'::DOUBLE",
    "to_iso8601": "(t DATE) AS strftime(t, '%Y-%m-%d'), (t TIMESTAMP) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%g'), "
    "(t TIMESTAMPTZ) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')",
    "url_decode": "(s) AS url_decode(replace(s, '+', ' '))",
    "url_encode": "(s) AS replace(url_encode(s), '%20', '+')",
    "url_extract_fragment": "(u) AS nullif(regexp_extract(u, '#(.*)$', 1), '')",
    "url_extract_host": "(u) AS nullif(regexp_extract(u, '^[a-zA-Z][^:/?#]*://(?:[^@/?#]*@)?([^:/?#]*)', 1), '')",
    "url_extract_parameter": "(u, n) AS CASE WHEN regexp_matches(u, '[?&]' || regexp_escape(n) || '=') "
    "THEN url_decode(regexp_extract(u, '[?&]' || regexp_escape(n) || '=([^&#]*)', 1)) END",
    "url_extract_path": "(u) AS regexp_extract(u, '^[a-zA-Z][^:/?#]*://[^/?#]*([^?#]*)', 1)",
    "url_extract_protocol": "(u) AS nullif(regexp_extract(u, '^([a-zA-Z][^:/?#]*)://', 1), '')",
    "url_extract_query": "(u) AS nullif(regexp_extract(u, '\\?([^#]*)', 1), '')",
}
_HELPERS: dict[str, str] = {
    "__array_element": f"(a, i) AS CASE WHEN i > len(a) OR i < 1 THEN {_NO_ELEMENT} ELSE a[i] END",
    "__array_position": "(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL "
    "ELSE coalesce(list_position(a, x), 0)::BIGINT END",
    "__array_remove": "(a, x) AS list_filter(a, lambda i : i IS DISTINCT FROM x)",
    "__div_decimal": f"(a, b) AS a / CASE WHEN b = 0 THEN CAST({_DIVISION_BY_ZERO} AS INTEGER) ELSE b END",
    "__json_parse": f"(j) AS CASE WHEN json_valid(j) THEN CAST(j AS JSON) "
    f"WHEN j IS NULL THEN NULL ELSE {_BAD_JSON} END",
    "__json_scalar": "(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY') "
    "THEN json_extract_string(j, p) END",
    "__json_text": "(j) AS CAST(j AS VARCHAR)",
    "__json_value": "(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END",
    "__map_value": f"(m, k) AS CASE WHEN coalesce(map_contains(m, k), true) THEN m[k] ELSE {_NOT_A_KEY} END",
    "__random_below": "(n) AS CAST(floor(random() * n) AS BIGINT)",
    "__regexp_extract": "(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "__slice": "(a, s, n) AS CASE WHEN s < 0 THEN a[len(a) + s + 1 : len(a) + s + n] ELSE a[s : s + n - 1] END",
    "__split_part": "(s, d, i) AS CASE WHEN i <= len(string_split(s, d)) THEN split_part(s, d, i) END",
    "__timestamp_text": "(t TIMESTAMP) AS strftime(t, '%Y-%m-%d %H:%M:%S.%g'), "
    "(t TIMESTAMPTZ) AS strftime(t, '%Y-%m-%d %H:%M:%S.%g UTC')",
}


def _division_macros() -> dict[str, str]:
    divisions, remainders = [], []
    for kind in _WHOLE:
        divisor = f"CASE WHEN b = 0 THEN CAST({_DIVISION_BY_ZERO} AS {kind}) ELSE b END"
        divisions.append(f"(a {kind}, b {kind}) AS a // {divisor}")
        remainders.append(f"(a {kind}, b {kind}) AS a % {divisor}")
    doubles = [("DOUBLE", "DOUBLE")]
    doubles += [pair for kind in _WHOLE for pair in (("DOUBLE", kind), (kind, "DOUBLE"))]
    for left, right in doubles:
        divisions.append(f"(a {left}, b {right}) AS a / b")
        remainders.append(f"(a {left}, b {right}) AS a % b")
    return {
        "__div": f"CREATE MACRO __div{', '.join(divisions)}",
        "__mod": f"CREATE MACRO __mod{', '.join(remainders)}",
    }


_MACROS: dict[str, str] = {
    **_division_macros(),
    **{name: f"CREATE MACRO {name}{body}" for name, body in _HELPERS.items()},
    **{f"__{name}": f"CREATE MACRO __{name}{body}" for name, body in MACRO_FUNCTIONS.items()},
}


def macros_in(sql: str) -> list[str]:
    """The statements that create the macros which a statement in DuckDB's SQL calls."""
    called = set(_CALL.findall(sql.lower()))
    return [statement for name, statement in _MACROS.items() if name in called]


_DIRECT = """
abs any_value approx_distinct approx_percentile arbitrary at_timezone array_agg array_distinct array_except
array_intersect array_join array_max array_min array_position array_remove array_sort avg bitwise_and bitwise_not
bitwise_or bitwise_xor bool_and bool_or cardinality cast cbrt ceil ceiling chr coalesce concat concat_ws contains
corr count count_if covar_pop covar_samp cume_dist current_date current_time current_timestamp date date_add
date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year degrees dense_rank dow doy
element_at exp extract filter first_value flatten floor from_base64 from_hex from_iso8601_date
from_iso8601_timestamp from_unixtime from_utf8 geometric_mean greatest grouping histogram hour if is_nan
json_extract json_extract_scalar json_format json_parse kurtosis lag last_day_of_month last_value lead least length
levenshtein_distance listagg ln localtimestamp log log10 log2 lower lpad ltrim map map_from_entries map_keys max
max_by md5 min min_by minute mod month now nth_value ntile nullif percent_rank pi position pow power quarter radians
rand random rank reduce regexp_count regexp_extract regexp_extract_all regexp_like regexp_replace regexp_split
regr_intercept regr_slope repeat replace reverse round row row_number rpad rtrim second sequence sha1 sha256 sign
sin cos tan asin acos atan atan2 skewness slice split split_part sqrt starts_with stddev stddev_pop stddev_samp
strpos substr substring sum to_base64 to_hex to_unixtime to_utf8 transform translate trim truncate try try_cast
upper uuid var_pop var_samp variance week week_of_year year year_of_week yow
"""
LAMBDA_FUNCTIONS = ("all_match", "any_match", "none_match", "zip_with")
ALLOWED = frozenset(_DIRECT.split()) | frozenset(MACRO_FUNCTIONS) | frozenset(LAMBDA_FUNCTIONS)
# What the parser calls functions whose own spelling it does not keep.
PARSER_NAMES = {"arg_max": "max_by", "arg_min": "min_by", "group_concat": "listagg"}
