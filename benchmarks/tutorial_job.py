"""The plain job of the tutorials, for comparison: inferred schema, four fields, partition columns, append.

No dedupe, no quarantine, no counts; what has no readable timestamp goes to Hive's default partition.
"""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

source, target = sys.argv[1:]
spark = SparkSession.builder.appName("tutorial").getOrCreate()
events = spark.read.json(source).select(
    "user_id", "event_type", "product_id", F.to_timestamp("timestamp").alias("timestamp")
)
dated = events.select(
    "*", F.year("timestamp").alias("year"), F.month("timestamp").alias("month"), F.dayofmonth("timestamp").alias("day")
)
dated.write.mode("append").partitionBy("year", "month", "day").parquet(target)
spark.stop()
