"""MWAA's execution role against the policy that AWS documents, statement by statement.

https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html, "Sample policy for a customer-managed key",
read on 2026-11-27; `airflow:PublishMetrics` stands in its other sample only, and in the list of what every role needs.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.settings import ACCOUNT_ID, REGION
from tests.iac.iam_comparison import any_matches
from tests.iac.mwaa_airflow import local_module

MODULE = local_module()
ENVIRONMENT = "clickstream-local-airflow"
ARTIFACTS = "arn:aws:s3:::clickstream-local-artifacts"
BUCKET = [ARTIFACTS, f"{ARTIFACTS}/*"]
KEY = MODULE.output("kms_key_arn")
EXECUTION_POLICY = MODULE.values("aws_iam_role_policy.mwaa")[0]["policy"]
VIA = [f"{service}.{REGION}.amazonaws.com" for service in ("s3", "sqs")]

DOCUMENTED: list[dict[str, Any]] = [
    {
        "Action": ["airflow:PublishMetrics"],
        "Resource": [f"arn:aws:airflow:{REGION}:{ACCOUNT_ID}:environment/{ENVIRONMENT}"],
    },
    {"Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*"], "Resource": BUCKET},
    {
        "Action": [
            "logs:CreateLogStream",
            "logs:CreateLogGroup",
            "logs:PutLogEvents",
            "logs:GetLogEvents",
            "logs:GetLogRecord",
            "logs:GetLogGroupFields",
            "logs:GetQueryResults",
        ],
        "Resource": [f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:airflow-{ENVIRONMENT}-*"],
    },
    {"Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
    {"Action": ["s3:GetAccountPublicAccessBlock"], "Resource": ["*"]},
    {"Action": ["cloudwatch:PutMetricData"], "Resource": ["*"]},
    {
        "Action": [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        "Resource": [f"arn:aws:sqs:{REGION}:*:airflow-celery-*"],
    },
    {
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt"],
        "Resource": [KEY],
        "Condition": {
            "StringEquals": {"kms:ViaService": [f"sqs.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"]}
        },
    },
]
# What AWS documents and the role lacks on purpose, each with its reason.
DENIED_IN_THE_SAMPLE = "s3:ListAllMyBuckets"  # nothing grants it, so that there is nothing to deny
NARROWER = {
    # "For Amazon MWAA, the namespace is AmazonMWAA":
    # https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html#access-metrics-cw-terms
    "cloudwatch:PutMetricData": {"StringEquals": {"cloudwatch:namespace": "AmazonMWAA"}},
}
# What the role has beyond the sample, each with its reason in iac/iam_mwaa.tf.
BEYOND = {"logs:DescribeLogStreams"}


def own_statements() -> list[dict[str, Any]]:
    return [
        {**statement, **{name: as_list(statement[name]) for name in ("Action", "Resource")}}
        for statement in json.loads(EXECUTION_POLICY)["Statement"]
    ]


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def conditions(statement: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (operator, key, value)
        for operator, tests in statement.get("Condition", {}).items()
        for key, values in tests.items()
        for value in as_list(values)
    }


def grants(own: dict[str, Any], documented: dict[str, Any], action: str, resource: str) -> bool:
    """Whether a statement of the role grants all of what AWS documents: a pattern covers a pattern."""
    allowed = conditions({"Condition": NARROWER.get(action, {})}) | conditions(documented)
    return (
        own["Effect"] == "Allow"
        and any_matches(own["Action"], action)
        and any_matches(own["Resource"], resource)
        and conditions(own) <= allowed
        and len(conditions(own)) >= len(conditions(documented))
    )


@pytest.mark.parametrize(
    ("documented", "action", "resource"),
    [
        pytest.param(statement, action, resource, id=f"{action} on {resource}")
        for statement in DOCUMENTED
        for action in statement["Action"]
        for resource in statement["Resource"]
    ],
)
def test_what_aws_documents_is_granted(documented, action, resource):
    assert any(grants(own, documented, action, resource) for own in own_statements())


def test_nothing_else_is_granted_but_what_says_why():
    documented = {action for statement in DOCUMENTED for action in statement["Action"]}
    assert {action for own in own_statements() for action in own["Action"]} - documented == BEYOND


def test_what_the_sample_denies_is_granted_nowhere():
    policies = [
        MODULE.values("aws_iam_role_policy.mwaa")[0]["policy"],
        MODULE.values("aws_iam_policy.dag")["policy"],
    ]
    on_all_buckets = [
        action
        for policy in policies
        for statement in json.loads(policy)["Statement"]
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    ]
    assert on_all_buckets  # the statements are found
    assert not any_matches(on_all_buckets, DENIED_IN_THE_SAMPLE)


def test_the_role_may_list_the_streams_that_triggers_log_to():
    """MWAA's reader of task logs finds them by DescribeLogStreams, in the group of the tasks' logs."""
    group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:airflow-{ENVIRONMENT}-Task"
    stream = f"{group}:log-stream:dag_id=a/attempt=1.log.trigger.7.log"
    for action in ("logs:DescribeLogStreams", "logs:GetLogEvents"):
        assert any(
            any_matches(own["Action"], action) and any_matches(own["Resource"], stream) for own in own_statements()
        )
