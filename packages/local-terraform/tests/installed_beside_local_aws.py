"""Installs the package and local-aws into an empty environment and applies a module there: needs a package index.

    PYTHONPATH=packages/local-aws/tests python packages/local-terraform/tests/installed_beside_local_aws.py

Not a test of the suite, because it downloads what the packages need; CI calls it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from as_installed import check_as_installed

PACKAGE = Path(__file__).resolve().parents[1]
CHECK = """
import subprocess, sys, tempfile
from pathlib import Path
import boto3
from local_aws.process import running_server

with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "data") as server:
    module = Path(folder) / "module"
    module.mkdir()
    (module / "main.tf").write_text(
        'variable "name" {}\\nresource "aws_s3_bucket" "lake" {\\n  bucket = "${var.name}-lake"\\n}\\n'
    )
    program = str(Path(sys.executable).with_name("local-terraform"))
    command = [program, "apply", str(module), "--endpoint", server.endpoint, "--var", "name=my"]
    subprocess.run(command, check=True)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    s3 = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", **keys)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["my-lake"]
print("local-terraform has applied a module to local-aws")
"""

if __name__ == "__main__":
    sys.exit(check_as_installed([PACKAGE, PACKAGE.parent / "local-aws"], "local-terraform apply --help", CHECK))
