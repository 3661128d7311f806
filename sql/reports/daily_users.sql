-- One row per report date, always: how many users were active, and how many of them were new or came back.
-- Active: at least one event of any type on the report date. New: active, and no event on the 28 event dates before.
-- Returning: active and not new. So active = new + returning; who was away for 29 days or more counts as new again.
-- new_user_share: new / active users; null on a day without events.
with users as (
    select
        user_id,
        max(case when {{ event_date_partition }} then 1 else 0 end) as is_active,
        max(case when {{ event_date_partition }} then 0 else 1 end) as was_active
    from events
    where {{ event_date_range(28) }}
    group by user_id
),

totals as (
    select
        count(case when is_active = 1 then 1 end) as active_user_count,
        count(case when is_active = 1 and was_active = 0 then 1 end) as new_user_count,
        count(case when is_active = 1 and was_active = 1 then 1 end) as returning_user_count
    from users
)

select
    active_user_count,
    new_user_count,
    returning_user_count,
    cast(new_user_count as double) / nullif(active_user_count, 0) as new_user_share
from totals
