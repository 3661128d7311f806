"""Glue jobs: their definitions, and runs in PySpark processes."""
