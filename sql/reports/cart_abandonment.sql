-- One row per report date, always: how many carts were left behind, where, and what was in them.
-- A cart is a session with at least one add_to_cart; a session is what a user does with pauses of at most 30 minutes,
-- cut at midnight UTC, see sql/shared. A cart that was emptied again is still a cart.
-- checkout_count, purchase_count: carts whose session has a checkout, or a purchase, in any order. abandoned_count:
-- carts without purchase; abandoned_before_checkout_count: those of them without checkout either.
-- abandonment_rate: abandoned / all carts; null when there is no cart.
-- abandoned_value: of abandoned carts, price * quantity of what was put in (add_to_cart) less what was taken out
-- (remove_from_cart), by product and never below 0 for one. No quantity is 1; events without a price count nothing.
with session_events as (
{% include 'shared/session_events.sql' %}
),

cart_products as (
    select
        user_id,
        session_number,
        product_id,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as added,
        max(case when event_type = 'checkout' then 1 else 0 end) as checked_out,
        max(case when event_type = 'purchase' then 1 else 0 end) as bought,
        sum(
            case event_type
                when 'add_to_cart' then price * coalesce(quantity, 1)
                when 'remove_from_cart' then - price * coalesce(quantity, 1)
            end
        ) as value_left
    from session_events
    where event_type in ('add_to_cart', 'remove_from_cart', 'checkout', 'purchase')
    group by user_id, session_number, product_id
),

carts as (
    select
        user_id,
        session_number,
        max(checked_out) as checked_out,
        max(bought) as bought,
        sum(case when value_left > 0 then value_left end) as value_left
    from cart_products
    group by user_id, session_number
    having max(added) = 1
),

totals as (
    select
        count(*) as cart_count,
        count(case when checked_out = 1 then 1 end) as checkout_count,
        count(case when bought = 1 then 1 end) as purchase_count,
        count(case when bought = 0 then 1 end) as abandoned_count,
        count(case when bought = 0 and checked_out = 0 then 1 end) as abandoned_before_checkout_count,
        sum(case when bought = 0 then value_left end) as abandoned_value
    from carts
)

select
    cart_count,
    checkout_count,
    purchase_count,
    abandoned_count,
    abandoned_before_checkout_count,
    cast(abandoned_count as double) / nullif(cart_count, 0) as abandonment_rate,
    coalesce(cast(abandoned_value as decimal(18, 2)), cast(0 as decimal(18, 2))) as abandoned_value
from totals
