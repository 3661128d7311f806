"""Installs the package into an empty environment and asks its server over HTTP: needs a package index.

    python packages/local-aws/tests/as_installed.py

Not a test of the suite, because it downloads what the package needs; CI calls it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
INSTALL_TIMEOUT_S = 900
CHECK_TIMEOUT_S = 120
# Run by the environment's own Python, in which the extra `glue` is not installed.
CHECK = """
import sys, tempfile
from pathlib import Path
import boto3
from botocore.exceptions import ClientError
from local_aws.process import running_server
from local_aws.waiting import wait_until

with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "data") as server:
    def client(service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1", **keys)

    s3, athena, firehose, glue = (client(name) for name in ("s3", "athena", "firehose", "glue"))
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="a/b.txt", Body=b"hello")
    assert s3.get_object(Bucket="lake", Key="a/b.txt")["Body"].read() == b"hello"

    role = "arn:aws:iam::123456789012:role/any"
    firehose.create_delivery_stream(
        DeliveryStreamName="events",
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::lake"},
    )
    firehose.put_record(DeliveryStreamName="events", Record={"Data": b"{}"})

    query = athena.start_query_execution(
        QueryString="select 6 * 7 as answer", ResultConfiguration={"OutputLocation": "s3://lake/results/"}
    )["QueryExecutionId"]
    def ended():
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return status["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"} and status
    assert wait_until(ended, 60)["State"] == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "42"}], rows

    s3.put_object(Bucket="lake", Key="job.py", Body=b"pass")
    glue.create_job(Name="job", Role=role, Command={"Name": "glueetl", "ScriptLocation": "s3://lake/job.py"})
    try:
        glue.start_job_run(JobName="job")
    except ClientError as error:
        assert "pip install 'local-aws[glue]'" in str(error), error
    else:
        sys.exit("a Glue run started without the extra `glue`")
print("S3, Firehose, Athena and Glue answer as they should")
"""


def check_as_installed(packages: list[Path], command: str, check: str) -> int:
    """Install packages into an empty environment and run code in it; returns the exit code of the code.

    :param command: one that the packages bring, with its arguments; it has to succeed first
    """
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *map(str, packages)]
        subprocess.run(install, check=True, timeout=INSTALL_TIMEOUT_S)
        program, *arguments = command.split()
        subprocess.run([str(Path(folder, "bin", program)), *arguments], check=True, stdout=subprocess.DEVNULL)
        # Nothing of the checkout is on its path.
        return subprocess.run([python, "-I", "-c", check], cwd=folder, check=False, timeout=CHECK_TIMEOUT_S).returncode


if __name__ == "__main__":
    sys.exit(check_as_installed([PACKAGE], "local-aws serve --help", CHECK))
