"""Glue crawlers: their definitions, and crawls that read Parquet footers and write to the catalog."""
