"""The job's results, computed again by DuckDB from the raw objects: no code is shared with the job."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.glue_scripts.support import INGEST_DATE, line

_RECORDS = """
create table records as
select line, case when json_valid(line) then json_type(line) = 'OBJECT' else false end as is_object
from read_csv($files, columns = {'line': 'VARCHAR'}, delim = '\\x01', quote = '', escape = '', header = false,
              auto_detect = false, compression = 'gzip')
"""
_JUDGED = """
create table judged as
with fields as (
    select is_object,
           nullif(trim(j ->> '$.event_id'), '') as event_id, nullif(trim(j ->> '$.user_id'), '') as user_id,
           nullif(trim(j ->> '$.event_type'), '') as event_type, j ->> '$.product_id' as product_id,
           j ->> '$.session_id' as session_id, j ->> '$.timestamp' as stamp,
           try_cast(j ->> '$.price' as decimal(12,2)) as price, try_cast(j ->> '$.quantity' as int) as quantity,
           (j ->> '$.price') is not null and price is null as price_is_wrong,
           (j ->> '$.quantity') is not null and quantity is null as quantity_is_wrong,
           case when regexp_full_match(stamp, '\\d{13}') then make_timestamp(stamp::bigint * 1000)
                when regexp_full_match(stamp, '[^+Z]+(Z|[+-]\\d\\d:\\d\\d)')
                then try_cast(stamp as timestamptz) at time zone 'UTC' end as instant
    from (select *, case when is_object then line::json end as j from records)
)
select *, instant::date as event_date,
       case when not is_object then 'malformed_json'
            when user_id is null then 'missing_user_id'
            when event_type is null then 'missing_event_type'
            when length(event_type) > 64 then 'invalid_event_type'
            when instant is null then 'invalid_timestamp'
            when instant > $day::date + interval 25 hour then 'timestamp_in_future'
            when instant::date < $day::date - 7 then 'too_late' end as reason,
       coalesce(event_id, md5(array_to_string(list_transform(
           [user_id, session_id, event_type, product_id, epoch_us(instant)::varchar, price::varchar, quantity::varchar],
           x -> coalesce(x, chr(0))), chr(31)))) as identity
from fields
"""
_KEPT = """
create table kept as
select distinct on (identity) * from judged where reason is null
order by identity, instant, user_id nulls first, session_id nulls first, event_type nulls first,
         product_id nulls first, price nulls first, quantity nulls first
"""


def generated_lines(count: int, seed: int) -> list[str]:
    """A day of events with 5 % malformed, 3 % duplicate and 3 % late ones, and some of every other kind of fault."""
    rng = random.Random(seed)
    lines: list[str] = []
    for number in range(count):
        if lines and rng.random() < 0.03:
            lines.append(rng.choice(lines[-200:]))
            continue
        text = _line(rng, number)
        lines.append(text[: rng.randrange(1, len(text))] if rng.random() < 0.05 else text)
    return lines


def _line(rng: random.Random, number: int) -> str:
    at = datetime.combine(INGEST_DATE, datetime.min.time(), UTC) + timedelta(milliseconds=rng.randrange(86_400_000))
    at -= timedelta(days=rng.randrange(1, 10) if rng.random() < 0.03 else 0)
    stamps: list[Any] = [at.isoformat(), at.strftime("%Y-%m-%dT%H:%M:%SZ"), round(at.timestamp() * 1000)]
    fields: dict[str, Any] = {
        "event_id": f"e{number}" if rng.random() < 0.9 else ...,
        "user_id": f"u{rng.randrange(500)}",
        "session_id": rng.choice((f"s{rng.randrange(900)}", ...)),
        "event_type": rng.choice(("page_view", "search", "product_view", "add_to_cart", "neu_für_uns")),
        "product_id": rng.choice((f"p{rng.randrange(99)}", None, ...)),
        "timestamp": rng.choice(stamps),
        "price": rng.choice((round(rng.random() * 90, 2), ..., None)),
        "quantity": rng.choice((rng.randrange(1, 9), ...)),
    }
    faults: dict[str, tuple[Any, ...]] = {
        "user_id": (..., None, " "),
        "event_type": (None, "", "x" * 65),
        "timestamp": ("yesterday", ..., at.strftime("%Y-%m-%d %H:%M:%S"), "2027-01-01T00:00:00Z"),
        "price": ("free", 1e12),
        "quantity": ("many", 2**40),
    }
    if rng.random() < 0.05:
        field = rng.choice(list(faults))
        fields[field] = rng.choice(faults[field])
    return line(**fields)


class Independent:
    """DuckDB's own results for the raw objects of one arrival date."""

    def __init__(self, folder: Path, day: date) -> None:
        self._day = day
        self._database = duckdb.connect()
        self._database.execute("set timezone = 'UTC'")
        self._database.execute(_RECORDS, {"files": str(folder / "*.gz")})
        self._database.execute(_JUDGED, {"day": day.isoformat()})
        self._database.execute(_KEPT)

    def counts(self) -> dict[str, Any]:
        """The ledger's counts, those of zero left out of the maps."""
        read, quarantined, written, late, prices, quantities = self._rows(
            """select (select count(*) from judged), (select count(reason) from judged), count(*),
                      count_if(event_date < $day::date), count_if(price_is_wrong), count_if(quantity_is_wrong)
               from kept""",
            day=self._day.isoformat(),
        )[0]
        return {
            "rows_read": read,
            "rows_written": written,
            "rows_duplicate": read - quarantined - written,
            "rows_quarantined": quarantined,
            "rows_late": late,
            "rows_quarantined_by_reason": dict(
                self._rows("select reason, count(*) from judged where reason is not null group by 1")
            ),
            "rows_written_by_event_date": dict(
                self._rows("select event_date::varchar, count(*) from kept group by 1 order by 1")
            ),
            "values_nulled_by_field": {"price": prices, "quantity": quantities},
        }

    def events(self) -> list[tuple[Any, ...]]:
        """The rows that the job must have written, in the form of ``Zone.events``."""
        rows = self._rows(
            """select identity, user_id, session_id, event_type, product_id, epoch_us(instant), price, quantity,
                      event_date::varchar, $day from kept""",
            day=self._day.isoformat(),
        )
        return sorted(rows, key=repr)

    def _rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(sql, parameters).fetchall()
