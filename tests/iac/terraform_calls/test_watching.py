"""The provider's calls for what watches the pipeline and tells of it."""

from __future__ import annotations

import json

import pytest

from local_aws_server import LocalAwsServer
from tests.iac.terraform_calls.provider import (
    ACCOUNT,
    IAC,
    KEY_ARN,
    NAMES,
    TAG_LIST,
    TAGS,
    Client,
    error_code,
    query,
    tags_of,
)


def test_log_group_with_key_and_retention(aws: Client) -> None:
    logs, name = aws("logs"), "/aws/kinesisfirehose/clickstream-local-events"
    logs.create_log_group(logGroupName=name, kmsKeyId=KEY_ARN, logGroupClass="STANDARD", tags=TAGS)
    logs.put_retention_policy(logGroupName=name, retentionInDays=30)
    shown = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert (shown["kmsKeyId"], shown["retentionInDays"], shown["logGroupClass"]) == (KEY_ARN, 30, "STANDARD")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
    assert shown["arn"] == f"{arn}:*"
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == TAGS
    logs.create_log_stream(logGroupName=name, logStreamName="DestinationDelivery")
    streams = logs.describe_log_streams(logGroupName=name, logStreamNamePrefix="DestinationDelivery")["logStreams"]
    assert streams[0]["arn"] == f"{arn}:log-stream:DestinationDelivery"

    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    logs.associate_kms_key(resourceIdentifier=arn, kmsKeyId=KEY_ARN)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == KEY_ARN
    logs.tag_resource(resourceArn=arn, tags={"New": "1"})
    logs.untag_resource(resourceArn=arn, tagKeys=["New"])
    logs.delete_log_group(logGroupName=name)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    assert error_code(logs.associate_kms_key, logGroupName=name, kmsKeyId=KEY_ARN) == "ResourceNotFoundException"


def test_log_group_that_asks_for_protection_is_refused(aws: Client) -> None:
    arguments = {"logGroupName": "/protected", "deletionProtectionEnabled": True}
    assert error_code(aws("logs").create_log_group, **arguments) == "NotImplemented"


def test_sns_topic_with_policy(aws: Client) -> None:
    sns = aws("sns")
    attributes = {"DisplayName": "clickstream-local alerts", "KmsMasterKeyId": KEY_ARN}
    topic = sns.create_topic(Name="clickstream-local-alerts", Attributes=attributes, Tags=TAG_LIST)["TopicArn"]
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert {key: shown[key] for key in attributes} == attributes
    assert json.loads(shown["Policy"])["Statement"]
    assert tags_of(sns.list_tags_for_resource(ResourceArn=topic)["Tags"]) == TAGS
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    assert json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]) == json.loads(document)
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "New", "Value": "1"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["New"])
    sns.delete_topic(TopicArn=topic)
    assert error_code(sns.get_topic_attributes, TopicArn=topic) == "NotFound"


def test_metric_alarm_over_the_query_protocol_that_the_provider_speaks(bare_local_aws: LocalAwsServer) -> None:
    alarm = {
        "AlarmName": "clickstream-local-firehose-freshness",
        "AlarmDescription": "d",
        "Namespace": "AWS/Firehose",
        "MetricName": "DeliveryToS3.DataFreshness",
        "Statistic": "Maximum",
        "Period": "300",
        "EvaluationPeriods": "2",
        "DatapointsToAlarm": "2",
        "Threshold": "900.0",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
    lists = {
        "ActionsEnabled": "true",
        "AlarmActions.member.1": topic,
        "OKActions.member.1": topic,
        "Dimensions.member.1.Name": "DeliveryStreamName",
        "Dimensions.member.1.Value": NAMES.delivery_stream,
        "Tags.member.1.Key": "Project",
        "Tags.member.1.Value": "clickstream",
    }
    query(bare_local_aws, "PutMetricAlarm", {**alarm, **lists})
    answer = query(bare_local_aws, "DescribeAlarms", {"AlarmNames.member.1": alarm["AlarmName"]})
    shown = answer["DescribeAlarmsResponse"]["DescribeAlarmsResult"]["MetricAlarms"]["member"]
    assert {key: shown[key] for key in alarm} == alarm
    assert shown["AlarmActions"]["member"] == shown["OKActions"]["member"] == topic
    assert shown["Dimensions"]["member"] == {"Name": "DeliveryStreamName", "Value": NAMES.delivery_stream}
    assert shown["ActionsEnabled"] == "true"
    answer = query(bare_local_aws, "ListTagsForResource", {"ResourceARN": shown["AlarmArn"]})
    tags = answer["ListTagsForResourceResponse"]["ListTagsForResourceResult"]["Tags"]["member"]
    assert tags == {"Key": "Project", "Value": "clickstream"}
    query(bare_local_aws, "DeleteAlarms", {"AlarmNames.member.1": alarm["AlarmName"]})
    assert bare_local_aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"] == []


def test_dashboard_over_the_query_protocol(bare_local_aws: LocalAwsServer) -> None:
    widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "# events & more"}}
    body = json.dumps({"widgets": [widget]})
    query(bare_local_aws, "PutDashboard", {"DashboardName": "clickstream-local", "DashboardBody": body})
    answer = query(bare_local_aws, "GetDashboard", {"DashboardName": "clickstream-local"})
    shown = answer["GetDashboardResponse"]["GetDashboardResult"]
    assert json.loads(shown["DashboardBody"]) == json.loads(body)
    assert shown["DashboardArn"] == f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/clickstream-local"
    query(bare_local_aws, "DeleteDashboards", {"DashboardNames.member.1": "clickstream-local"})
    arguments = {"DashboardName": "clickstream-local"}
    assert error_code(bare_local_aws.client("cloudwatch").get_dashboard, **arguments) == "ResourceNotFound"


def test_event_rule_and_target_are_stored(aws: Client) -> None:
    events, name = aws("events"), "clickstream-local-glue-run-failed"
    pattern = json.dumps({"source": ["aws.glue"], "detail": {"state": ["FAILED", "TIMEOUT", "STOPPED"]}})
    arn = events.put_rule(
        Name=name, EventBusName="default", EventPattern=pattern, State="ENABLED", Description="d", Tags=TAG_LIST
    )["RuleArn"]
    shown = events.describe_rule(Name=name, EventBusName="default")
    assert json.loads(shown["EventPattern"]) == json.loads(pattern)
    assert (shown["State"], shown["Description"], shown["Arn"]) == ("ENABLED", "d", arn)
    assert tags_of(events.list_tags_for_resource(ResourceARN=arn)["Tags"]) == TAGS
    target = {
        "Id": "alerts",
        "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts",
        "InputTransformer": {"InputPathsMap": {"run": "$.detail.jobRunId"}, "InputTemplate": '"Glue run <run>"'},
    }
    answer = events.put_targets(Rule=name, EventBusName="default", Targets=[target])
    assert answer["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule=name, EventBusName="default")["Targets"] == [target]
    entry = {"Source": "aws.glue", "DetailType": "x", "Detail": "{}"}
    assert error_code(events.put_events, Entries=[entry]) == "NotImplemented"
    events.remove_targets(Rule=name, EventBusName="default", Ids=["alerts"])
    events.delete_rule(Name=name, EventBusName="default")
    assert error_code(events.describe_rule, Name=name, EventBusName="default") == "ResourceNotFoundException"


def test_schedule_and_its_group_are_stored(aws: Client) -> None:
    scheduler, group, name = aws("scheduler"), "clickstream-local", "clickstream-local-freshness-check"
    arn = scheduler.create_schedule_group(Name=group, ClientToken="1", Tags=TAG_LIST)["ScheduleGroupArn"]
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    assert tags_of(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]) == TAGS
    wanted = {
        "Name": name,
        "GroupName": group,
        "Description": "d",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "cron(0 6 * * ? *)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {
            "Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:x",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x",
            "Input": '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
        },
    }
    scheduler.create_schedule(ClientToken="2", **wanted)
    shown = scheduler.get_schedule(GroupName=group, Name=name)
    assert {key: shown[key] for key in wanted} == wanted
    scheduler.update_schedule(ClientToken="3", **{**wanted, "State": "DISABLED"})
    assert scheduler.get_schedule(GroupName=group, Name=name)["State"] == "DISABLED"
    scheduler.delete_schedule(GroupName=group, Name=name)
    assert error_code(scheduler.get_schedule, GroupName=group, Name=name) == "ResourceNotFoundException"
    scheduler.delete_schedule_group(Name=group)
    assert error_code(scheduler.get_schedule_group, Name=group) == "ResourceNotFoundException"


def test_state_machine_is_stored_and_never_executed(aws: Client) -> None:
    states, name = aws("stepfunctions"), "clickstream-local-freshness-check"
    definition = (IAC / "freshness_check.asl.json").read_text()
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    assert states.validate_state_machine_definition(definition=definition, type="STANDARD")["result"] == "OK"
    logging = {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"}}
        ],
    }
    arn = states.create_state_machine(
        name=name,
        definition=definition,
        roleArn=role,
        type="STANDARD",
        publish=False,
        loggingConfiguration=logging,
        tags=[{"key": key, "value": value} for key, value in TAGS.items()],
    )["stateMachineArn"]
    shown = states.describe_state_machine(stateMachineArn=arn)
    assert (shown["definition"], shown["loggingConfiguration"], shown["roleArn"]) == (definition, logging, role)
    assert (shown["type"], shown["status"]) == ("STANDARD", "ACTIVE")
    assert states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    tags = states.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == TAGS
    states.update_state_machine(stateMachineArn=arn, definition=definition, roleArn=role, publish=False)
    assert error_code(states.start_execution, stateMachineArn=arn) == "NotImplemented"
    states.delete_state_machine(stateMachineArn=arn)
    assert error_code(states.describe_state_machine, stateMachineArn=arn) == "StateMachineDoesNotExist"


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        pytest.param("{", "not JSON", id="no_json"),
        pytest.param("[]", "must be an object", id="no_object"),
        pytest.param('{"StartAt": "A", "States": {}}', "at least one state", id="no_states"),
        pytest.param('{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', "names no state", id="no_start"),
        pytest.param('{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}', "needs Next or End", id="no_end"),
        pytest.param('{"StartAt": "A", "States": {"A": {"Type": "Go", "End": true}}}', "needs a Type", id="no_type"),
        pytest.param(
            '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Next": "B"}]}}}',
            "leads to 'B'",
            id="no_target",
        ),
    ],
)
def test_a_faulty_state_machine_is_found_by_the_plan_and_refused_by_the_apply(
    aws: Client, definition: str, fault: str
) -> None:
    states = aws("stepfunctions")
    answer = states.validate_state_machine_definition(definition=definition, type="STANDARD")
    assert answer["result"] == "FAIL"
    assert any(fault in diagnostic["message"] for diagnostic in answer["diagnostics"])
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    assert error_code(states.create_state_machine, name="x", definition=definition, roleArn=role) == "InvalidDefinition"
