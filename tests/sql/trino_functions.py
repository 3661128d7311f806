"""The functions that statements may call: what Athena engine version 3 documents, less what DuckDB computes otherwise.

Athena's page "Functions in Amazon Athena" (docs.aws.amazon.com/athena/latest/ug/functions-env3.html) says of engine
version 3 that its functions are Trino's and names Trino's pages one by one; the pages below are those. A function that
Trino has added since Athena took it over is not listed.
"""

from __future__ import annotations

PAGES = "trino.io/docs/current/functions/"
DOCUMENTED = {
    "aggregate": """
        any_value approx_distinct approx_most_frequent approx_percentile arbitrary array_agg avg bool_and bool_or
        checksum corr count count_if covar_pop covar_samp every geometric_mean histogram kurtosis listagg map_agg
        map_union max max_by min min_by multimap_agg numeric_histogram regr_intercept regr_slope skewness stddev
        stddev_pop stddev_samp sum var_pop var_samp variance""",
    "array": """
        all_match any_match array_distinct array_except array_intersect array_join array_max array_min array_position
        array_remove array_sort array_union arrays_overlap cardinality contains element_at filter flatten none_match
        reduce repeat sequence slice transform zip zip_with""",
    "comparison": "greatest least",
    "conditional": "coalesce if nullif try",
    "conversion": "cast format try_cast typeof",
    "datetime": """
        date date_add date_diff date_format date_parse date_trunc day day_of_month day_of_week day_of_year dow doy
        extract format_datetime from_iso8601_date from_iso8601_timestamp from_unixtime hour last_day_of_month
        millisecond minute month now quarter second to_iso8601 to_unixtime week week_of_year year year_of_week yow""",
    "json": """
        json_array_contains json_array_get json_array_length json_extract json_extract_scalar json_format json_parse
        json_size""",
    "map": "map map_concat map_entries map_filter map_from_entries map_keys map_values transform_keys transform_values",
    "math": """
        abs cbrt ceil ceiling degrees e exp floor from_base is_finite is_infinite is_nan ln log log10 log2 mod pi pow
        power radians rand random round sign sqrt to_base truncate width_bucket""",
    "regexp": """
        regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace regexp_split""",
    "string": """
        chr codepoint concat concat_ws ends_with length levenshtein_distance lower lpad ltrim position replace reverse
        rpad rtrim split split_part starts_with strpos substr substring to_utf8 translate trim upper""",
    "window": """
        cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number""",
}
# Documented, but not to be called: function -> what the engines do not agree on, or do not promise.
DISAGREED = {
    **dict.fromkeys(
        ("approx_distinct", "approx_most_frequent", "approx_percentile", "numeric_histogram"),
        "estimates: each engine, and each run, has its own",
    ),
    **dict.fromkeys(
        ("any_value", "arbitrary", "array_agg", "listagg", "max_by", "min_by", "map_agg", "multimap_agg", "checksum"),
        "the result depends on the order of the rows",
    ),
    "avg": "of a decimal it is a decimal in Trino and a double in DuckDB: divide a sum by a count",
    **dict.fromkeys(("stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance"), "sums of doubles"),
    **dict.fromkeys(("regexp_count", "regexp_extract", "regexp_extract_all"), "Java's syntax and RE2's differ"),
    **dict.fromkeys(("regexp_like", "regexp_position", "regexp_replace", "regexp_split"), "Java's and RE2's differ"),
    "element_at": "of an array beyond its end, and of a map, DuckDB gives something else",
    **dict.fromkeys(("greatest", "least"), "null if any argument is in Trino, DuckDB leaves nulls out"),
    **dict.fromkeys(("concat", "concat_ws"), "null if any argument is in Trino, DuckDB leaves nulls out: write ||"),
    "split_part": "null beyond the last part in Trino, empty in DuckDB",
    "date_add": "of a date it is a date in Trino and a timestamp in DuckDB",
    **dict.fromkeys(("day_of_week", "dow"), "Sunday is 7 in Trino and 0 in DuckDB"),
    **dict.fromkeys(("date_parse", "format_datetime", "format", "typeof"), "patterns and names of their own"),
    "from_unixtime": "a timestamp with time zone in Trino",
    **dict.fromkeys(("now", "rand", "random"), "another result at every run"),
    "width_bucket": "not in DuckDB",
}
ALLOWED = {name for names in DOCUMENTED.values() for name in names.split()} - set(DISAGREED)
