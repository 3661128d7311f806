"""Measures what the Glue job costs, next to a plain tutorial job and to the same work in DuckDB: `make bench`."""
