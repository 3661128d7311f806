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
        max(bought) as bought,
        count(case when viewed = 1 then 1 end) as session_count_1,
        count(case when viewed = 1 and added = 1 then 1 end) as session_count_2,
        count(case when viewed = 1 and added = 1 and bought = 1 then 1 end) as session_count_3
    from sessions
    group by user_id
),

totals as (
    select
        count(case when viewed = 1 then 1 end) as user_count_1,
        count(case when viewed = 1 and added = 1 then 1 end) as user_count_2,
        count(case when viewed = 1 and added = 1 and bought = 1 then 1 end) as user_count_3,
        sum(session_count_1) as session_count_1,
        sum(session_count_2) as session_count_2,
        sum(session_count_3) as session_count_3
    from users
),

steps as (
    select
        s.step_number,
        s.step,
        t.user_count_1 as first_user_count,
        case s.step_number when 3 then t.user_count_2 else t.user_count_1 end as previous_user_count,
        case s.step_number when 1 then t.user_count_1 when 2 then t.user_count_2 else t.user_count_3 end as user_count,
        case s.step_number
            when 1 then t.session_count_1
            when 2 then t.session_count_2
            else t.session_count_3
        end as session_count
    from totals as t
    cross join (values (1, 'product_view'), (2, 'add_to_cart'), (3, 'purchase')) as s (step_number, step)
)

select
    cast(step_number as integer) as step_number,
    cast(step as varchar) as step,
    user_count,
    cast(coalesce(session_count, 0) as bigint) as session_count,
    cast(user_count as double) / nullif(previous_user_count, 0) as step_rate,
    cast(user_count as double) / nullif(first_user_count, 0) as overall_rate
from steps
