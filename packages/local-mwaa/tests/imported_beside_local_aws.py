"""Installs the package and local-aws into an empty environment and imports it there: needs a package index.

    PYTHONPATH=packages/local-aws/tests python packages/local-mwaa/tests/imported_beside_local_aws.py

Not a test of the suite, because it downloads what the packages need; CI calls it. There is no Airflow in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from as_installed import check_as_installed

PACKAGE = Path(__file__).resolve().parents[1]
CHECK = """
from pathlib import Path
from local_aws.client import LocalAws
from local_mwaa import AirflowApi, LocalMwaa
from local_mwaa.runs import LAUNCHER

here = Path.cwd()
mwaa = LocalMwaa(here, "3.2.1", here, here / "dags", here / "plugins", here, LocalAws(4566).variables())
assert mwaa.variables()["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
assert AirflowApi("http://127.0.0.1:9").health() == {}
assert LAUNCHER.is_file()
print("local-mwaa knows what to tell Airflow")
"""

if __name__ == "__main__":
    sys.exit(check_as_installed([PACKAGE, PACKAGE.parent / "local-aws"], "pip check", CHECK))
