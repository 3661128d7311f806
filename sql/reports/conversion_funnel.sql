-- One row per step (product_view, add_to_cart, purchase) of the report date: who reached it, and which share that is.
-- A user, or a session, reaches a step by at least one event of that step's type and of every step before it on the
-- report date, in any order; so the counts never rise from step to step. All three rows are always there.
-- A session is a user's events with one session_id; all of a user's events without one are one session.
-- step_rate: users of this step / users of the step before; the first step is measured by itself, which gives 1.
-- overall_rate: users of this step / users of the first step. Both are null when nobody reached the step they divide by.
with sessions as (
    select
        user_id,
        session_id,
        max(case when event_type = 'product_view' then 1 else 0 end) as viewed,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as added,
        max(case when event_type = 'purchase' then 1 else 0 end) as bought
    from events
    where {{ event_date_partition }}
        and event_type in ('product_view', 'add_to_cart', 'purchase')
    group by user_id, session_id
),

users as (
    select
        user_id,
        max(viewed) as viewed,
        max(added) as added,
        max(bought) as bought
    from sessions
    group by user_id
),

user_totals as (
    select
        count(case when viewed = 1 then 1 end) as step_1,
        count(case when viewed = 1 and added = 1 then 1 end) as step_2,
        count(case when viewed = 1 and added = 1 and bought = 1 then 1 end) as step_3
    from users
),

session_totals as (
    select
        count(case when viewed = 1 then 1 end) as step_1,
        count(case when viewed = 1 and added = 1 then 1 end) as step_2,
        count(case when viewed = 1 and added = 1 and bought = 1 then 1 end) as step_3
    from sessions
),

steps as (
    select 1 as step_number, 'product_view' as step, u.step_1 as user_count, s.step_1 as session_count
    from user_totals as u cross join session_totals as s
    union all
    select 2, 'add_to_cart', u.step_2, s.step_2
    from user_totals as u cross join session_totals as s
    union all
    select 3, 'purchase', u.step_3, s.step_3
    from user_totals as u cross join session_totals as s
)

select
    cast(step_number as integer) as step_number,
    cast(step as varchar) as step,
    user_count,
    session_count,
    cast(user_count as double) / nullif(lag(user_count, 1, user_count) over (order by step_number), 0) as step_rate,
    cast(user_count as double) / nullif(first_value(user_count) over (order by step_number), 0) as overall_rate
from steps
