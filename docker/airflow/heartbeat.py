"""Health check of an Airflow component without a port of its own: what the API server says of its heartbeat.

Standard library only, so that it costs a twentieth of a second: ``airflow jobs check`` takes seconds of CPU.
"""

from __future__ import annotations

import json
import sys
import urllib.request

HEALTH_URL = "http://airflow-api-server:8080/api/v2/monitor/health"
TIMEOUT_S = 8


def main(component: str) -> int:
    """0 when the component (``scheduler``, ``triggerer``, ``dag_processor``) has a fresh heartbeat."""
    with urllib.request.urlopen(HEALTH_URL, timeout=TIMEOUT_S) as answer:
        status = json.load(answer)[component]["status"]
    print(f"{component}: {status}")
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
