"""What each report reads of its events: the columns, and which share of the bytes of its days they are."""

from __future__ import annotations

COLUMNS_READ = {
    "event_counts": ({"user_id", "event_type"}, 0.018),
    "hourly_traffic": ({"user_id", "event_type", "timestamp"}, 0.28),
    "daily_users": ({"user_id"}, 0.03),
    "sessions": ({"user_id", "event_type", "timestamp"}, 0.28),
    "conversion_funnel": ({"user_id", "event_type", "session_id"}, 0.15),
    "product_conversion": ({"user_id", "event_type", "product_id"}, 0.032),
    "top_products": ({"user_id", "event_type", "product_id"}, 0.032),
    "revenue": ({"user_id", "event_type", "price", "quantity"}, 0.033),
    "cart_abandonment": ({"user_id", "event_type", "product_id", "price", "quantity", "timestamp"}, 0.31),
    "user_retention": ({"user_id"}, 0.03),
    "user_paths": ({"user_id", "event_type", "timestamp"}, 0.28),
}
