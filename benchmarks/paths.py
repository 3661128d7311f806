"""Where the benchmarks keep their days, outputs and logs: below .local/, so that `make clean` removes them."""

from __future__ import annotations

from clickstream_dev.paths import REPOSITORY

BENCH = REPOSITORY / ".local" / "bench"
# One local_aws data folder with a bucket per day and per output: what is measured reads and writes s3:// addresses.
DATA_DIR = BENCH / "aws"
BUCKETS = DATA_DIR / "s3"
LOGS = BENCH / "logs"
RESULTS = REPOSITORY / "benchmarks" / "results.json"
