"""Health check: `health.py status HOST` when local_aws answers, `health.py provisioned HOST` when all is there."""

from __future__ import annotations

import json
import sys
import urllib.request

TIMEOUT_S = 8


def main(wanted: str, host: str) -> int:
    """0 when what is wanted is true of the local_aws on that host."""
    with urllib.request.urlopen(f"http://{host}:4566/_local_aws/health", timeout=TIMEOUT_S) as answer:
        value = json.load(answer)[wanted]
    print(f"{wanted}: {value}")
    return 0 if value else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
