"""Starts the API server with the one user whose password AIRFLOW_ADMIN_PASSWORD holds.

Airflow's simple auth manager takes passwords from a file only, which it opens for writing too: neither a mounted secret
nor a read-only file will do, so the file is made here, inside the container.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


def main() -> None:
    """Write the file, then become the API server."""
    file = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    user = os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].partition(":")[0]
    password = os.environ.pop("AIRFLOW_ADMIN_PASSWORD")
    file.touch(mode=0o600)
    file.write_text(json.dumps({user: password}))
    os.execvp("airflow", ["airflow", "api-server"])  # noqa: S606, S607 - the image's own


if __name__ == "__main__":
    main()
