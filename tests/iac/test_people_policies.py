"""What people are given: a policy to ask the tables with, tried by asking, and those to log in to Airflow with."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clickstream.contract import load_contract
from local_aws.settings import REGION
from local_aws.waiting import wait_until
from local_aws_server import LocalAwsServer
from tests.iac.iam_comparison import Call, differences
from tests.iac.iam_policies import ANALYST_ROLE, analyst_statements
from tests.iac.mwaa_airflow import local_module

MODULE = local_module()
REPORT = "event_counts"
DAY = "2026-01-15"
TYPES = {"string": pa.string(), "bigint": pa.int64(), "double": pa.float64()}


@pytest.fixture(scope="module")
def a_report(local_aws: LocalAwsServer) -> None:
    """A day of a report, as publishing it would leave it."""
    glue, names = local_aws.client("glue"), local_module().local("bucket_names")
    table = glue.get_table(DatabaseName=MODULE.local("database_name"), Name=REPORT)["Table"]
    described = table["StorageDescriptor"]["Columns"]
    columns = {column["Name"]: pa.array([None], TYPES[column["Type"]]) for column in described}
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    key = f"{load_contract().reports_prefix}{REPORT}/report_date={DAY}/1.parquet"
    local_aws.client("s3").put_object(Bucket=names["reports"], Key=key, Body=content.getvalue())


@pytest.fixture(scope="module")
def calls(local_aws: LocalAwsServer, a_report: None) -> list[Call]:
    """What an analyst called who asked for a day of the report and read the answer."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = local_aws.client("iam").create_role(RoleName=ANALYST_ROLE, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    key = local_aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
    athena = boto3.client(
        "athena",
        endpoint_url=local_aws.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )
    started = athena.start_query_execution(
        QueryString=f"select * from {REPORT} where report_date = '{DAY}'",
        QueryExecutionContext={"Database": MODULE.local("database_name")},
        WorkGroup=MODULE.local("workgroup_name"),
    )["QueryExecutionId"]

    def ended() -> dict[str, Any] | None:
        status: dict[str, Any] = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        return status if status["State"] in {"SUCCEEDED", "FAILED"} else None

    status = wait_until(ended, 30)
    assert status, "the query never ended"
    assert status["State"] == "SUCCEEDED", status
    assert len(athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]) == 2
    recorded = local_aws.control("GET", "calls")["calls"]
    return [Call(c["role"], c["action"], c["resource"]) for c in recorded if c["role"] == ANALYST_ROLE]


def test_an_analyst_may_ask_a_report_and_read_the_answer(calls):
    assert {"athena:StartQueryExecution", "glue:GetTable", "s3:GetObject"} <= {call.action for call in calls}
    assert differences(calls, analyst_statements()).refused == []


def test_what_asking_does_not_need_says_why_it_is_granted(calls):
    ungranted_by_this_query = {"ReadTheTables", "ListTheTables"}  # of the other tables
    unused = [
        sentence
        for sentence in differences(calls, analyst_statements()).unused
        if not any(f": {sid} grants arn:" in sentence for sid in ungranted_by_this_query)
    ]
    assert unused == []


def test_an_analyst_changes_no_table():
    writing = [
        (statement.sid, action)
        for statement in analyst_statements()
        for action in statement.actions
        if not action.partition(":")[2].startswith(("BatchGet", "Get", "List", "Decrypt", "GenerateDataKey"))
    ]
    assert sorted(writing) == [
        ("KeepQueryResults", "s3:AbortMultipartUpload"),
        ("KeepQueryResults", "s3:PutObject"),
        ("QueryInTheWorkgroup", "athena:StartQueryExecution"),
        ("QueryInTheWorkgroup", "athena:StopQueryExecution"),
    ]


def test_an_analyst_sees_no_raw_event():
    raw = MODULE.local("bucket_names")["raw"]
    assert not any(raw in resource for statement in analyst_statements() for resource in statement.resources)


def test_each_role_of_airflow_has_its_policy_to_log_in_with():
    policies = MODULE.values("aws_iam_policy.airflow_login")
    resources = {
        role: json.loads(policy["policy"])["Statement"][0]["Resource"].partition(":role/")[2]
        for role, policy in policies.items()
    }
    assert resources == {role: f"clickstream-local-airflow/{role}" for role in ("Admin", "Op", "User", "Viewer")}
