-- Queries to start from, one statement after another. Each runs as it is on any data; narrow the predicates on
-- year, month and day to the dates you want: they decide how much Athena reads and what it costs.

-- Count by type: events, users and share of each event type.
select
    event_type,
    count(*) as event_count,
    count(distinct user_id) as user_count,
    round(100 * (cast(count(*) as double) / sum(count(*)) over ()), 2) as event_percent
from events
where year >= '2020'
group by event_type
order by event_count desc, event_type;

-- Count by type and day: one row per event date and event type.
select
    year || '-' || month || '-' || day as event_date,
    event_type,
    count(*) as event_count
from events
where year >= '2020'
group by year, month, day, event_type
order by event_date, event_count desc, event_type;

-- User behaviour: the twenty most active users, what they did and how long their activity spans.
select
    user_id,
    count(*) as event_count,
    count(distinct session_id) as session_count,
    count(distinct product_id) as product_count,
    count(case when event_type = 'purchase' then 1 end) as purchase_count,
    min("timestamp") as first_event_at,
    max("timestamp") as last_event_at,
    cast(date_diff('millisecond', min("timestamp"), max("timestamp")) as double) / 60000 as active_minutes
from events
where year >= '2020'
group by user_id
order by event_count desc, user_id
limit 20;

-- User behaviour: what users do next. One row per pair of event types that follow each other in a session.
with steps as (
    select
        event_type,
        lead(event_type) over (partition by user_id, session_id order by "timestamp", event_id) as next_event_type
    from events
    where year >= '2020'
        and session_id is not null
)

select
    event_type,
    next_event_type,
    count(*) as pair_count
from steps
where next_event_type is not null
group by event_type, next_event_type
order by pair_count desc, event_type, next_event_type
limit 20;

-- User behaviour: events by hour of the day (UTC) and the most users in it, from the materialised reports.
select
    hour,
    sum(event_count) as event_count,
    max(user_count) as most_users
from hourly_traffic
where report_date >= '2020-01-01'
group by hour
order by hour;

-- Business intelligence: revenue, orders and average order value by day, where price and quantity are known.
select
    year || '-' || month || '-' || day as event_date,
    count(*) as purchase_count,
    count(distinct user_id) as buyer_count,
    sum(price * quantity) as revenue,
    cast(sum(price * quantity) as double) / nullif(count(price * quantity), 0) as average_purchase
from events
where year >= '2020'
    and event_type = 'purchase'
group by year, month, day
order by event_date;

-- Business intelligence: users who put a product into the cart and did not buy it on the same day.
with carts as (
    select
        year || '-' || month || '-' || day as event_date,
        user_id,
        product_id,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as added,
        max(case when event_type = 'purchase' then 1 else 0 end) as bought
    from events
    where year >= '2020'
        and product_id is not null
    group by year, month, day, user_id, product_id
)

select
    event_date,
    count(*) as cart_count,
    count(case when bought = 0 then 1 end) as abandoned_count,
    cast(count(case when bought = 0 then 1 end) as double) / count(*) as abandoned_share
from carts
where added = 1
group by event_date
order by event_date;

-- Business intelligence: conversion of each product, from the materialised reports. Users count once a day.
select
    product_id,
    sum(viewer_count) as viewers_by_day,
    sum(buyer_count) as buyers_by_day,
    cast(sum(buyer_count) as double) / nullif(sum(viewer_count), 0) as buyers_per_viewer
from product_conversion
where report_date >= '2020-01-01'
group by product_id
order by buyers_by_day desc, product_id
limit 20;

-- Business intelligence: how the conversion from view to purchase develops, from the materialised reports.
select
    report_date,
    max(case when step = 'product_view' then user_count end) as viewers,
    max(case when step = 'purchase' then user_count end) as buyers,
    max(case when step = 'purchase' then overall_rate end) as conversion
from conversion_funnel
where report_date >= '2020-01-01'
group by report_date
order by report_date;

-- Data quality: what each arrival date read, wrote, dropped and quarantined.
select
    ingest_date,
    rows_read,
    rows_written,
    rows_duplicate,
    rows_quarantined,
    rows_late,
    duration_s
from run_ledger
where ingest_date >= '2020-01-01'
order by ingest_date;
