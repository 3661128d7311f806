-- One row per report date, always: how many visits there were, how long they were and what came of them.
-- A session is what a user does with pauses of at most 30 minutes, cut at midnight UTC; see sql/shared. One user over
-- midnight therefore has a session on either day. user_count: users with a session, which is every user of the day.
-- bounce_count: sessions of one event. converted_session_count: sessions with a purchase.
-- A session's length is the time from its first to its last event, 0 for one event. longest_length_s: whole seconds,
-- rounded down. Rates, averages and the longest length are null on a day without events.
with session_events as (
{% include 'shared/session_events.sql' %}
),

sessions as (
    select
        user_id,
        session_number,
        count(*) as event_count,
        date_diff('millisecond', min(event_at), max(event_at)) as length_ms,
        max(case when event_type = 'purchase' then 1 else 0 end) as is_converted
    from session_events
    group by user_id, session_number
),

totals as (
    select
        count(*) as session_count,
        count(distinct user_id) as user_count,
        sum(event_count) as event_count,
        count(case when event_count = 1 then 1 end) as bounce_count,
        count(case when is_converted = 1 then 1 end) as converted_session_count,
        sum(length_ms) as length_ms,
        max(length_ms) as longest_length_ms
    from sessions
)

select
    session_count,
    user_count,
    cast(coalesce(event_count, 0) as bigint) as event_count,
    bounce_count,
    converted_session_count,
    cast(bounce_count as double) / nullif(session_count, 0) as bounce_rate,
    cast(converted_session_count as double) / nullif(session_count, 0) as conversion_rate,
    cast(length_ms as double) / 1000 / nullif(session_count, 0) as average_length_s,
    cast(floor(cast(longest_length_ms as double) / 1000) as bigint) as longest_length_s,
    cast(event_count as double) / nullif(session_count, 0) as average_event_count
from totals
