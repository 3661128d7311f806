"""Does a little of everything that Glue jobs do, so that Java loads the classes that they need.

Argument: an empty folder. See class_archive.py.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

LINES = 200


def main(folder: str) -> None:
    """Read JSON texts, judge, deduplicate, count and write them as Parquet and JSON, then read them with SQL."""
    from pyspark.sql import Observation, SparkSession, Window
    from pyspark.sql import functions as F  # noqa: N812

    source = Path(folder, "raw")
    source.mkdir()
    for name in ("a.gz", "b.gz"):
        (source / name).write_bytes(gzip.compress("\n".join(_line(number) for number in range(LINES)).encode()))
    spark = SparkSession.builder.appName("training").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    texts = spark.read.text(str(source))
    fields = texts.select(
        "value",
        F.input_file_name().alias("source"),
        F.json_tuple("value", "id", "kind", "at", "price").alias("id", "kind", "at", "price"),
        F.from_json("value", "id string, price double").alias("parsed"),
    ).where(F.col("value").rlike("^[{]") & F.col("parsed").isNotNull())
    typed = fields.select(
        F.coalesce("id", F.md5("value"), F.xxhash64("value").cast("string")).alias("id"),
        "kind",
        F.to_timestamp("at").alias("at"),
        F.expr("try_cast(price as decimal(12,2))").alias("price"),
        F.regexp_replace("source", "^.*/", "").alias("source"),
        F.transform(F.split("kind", "_"), lambda part: F.upper(part)).alias("parts"),
    )
    ranked = typed.withColumn("n", F.row_number().over(Window.partitionBy("id").orderBy("at", "kind")))
    observation = Observation()
    observed = ranked.observe(
        observation, F.count(F.lit(1)).alias("rows"), F.count_if(F.col("n") > 1).alias("repeated")
    )
    kept = observed.where("n = 1").withColumn("day", F.date_format("at", "yyyy-MM-dd"))
    ordered = kept.sortWithinPartitions("day", "kind", "at")
    rows = str(Path(folder, "rows"))
    ordered.write.partitionBy("day").option("compression", "zstd").parquet(rows)
    assert observation.get["rows"] > 0
    written = spark.read.parquet(rows)
    written.join(written.groupBy("id").agg(F.max("at").alias("last")), "id", "left_anti").count()
    written.drop("parts").write.option("compression", "gzip").json(str(Path(folder, "json")))
    spark.read.json(str(source)).groupBy("kind").count().orderBy("kind").collect()
    written.createOrReplaceTempView("rows")
    spark.sql("select kind, count(distinct id) as ids, sum(price) as price from rows group by kind").collect()
    spark.stop()


def _line(number: int) -> str:
    event = {"id": f"e{number % 50}", "kind": "page_view", "at": f"2026-01-15T00:00:{number % 60:02d}Z", "price": 1.5}
    return json.dumps(event) if number % 20 else "{broken"


if __name__ == "__main__":
    main(sys.argv[1])
