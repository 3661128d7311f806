    -- One row per event of the report date, with the number of its user's session; reports include it as a CTE.
    -- A session is what a user does with pauses of at most 30 minutes: a pause of exactly 30 minutes stays in it, one
    -- millisecond more starts the next. It is cut at midnight UTC, so that a day's report never changes when the next
    -- day arrives. The event's own session_id is not used: clients leave it out, share it and renew it as they like.
    -- event_at: to the millisecond, rounded, which is what Athena reads of a timestamp column; it decides pauses.
    -- Events of the same millisecond have no pause, in whatever order they stand: the frame is a range, not rows.
    select
        user_id,
        event_type,
        product_id,
        price,
        quantity,
        event_at,
        sum(case when date_diff('millisecond', previous_event_at, event_at) > 1800000 then 1 else 0 end) over (
            partition by user_id order by event_at asc range between unbounded preceding and current row
        ) as session_number
    from (
        select
            user_id,
            event_type,
            product_id,
            price,
            quantity,
            cast("timestamp" as timestamp(3)) as event_at,
            lag(cast("timestamp" as timestamp(3))) over (
                partition by user_id order by cast("timestamp" as timestamp(3)) asc
            ) as previous_event_at
        from events
        where {{ event_date_partition }}
    ) as events_in_order
