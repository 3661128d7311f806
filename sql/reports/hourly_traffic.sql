-- One row per hour of the report date (UTC, 0 to 23), all 24 always; an hour without events has zeros.
-- event_count: events of all types. user_count: different users with any event in the hour, so the hours do not add up
-- to the day's users. product_view_count and purchase_count: events of that type.
-- An event counts in the hour of its timestamp, rounded to the millisecond as Athena reads it; what that rounds up to
-- the next midnight stays in hour 23.
with hourly as (
    select
        case when cast(event_at as date) > date '{{ report_date }}' then 23 else hour(event_at) end as event_hour,
        user_id,
        event_type
    from (
        select
            cast("timestamp" as timestamp(3)) as event_at,
            user_id,
            event_type
        from events
        where {{ event_date_partition }}
    ) as day_events
),

totals as (
    select
        event_hour,
        count(*) as event_count,
        count(distinct user_id) as user_count,
        count(case when event_type = 'product_view' then 1 end) as product_view_count,
        count(case when event_type = 'purchase' then 1 end) as purchase_count
    from hourly
    group by event_hour
)

select
    cast(h.hour_of_day as integer) as hour,
    coalesce(t.event_count, 0) as event_count,
    coalesce(t.user_count, 0) as user_count,
    coalesce(t.product_view_count, 0) as product_view_count,
    coalesce(t.purchase_count, 0) as purchase_count
from unnest(sequence(0, 23)) as h (hour_of_day)
left join totals as t on t.event_hour = h.hour_of_day
