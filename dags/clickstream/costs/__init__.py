"""What runs on AWS cost: the prices, and what a backfill would come to."""
