-- One row per cohort week and week since then: which share of the cohort's users came back in that week.
-- Weeks start on Monday (UTC). The window runs from the Monday four weeks before the report date's week to the report
-- date, so the last week is not over unless the report date is a Sunday. A user's cohort is the week of the first event
-- within the window: who came earlier than that belongs to the first week seen in it.
-- week_number: 0 is the cohort's own week, where all of its users are active. Every cohort with users has a row for
-- each week that has begun, also when nobody came back; a week in which nobody appeared first has no rows.
with activity as (
    select
        user_id,
        date_diff(
            'day',
            date '{{ date_before(days_since_monday + 28) }}',
            cast(year || '-' || month || '-' || day as date)
        ) as day_number
    from events
    where {{ event_date_range(days_since_monday + 28) }}
),

users as (
    select
        user_id,
        max(case when day_number between 0 and 6 then 1 else 0 end) as week_0,
        max(case when day_number between 7 and 13 then 1 else 0 end) as week_1,
        max(case when day_number between 14 and 20 then 1 else 0 end) as week_2,
        max(case when day_number between 21 and 27 then 1 else 0 end) as week_3,
        max(case when day_number between 28 and 34 then 1 else 0 end) as week_4
    from activity
    group by user_id
),

cohorts as (
    select
        case when week_0 = 1 then 0 when week_1 = 1 then 1 when week_2 = 1 then 2 when week_3 = 1 then 3 else 4 end
            as first_week,
        count(*) as user_count,
        sum(week_0) as week_0,
        sum(week_1) as week_1,
        sum(week_2) as week_2,
        sum(week_3) as week_3,
        sum(week_4) as week_4
    from users
    group by 1
),

weeks as (
    select
        w.cohort_week,
        n.week_number,
        c.user_count,
        case c.first_week + n.week_number
            when 0 then c.week_0
            when 1 then c.week_1
            when 2 then c.week_2
            when 3 then c.week_3
            else c.week_4
        end as active_user_count
    from cohorts as c
    inner join (
        values
        (0, '{{ date_before(days_since_monday + 28) }}'),
        (1, '{{ date_before(days_since_monday + 21) }}'),
        (2, '{{ date_before(days_since_monday + 14) }}'),
        (3, '{{ date_before(days_since_monday + 7) }}'),
        (4, '{{ date_before(days_since_monday) }}')
    ) as w (first_week, cohort_week) on w.first_week = c.first_week
    cross join unnest(sequence(0, 4)) as n (week_number)
    where c.first_week + n.week_number <= 4
)

select
    cast(cohort_week as varchar) as cohort_week,
    cast(week_number as integer) as week_number,
    user_count as cohort_user_count,
    cast(active_user_count as bigint) as active_user_count,
    cast(active_user_count as double) / user_count as retention_rate
from weeks
