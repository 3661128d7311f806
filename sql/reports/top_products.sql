-- One row per product of the report date, the ten most bought at most; product_rank 1 is the most bought.
-- Ties in purchases are broken by views, then by additions to the cart, then by product_id, so every rank is given
-- once. Events without a product_id are left out. user_count: different users with any event of the product.
with products as (
    select
        product_id,
        count(case when event_type = 'product_view' then 1 end) as view_count,
        count(case when event_type = 'add_to_cart' then 1 end) as add_to_cart_count,
        count(case when event_type = 'purchase' then 1 end) as purchase_count,
        count(distinct user_id) as user_count
    from events
    where {{ event_date_partition }}
        and product_id is not null
    group by product_id
),

ranked as (
    select
        row_number() over (
            order by purchase_count desc, view_count desc, add_to_cart_count desc, product_id asc
        ) as product_rank,
        product_id,
        view_count,
        add_to_cart_count,
        purchase_count,
        user_count
    from products
)

select
    cast(product_rank as integer) as product_rank,
    product_id,
    view_count,
    add_to_cart_count,
    purchase_count,
    user_count
from ranked
where product_rank <= 10
