"""Installs the package into an empty environment and sends records with it: needs a package index.

    PYTHONPATH=packages/local-aws/tests python packages/firehose-producer/tests/installed_alone.py

Not a test of the suite, because it downloads what the package needs; CI calls it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from as_installed import check_as_installed

PACKAGE = Path(__file__).resolve().parents[1]
CHECK = """
from pathlib import Path
from firehose_producer import RecordFile, send

class Stream:
    def put_record_batch(self, DeliveryStreamName, Records):
        return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"} for _ in Records]}

Path("events.jsonl").write_text("{}\\n{}\\n")
assert send(Stream(), "events", RecordFile(Path("events.jsonl"))).accepted == 2
print("firehose-producer has sent the lines of a file")
"""

if __name__ == "__main__":
    sys.exit(check_as_installed([PACKAGE], "firehose-producer --help", CHECK))
