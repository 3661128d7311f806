-- One row per product that was viewed, put into a cart or bought on the report date: how many users went on with it.
-- Counts are different users with at least one event of that type (product_view, add_to_cart, purchase) and product;
-- neither the order of the events nor the session matters. Events without a product_id are left out.
-- A rate is of those who did the earlier step with the same product: view_to_cart_rate = viewers who also put it into
-- a cart / viewers, cart_to_purchase_rate = cart users who also bought it / cart users, view_to_purchase_rate = viewers
-- who also bought it / viewers. Null where nobody did the earlier step.
with product_users as (
    select
        product_id,
        user_id,
        max(case when event_type = 'product_view' then 1 else 0 end) as viewed,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as added,
        max(case when event_type = 'purchase' then 1 else 0 end) as bought
    from events
    where {{ event_date_partition }}
        and event_type in ('product_view', 'add_to_cart', 'purchase')
        and product_id is not null
    group by product_id, user_id
),

products as (
    select
        product_id,
        count(case when viewed = 1 then 1 end) as viewer_count,
        count(case when added = 1 then 1 end) as cart_user_count,
        count(case when bought = 1 then 1 end) as buyer_count,
        count(case when viewed = 1 and added = 1 then 1 end) as viewed_and_added,
        count(case when added = 1 and bought = 1 then 1 end) as added_and_bought,
        count(case when viewed = 1 and bought = 1 then 1 end) as viewed_and_bought
    from product_users
    group by product_id
)

select
    product_id,
    viewer_count,
    cart_user_count,
    buyer_count,
    cast(viewed_and_added as double) / nullif(viewer_count, 0) as view_to_cart_rate,
    cast(added_and_bought as double) / nullif(cart_user_count, 0) as cart_to_purchase_rate,
    cast(viewed_and_bought as double) / nullif(viewer_count, 0) as view_to_purchase_rate
from products
