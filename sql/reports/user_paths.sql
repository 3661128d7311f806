-- One row per event type and the event type that follows it in the same session, the 50 most frequent pairs at most.
-- A session is what a user does with pauses of at most 30 minutes, cut at midnight UTC, see sql/shared; its events
-- follow each other by timestamp (to the millisecond), then event type: event_id would make ties no less arbitrary, and
-- reading it would triple the cost. The last event of a session is followed by nothing and starts no pair. path_rank 1 is the most frequent pair; ties are broken by event_type, then
-- next_event_type, so every rank is given once. user_count: different users with that pair.
-- share: of all pairs that start with event_type, those beyond the 50 included.
with session_events as (
{% include 'shared/session_events.sql' %}
),

steps as (
    select
        user_id,
        event_type,
        lead(event_type) over (
            partition by user_id, session_number order by event_at asc, event_type asc
        ) as next_event_type
    from session_events
),

pairs as (
    select
        event_type,
        next_event_type,
        count(*) as transition_count,
        count(distinct user_id) as user_count
    from steps
    where next_event_type is not null
    group by event_type, next_event_type
),

ranked as (
    select
        row_number() over (order by transition_count desc, event_type asc, next_event_type asc) as path_rank,
        event_type,
        next_event_type,
        transition_count,
        user_count,
        cast(transition_count as double) / sum(transition_count) over (partition by event_type) as share
    from pairs
)

select
    cast(path_rank as integer) as path_rank,
    event_type,
    next_event_type,
    transition_count,
    user_count,
    share
from ranked
where path_rank <= 50
