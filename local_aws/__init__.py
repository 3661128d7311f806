"""A local AWS on loopback: moto's APIs, with Firehose, Glue and Athena that really do their work.

Start it with ``python -m local_aws serve``; README.md beside this file says what it executes, stores and refuses.
"""

from __future__ import annotations

import sys

from local_aws.settings import REPOSITORY

# MWAA puts dags/ on sys.path, and the contract lives there as `clickstream.contract`: here it must be found as well.
_DAGS_FOLDER = str(REPOSITORY / "dags")
if _DAGS_FOLDER not in sys.path:
    sys.path.append(_DAGS_FOLDER)
