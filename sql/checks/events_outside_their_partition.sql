-- One row per event whose partition is not the UTC day of its timestamp. A sound table gives no row.
-- Reads every partition; add a predicate on year, month and day to check one date.
select
    event_id,
    "timestamp",
    year,
    month,
    day,
    ingest_date
from events
where date_format("timestamp", '%Y-%m-%d') <> year || '-' || month || '-' || day
