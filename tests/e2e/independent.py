"""The pipeline's numbers, computed again by DuckDB from the raw objects alone: no code is shared with the Glue job."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

CLASSIFIED = """
create table records as
select line, filename,
       regexp_extract(filename, 'year=(\\d+)/month=(\\d+)/day=(\\d+)', ['y', 'm', 'd']) as folder,
       make_date(folder['y']::int, folder['m']::int, folder['d']::int) as arrival_date,
       case when json_valid(line) then json_type(line) = 'OBJECT' else false end as is_object
from read_csv($files, columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false,
              auto_detect = false, filename = true, compression = 'gzip', max_line_size = 4000000);

create table fields as
select *,
       case when is_object then line ->> '$.user_id' end as user_id,
       case when is_object then line ->> '$.event_type' end as event_type,
       case when is_object then line ->> '$.product_id' end as product_id,
       case when is_object then line ->> '$.session_id' end as session_id,
       case when is_object then line ->> '$.event_id' end as event_id,
       case when is_object then line ->> '$.timestamp' end as stamp,
       case when is_object then line ->> '$.price' end as price,
       case when is_object then line ->> '$.quantity' end as quantity,
       case when regexp_full_match(stamp, '\\d{12,14}') then to_timestamp(stamp::bigint / 1000.0)
            when regexp_full_match(stamp, '\\d{4}-\\d\\d-\\d\\d[T ][0-9:.]+(Z|[+-]\\d\\d:?\\d\\d)')
            then try_cast(stamp as timestamptz) end as event_at
from records;

create table classified as
select *,
       case when not is_object then 'malformed_json'
            when coalesce(trim(user_id), '') = '' then 'missing_user_id'
            when coalesce(trim(event_type), '') = '' then 'missing_event_type'
            when length(event_type) > 64 then 'invalid_event_type'
            when event_at is null then 'invalid_timestamp'
            when event_at > (arrival_date + 1)::timestamp at time zone 'UTC' + interval 60 minute
            then 'timestamp_in_future'
            when (event_at at time zone 'UTC')::date < arrival_date - 7 then 'too_late' end as reason,
       (event_at at time zone 'UTC')::date as event_date,
       coalesce(event_id, md5(concat_ws('|', user_id, event_type, product_id, session_id, event_at::varchar,
                                        price, quantity))) as identity
from fields;

create table kept as
select distinct on (arrival_date, identity) * from classified where reason is null;
"""


class Independent:
    """DuckDB's own count over the raw bucket's folder of one local_aws."""

    def __init__(self, raw_bucket: Path) -> None:
        self.database = duckdb.connect()
        self.database.execute("set timezone = 'UTC'")
        files = str(raw_bucket / "events" / "**" / "*.gz")
        for statement in CLASSIFIED.split(";\n"):
            parameters = {"files": files} if "$files" in statement else {}
            self.database.execute(statement, parameters)

    def rows(self, sql: str, **parameters: object) -> list[tuple]:
        return self.database.execute(sql, parameters).fetchall()

    def ledger(self, arrival_date: date) -> dict[str, object]:
        """The counts that the ledger of that arrival date must hold."""
        read, quarantined, written, late = self.rows(
            """select (select count(*) from classified where arrival_date = $d),
                      (select count(*) from classified where arrival_date = $d and reason is not null),
                      (select count(*) from kept where arrival_date = $d),
                      (select count(*) from kept where arrival_date = $d and event_date < $d)""",
            d=arrival_date,
        )[0]
        reasons = self.rows(
            "select reason, count(*) from classified where arrival_date = $d and reason is not null group by 1",
            d=arrival_date,
        )
        dates = self.rows("select event_date, count(*) from kept where arrival_date = $d group by 1", d=arrival_date)
        return {
            "rows_read": read,
            "rows_written": written,
            "rows_duplicate": read - quarantined - written,
            "rows_quarantined": quarantined,
            "rows_late": late,
            "rows_quarantined_by_reason": dict(reasons),
            "rows_written_by_event_date": {day.isoformat(): count for day, count in dates},
        }

    def event_counts(self, event_date: date) -> list[tuple]:
        return self.rows(
            """select event_type, count(*), count(distinct user_id) from kept where event_date = $d
               group by 1 order by 2 desc, 1""",
            d=event_date,
        )

    def funnel_users(self, event_date: date) -> list[int]:
        """Users that viewed; that viewed and added to the cart; that did both and bought."""
        viewed, carted, bought = (
            {
                row[0]
                for row in self.rows(
                    "select distinct user_id from kept where event_date = $d and event_type = $t", d=event_date, t=step
                )
            }
            for step in ("product_view", "add_to_cart", "purchase")
        )
        return [len(viewed), len(viewed & carted), len(viewed & carted & bought)]

    def top_products(self, event_date: date) -> list[tuple]:
        return self.rows(
            """select product_id, count(*) filter (event_type = 'product_view') as views,
                      count(*) filter (event_type = 'add_to_cart') as carts,
                      count(*) filter (event_type = 'purchase') as purchases
               from kept where event_date = $d and product_id is not null
               group by 1 order by purchases desc, views desc, carts desc, product_id limit 10""",
            d=event_date,
        )
