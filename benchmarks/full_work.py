"""The job's whole work as one DuckDB script: what this machine can do at best.

Its rows, quarantined records and counts must be those of the job; it shares no code with it.
Arguments: folder of the raw objects, folder for the results, arrival date, threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

# Lines are read as texts: DuckDB's JSON reader would lose what is broken. Each is parsed once.
_JUDGED = r"""
create temp table judged as
with records as (
    select line, filename, json_extract_string(try_cast(line as json), [
               '$', '$.event_id', '$.user_id', '$.session_id', '$.event_type', '$.product_id', '$.timestamp',
               '$.price', '$.quantity']) as f
    from read_csv($raw || '/*.gz', columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '',
                  header = false, auto_detect = false, compression = 'gzip', filename = true)
),
fields as (
    select line, filename, f[1] like '{%' as is_object, nullif(trim(f[2]), '') as event_id,
           nullif(trim(f[3]), '') as user_id, nullif(trim(f[4]), '') as session_id,
           nullif(trim(f[5]), '') as event_type, nullif(trim(f[6]), '') as product_id,
           case when f[7] like '%Z' or regexp_full_match(f[7], '.+T.+[+-]\d\d:\d\d')
                then try_cast(f[7] as timestamptz) at time zone 'UTC'
                when regexp_full_match(f[7], '\d{13}') then make_timestamp(f[7]::bigint * 1000) end as instant,
           try_cast(f[8] as decimal(12,2)) as price, try_cast(f[9] as int) as quantity,
           f[8] is not null and price is null as is_price_nulled,
           f[9] is not null and quantity is null as is_quantity_nulled
    from records
)
select case when event_id is null then md5(concat_ws(chr(31), user_id, coalesce(session_id, chr(0)), event_type,
                coalesce(product_id, chr(0)), epoch_us(instant), coalesce(price::varchar, chr(0)),
                coalesce(quantity::varchar, chr(0)))) else event_id end as event_id,
       user_id, session_id, event_type, product_id, instant, price, quantity, is_price_nulled, is_quantity_nulled,
       case when is_object is not true then 'malformed_json'
            when user_id is null then 'missing_user_id'
            when event_type is null then 'missing_event_type'
            when length(event_type) > 64 then 'invalid_event_type'
            when instant is null then 'invalid_timestamp'
            when instant > $day::date + interval 25 hour then 'timestamp_in_future'
            when instant < $day::date - 7 then 'too_late' end as reason,
       case when reason is not null then trim(line) end as raw,
       case when reason is not null then filename end as source_object
from fields
"""
_KEPT = """
create temp table kept as
select event_id, user_id, session_id, event_type, product_id, instant as timestamp, price, quantity,
       is_price_nulled, is_quantity_nulled, strftime(instant, '%Y') as year, strftime(instant, '%m') as month,
       strftime(instant, '%d') as day, $day as ingest_date
from judged
where reason is null
qualify row_number() over (partition by event_id order by instant, user_id, session_id, event_type) = 1
"""
_WRITE_EVENTS = """
copy (select * exclude (is_price_nulled, is_quantity_nulled) from kept
      order by year, month, day, event_type, user_id, timestamp)
to '{target}/events' (format parquet, compression zstd, partition_by (year, month, day, ingest_date))
"""
_WRITE_QUARANTINE = """
copy (select raw, reason, 'events/' || split_part(source_object, '/events/', -1) as source_object
      from judged where reason is not null)
to '{target}/quarantine.json.gz' (format json, compression gzip)
"""
_WRITE_LEDGER = """
copy (
    select *, rows_read - rows_written - rows_quarantined as rows_duplicate
    from (select (select count(*) from judged) as rows_read,
           (select count(*) from kept) as rows_written,
           (select count(reason) from judged) as rows_quarantined,
           (select count(*) from kept where timestamp < $day::date) as rows_late,
           (select map_from_entries(list((reason, n) order by reason))
            from (select reason, count(*) as n from judged where reason is not null group by 1))
               as rows_quarantined_by_reason,
           (select map_from_entries(list((event_date, n) order by event_date))
            from (select concat_ws('-', year, month, day) as event_date, count(*) as n from kept group by 1))
               as rows_written_by_event_date,
           (select map {{'price': count_if(is_price_nulled), 'quantity': count_if(is_quantity_nulled)}} from kept)
               as values_nulled_by_field)
) to '{target}/ledger.json' (format json)
"""


def main(raw: str, target: str, day: str, threads: str) -> None:
    """Do the work and leave events/, quarantine.json.gz and ledger.json in the target folder."""
    Path(target).mkdir(parents=True)
    with duckdb.connect(config={"threads": int(threads), "temp_directory": f"{target}/temporary"}) as database:
        database.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
        database.execute(_JUDGED, {"raw": raw, "day": day})
        database.execute(_KEPT, {"day": day})
        database.execute(_WRITE_EVENTS.format(target=target))
        database.execute(_WRITE_QUARANTINE.format(target=target))
        database.execute(_WRITE_LEDGER.format(target=target), {"day": day})


if __name__ == "__main__":
    main(*sys.argv[1:])
