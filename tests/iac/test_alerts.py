"""From an alarm to whoever is subscribed, as far as the local AWS goes.

It stores alarms and never raises one, and asks no topic's policy. So the policies are asked here, with the context
that AWS documents for each service, and what a DAG publishes is followed to a queue.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from local_aws.settings import ACCOUNT_ID, REGION
from local_aws_server import LocalAwsServer
from tests.iac.mwaa_airflow import REPOSITORY, local_module, run_in_airflow

MODULE = local_module()
TOPIC_POLICY = json.loads(MODULE.values("aws_sns_topic_policy.alerts")["policy"])
KEY_POLICY = json.loads(MODULE.values("aws_kms_key.this")["policy"])
ALARMS = [alarm["alarm_name"] for alarm in MODULE.values("aws_cloudwatch_metric_alarm.this").values()]
STRANGER = "210987654321"
Context = dict[str, str]


def of_an_alarm(name: str, account: str = ACCOUNT_ID) -> Context:
    return {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{account}:alarm:{name}"}


def of_a_budget(account: str = ACCOUNT_ID) -> Context:
    return {"aws:SourceAccount": account, "aws:SourceArn": f"arn:aws:budgets::{account}:clickstream-local"}


OF_A_RULE: Context = {}  # EventBridge gives none


def allows(policy: dict[str, Any], service: str, action: str, context: Context) -> bool:
    """Whether a resource's policy lets the service do it: something allows it, and nothing denies it."""
    context = {"aws:SecureTransport": "true", **context}
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if _is_for(statement["Principal"], service)
        and any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and all(_holds(operator, tests, context) for operator, tests in statement.get("Condition", {}).items())
    }
    return effects == {"Allow"}


def _is_for(principal: str | dict[str, Any], service: str) -> bool:
    return service in as_list(principal.get("Service", [])) if isinstance(principal, dict) else principal == "*"


def _holds(operator: str, tests: dict[str, Any], context: Context) -> bool:
    assert operator in {"StringEquals", "ArnLike", "Bool"}, operator
    return all(
        key in context and any(fnmatchcase(context[key], pattern) for pattern in as_list(wanted))
        for key, wanted in tests.items()
    )


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("name", ALARMS)
def test_each_alarm_may_tell_the_topic(name):
    assert allows(TOPIC_POLICY, "cloudwatch.amazonaws.com", "sns:Publish", of_an_alarm(name))


@pytest.mark.parametrize(
    ("service", "context"),
    [("events.amazonaws.com", OF_A_RULE), ("budgets.amazonaws.com", of_a_budget())],
    ids=["event_rules", "the_budget"],
)
def test_rules_and_budgets_may_tell_the_topic(service, context):
    assert allows(TOPIC_POLICY, service, "sns:Publish", context)


@pytest.mark.parametrize(
    ("service", "context"),
    [
        pytest.param("cloudwatch.amazonaws.com", of_an_alarm(ALARMS[0], STRANGER), id="an_alarm_of_another_account"),
        pytest.param("cloudwatch.amazonaws.com", of_an_alarm("somebody-elses"), id="another_alarm"),
        pytest.param("cloudwatch.amazonaws.com", {}, id="an_alarm_without_a_name"),
        pytest.param("budgets.amazonaws.com", of_a_budget(STRANGER), id="a_budget_of_another_account"),
        pytest.param("s3.amazonaws.com", of_an_alarm(ALARMS[0]), id="another_service"),
        pytest.param(
            "cloudwatch.amazonaws.com", {**of_an_alarm(ALARMS[0]), "aws:SecureTransport": "false"}, id="without_tls"
        ),
    ],
)
def test_nobody_else_may(service, context):
    assert not allows(TOPIC_POLICY, service, "sns:Publish", context)


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey"])
@pytest.mark.parametrize(
    ("service", "context"),
    [
        ("cloudwatch.amazonaws.com", of_an_alarm(ALARMS[0])),
        ("events.amazonaws.com", OF_A_RULE),
        ("budgets.amazonaws.com", of_a_budget()),
    ],
    ids=["alarms", "event_rules", "the_budget"],
)
def test_who_tells_the_topic_may_use_its_key(service, context, action):
    assert allows(KEY_POLICY, service, action, context)


PUBLISH = """
import json, sys
sys.path.insert(0, sys.argv[1])
from airflow.providers.amazon.aws.notifications.sns import SnsNotifier
from clickstream.failures import FailureNotifier
from clickstream.settings import load_settings
notifier = FailureNotifier(load_settings().alerts_topic_arn, load_settings().aws_conn_id)
notifier.subject, notifier.message = "a subject", "a task failed"
SnsNotifier.notify(notifier, {})
print(json.dumps({}))
"""


def test_what_a_dag_tells_reaches_who_is_subscribed(local_aws: LocalAwsServer, tmp_path):
    """With MWAA's settings, to the topic that Terraform names."""
    topic = local_aws.client("sns").create_topic(Name=MODULE.values("aws_sns_topic.alerts")["name"])["TopicArn"]
    assert topic == MODULE.local("dag_settings")["alerts_topic_arn"]
    queue = local_aws.client("sqs").create_queue(QueueName="who-is-on-call")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:who-is-on-call"
    local_aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    credentials = {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t", "AWS_DEFAULT_REGION": REGION}

    run_in_airflow(
        PUBLISH,
        tmp_path,
        str(REPOSITORY / "dags"),
        environment={"AWS_ENDPOINT_URL": local_aws.endpoint, **credentials},
    )

    (message,) = local_aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(message["Body"])
    assert (told["Subject"], told["Message"]) == ("a subject", "a task failed")
