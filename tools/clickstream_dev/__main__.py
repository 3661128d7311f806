"""``python -m clickstream_dev`` is ``clickstream``."""

from __future__ import annotations

import sys

from clickstream_dev.cli import main

if __name__ == "__main__":
    sys.exit(main())
