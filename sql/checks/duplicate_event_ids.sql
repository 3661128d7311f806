-- One row per event_id that one arrival date wrote more than once. A sound table gives no row.
-- Reads every partition; add a predicate on ingest_date to check one arrival date.
select
    ingest_date,
    event_id,
    count(*) as event_count
from events
group by ingest_date, event_id
having count(*) > 1
