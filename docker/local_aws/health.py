"""Health check: local_aws answers, and the pipeline's resources are there."""

from __future__ import annotations

import json
import sys
import urllib.request

HEALTH_URL = "http://127.0.0.1:4566/_local_aws/health"
TIMEOUT_S = 8


def main() -> int:
    """0 when everything is provisioned."""
    with urllib.request.urlopen(HEALTH_URL, timeout=TIMEOUT_S) as answer:
        provisioned = json.load(answer)["provisioned"]
    print("provisioned" if provisioned else "not provisioned yet")
    return 0 if provisioned else 1


if __name__ == "__main__":
    sys.exit(main())
