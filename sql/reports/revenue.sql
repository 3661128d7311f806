-- One row per report date, always: orders, items and what they brought in.
-- An order is one purchase event: events carry no order id. item_count: the quantities of all orders; an order without
-- a quantity is one item. revenue: price * quantity of the orders with a known price (priced_order_count); an order
-- without a price counts as an order and brings in nothing. buyer_count: different users with an order.
-- average_order_value: revenue / priced orders; null when there is none. revenue is 0 then.
with orders as (
    select
        user_id,
        price,
        coalesce(quantity, 1) as item_count
    from events
    where {{ event_date_partition }}
        and event_type = 'purchase'
),

totals as (
    select
        count(*) as order_count,
        count(price) as priced_order_count,
        count(distinct user_id) as buyer_count,
        sum(item_count) as item_count,
        sum(price * item_count) as revenue
    from orders
)

select
    order_count,
    priced_order_count,
    buyer_count,
    cast(coalesce(item_count, 0) as bigint) as item_count,
    coalesce(cast(revenue as decimal(18, 2)), cast(0 as decimal(18, 2))) as revenue,
    cast(revenue as double) / nullif(priced_order_count, 0) as average_order_value
from totals
