-- One row per event_type of the report date: how many events and how many different users.
-- An event belongs to the UTC day of its own timestamp, whenever it arrived. Types that no list knows count too.
select
    event_type,
    count(*) as event_count,
    count(distinct user_id) as user_count
from events
where {{ event_date_partition }}
group by event_type
