# Alarms, event rules, the freshness check, the dashboard and the budget.
# ARNs are given where the provider itself checks that an argument is one.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:alerts" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/policy" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::bucket" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:group" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:us-east-1:123456789012:stateMachine:check" }
  }
  mock_resource "aws_scheduler_schedule_group" {
    defaults = { arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/group" }
  }
  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm" }
  }
  mock_resource "aws_kinesis_firehose_delivery_stream" {
    defaults = { arn = "arn:aws:firehose:us-east-1:123456789012:deliverystream/events" }
  }
}

mock_provider "archive" {}

mock_provider "local" {}

variables {
  force_destroy = true # else the test could not take down what it has put up
}

run "every_alarm_ships_with_a_remedy_and_tells_the_topic" {
  command = apply

  variables {
    create_mwaa = true
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset([
      "firehose_freshness", "firehose_delivery_failed", "firehose_throttled", "athena_scan",
      "freshness_check_failed", "freshness_check_not_started",
      "event_undelivered_glue_run_failed", "event_undelivered_crawl_failed",
      "mwaa_scheduler_heartbeat", "mwaa_triggerer_heartbeat", "mwaa_queue_long", "mwaa_queue_old", "mwaa_import_error",
      "dag_failed_clickstream_daily", "dag_failed_clickstream_freshness", "dag_failed_clickstream_plan", "dag_failed_clickstream_replay",
    ])
    error_message = "The set of alarms is not the expected one: ${join(", ", keys(aws_cloudwatch_metric_alarm.this))}."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([aws_sns_topic.alerts.arn])])
    error_message = "Every alarm must tell the topic."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.ok_actions == null ? true : length(setsubtract(alarm.ok_actions, [aws_sns_topic.alerts.arn])) == 0])
    error_message = "That an alarm is over is told to the topic or to nobody."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : can(regex("docs/runbook\\.md, section [a-z_]+\\.$", alarm.alarm_description))])
    error_message = "Every alarm's description must end in the runbook's section."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(["breaching", "notBreaching"], alarm.treat_missing_data)])
    error_message = "Every alarm must say what missing data means."
  }

  assert {
    condition     = alltrue([for alarm in local.alarms : alarm.period_s * alarm.periods <= (alarm.period_s < 3600 ? 86400 : 604800)])
    error_message = "CloudWatch looks back a day at most with periods below an hour, else a week."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : startswith(alarm.alarm_name, "clickstream-dev-")])
    error_message = "The topic's policy lets only alarms through whose name starts with the deployment's."
  }
}

run "the_data_alarms_watch_what_this_deployment_made" {
  command = apply

  variables {
    environment                 = "prod"
    athena_scan_max_gib_per_day = 2
  }

  assert {
    condition = alltrue([
      for name in ["firehose_freshness", "firehose_delivery_failed", "firehose_throttled"] :
      aws_cloudwatch_metric_alarm.this[name].dimensions == tomap({ DeliveryStreamName = "clickstream-prod-events" })
    ])
    error_message = "The Firehose alarms must watch this stream."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["firehose_freshness"].threshold == local.contract.thresholds.settle_minutes * 60
    error_message = "What Firehose may hold back is what the DAG waits for: settle_minutes."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["athena_scan"].dimensions == tomap({ WorkGroup = "clickstream-prod-reports" }) && aws_cloudwatch_metric_alarm.this["athena_scan"].threshold == 2147483648
    error_message = "The Athena alarm must watch this workgroup, in bytes."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["freshness_check_failed"].dimensions == tomap({ StateMachineArn = aws_sfn_state_machine.freshness_check.arn })
    error_message = "freshness_check_failed must watch the check's own state machine."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["freshness_check_not_started"].dimensions == tomap({ ScheduleGroup = "clickstream-prod" })
    error_message = "freshness_check_not_started must watch the check's own schedule group."
  }
}

run "the_airflow_alarms_use_the_metrics_that_mwaa_publishes" {
  command = apply

  variables {
    create_mwaa                  = true
    mwaa_queued_task_max         = 7
    mwaa_oldest_task_max_minutes = 10
  }

  assert {
    condition     = alltrue([for name, alarm in local.alarms : alarm.dimensions["Environment"] == aws_mwaa_environment.this[0].name if startswith(name, "mwaa_") || startswith(name, "dag_failed_")])
    error_message = "Airflow's alarms must watch this environment."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["mwaa_scheduler_heartbeat"].namespace == "AmazonMWAA"
      && aws_cloudwatch_metric_alarm.this["mwaa_scheduler_heartbeat"].dimensions["Function"] == "Scheduler"
      && aws_cloudwatch_metric_alarm.this["mwaa_scheduler_heartbeat"].treat_missing_data == "breaching"
    )
    error_message = "A scheduler that is silent must raise the alarm."
  }

  assert {
    condition = toset([
      for query in aws_cloudwatch_metric_alarm.this["mwaa_triggerer_heartbeat"].metric_query : query.metric[0].metric_name
      if query.expression == null
    ]) == toset(["TriggerHeartbeat", "TriggererHeartbeat"])
    error_message = "The triggerer's sign of life has two names in AWS's documentation: the alarm must take either."
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.this["mwaa_triggerer_heartbeat"].metric_query : query.expression if query.return_data == true]) == "SUM(METRICS())"
      && aws_cloudwatch_metric_alarm.this["mwaa_triggerer_heartbeat"].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.this["mwaa_triggerer_heartbeat"].metric_name == null
      && aws_cloudwatch_metric_alarm.this["mwaa_triggerer_heartbeat"].period == null
    )
    error_message = "A triggerer that is silent must raise the alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["mwaa_queue_long"].threshold == 7 && aws_cloudwatch_metric_alarm.this["mwaa_queue_old"].threshold == 600
    error_message = "The queue's limits must be the variables', the age in seconds."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["dag_failed_clickstream_daily"].metric_name == "DAGDurationFailed"
      && aws_cloudwatch_metric_alarm.this["dag_failed_clickstream_daily"].statistic == "SampleCount"
      && aws_cloudwatch_metric_alarm.this["dag_failed_clickstream_daily"].dimensions["DAG"] == "clickstream_daily"
    )
    error_message = "A failed run of clickstream_daily must raise the alarm."
  }
}

run "without_mwaa_nothing_watches_it" {
  command = apply

  variables {
    create_mwaa = false
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset(concat(keys(local.data_alarms), keys(local.event_alarms)))
    error_message = "Without MWAA only the data plane's alarms may be there."
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.this.dashboard_body, "MWAA")
    error_message = "Without MWAA the dashboard must not show it."
  }
}

run "the_topic_is_encrypted_and_lets_in_its_three_services" {
  command = apply

  assert {
    condition     = aws_sns_topic.alerts.kms_master_key_id == aws_kms_key.this.arn
    error_message = "The topic must be encrypted with this deployment's key."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_sns_topic_policy.alerts.policy).Statement : statement.Principal.Service if statement.Effect == "Allow"
    ])) == toset(["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"])
    error_message = "CloudWatch, EventBridge and Budgets publish to the topic, and nobody else by its policy."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sns_topic_policy.alerts.policy).Statement :
      try(statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012" && can(statement.Condition.ArnLike["aws:SourceArn"]), false)
      if try(contains(["cloudwatch.amazonaws.com", "budgets.amazonaws.com"], statement.Principal.Service), false)
    ])
    error_message = "CloudWatch and Budgets may publish for this account only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sns_topic_policy.alerts.policy).Statement : !can(statement.Condition)
      if try(statement.Principal.Service == "events.amazonaws.com", false)
    ])
    error_message = "With a condition EventBridge's messages are dropped."
  }

  assert {
    condition     = aws_sns_topic_policy.alerts.arn == aws_sns_topic.alerts.arn
    error_message = "The policy must be the topic's."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "By default nobody is subscribed."
  }
}

run "the_key_lets_the_alerts_services_encrypt_their_messages" {
  command = apply

  assert {
    condition = alltrue([
      for service in ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"] : anytrue([
        for statement in jsondecode(aws_kms_key.this.policy).Statement :
        try(contains(flatten([statement.Principal.Service]), service), false)
        && contains(flatten([statement.Action]), "kms:Decrypt")
        && anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:GenerateDataKey")])
      ])
    ])
    error_message = "A service that publishes to an encrypted topic needs kms:Decrypt and kms:GenerateDataKey in the key's policy."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : !can(statement.Condition)
      if try(contains(flatten([statement.Principal.Service]), "events.amazonaws.com"), false)
    ])
    error_message = "EventBridge gives KMS no source: with a condition its messages are dropped."
  }
}

run "each_address_is_subscribed" {
  command = apply

  variables {
    alert_email_addresses = ["a@example.com", "b@example.com"]
  }

  assert {
    condition     = toset([for subscription in aws_sns_topic_subscription.email : subscription.endpoint]) == toset(["a@example.com", "b@example.com"])
    error_message = "Each address must have a subscription."
  }

  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.email : subscription.protocol == "email" && subscription.topic_arn == aws_sns_topic.alerts.arn])
    error_message = "The subscriptions must be by mail, to the topic."
  }
}

run "glue_events_become_a_readable_line" {
  command = apply

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["glue_run_failed"].event_pattern) == {
      source      = ["aws.glue"]
      detail-type = ["Glue Job State Change"]
      detail      = { jobName = ["clickstream-dev-to-parquet"], state = ["FAILED", "TIMEOUT", "STOPPED"] }
    }
    error_message = "The rule must match runs of this job that did not succeed."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["crawl_failed"].event_pattern) == {
      source      = ["aws.glue"]
      detail-type = ["Glue Crawler State Change"]
      detail      = { crawlerName = ["clickstream-dev-events"], state = ["Failed"] }
    }
    error_message = "The rule must match failed crawls of this crawler."
  }

  assert {
    condition = alltrue([
      for name, rule in aws_cloudwatch_event_rule.this : aws_cloudwatch_metric_alarm.this["event_undelivered_${name}"].dimensions == tomap({ RuleName = rule.name })
    ])
    error_message = "That a rule's message is dropped must raise an alarm."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.alerts : target.arn == aws_sns_topic.alerts.arn])
    error_message = "Every rule must tell the topic."
  }

  assert {
    condition = alltrue([
      for target in aws_cloudwatch_event_target.alerts :
      toset(flatten(regexall("<([a-z]+)>", target.input_transformer[0].input_template))) == toset(keys(target.input_transformer[0].input_paths))
    ])
    error_message = "A message must use exactly the values that the rule takes from the event."
  }

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.alerts : can(tostring(jsondecode(target.input_transformer[0].input_template)))])
    error_message = "A message must be one JSON string."
  }
}

run "the_freshness_check_runs_daily_and_may_only_look_and_tell" {
  command = apply

  variables {
    freshness_check_hour_utc = 9
    environment              = "prod"
    bucket_suffix            = "-x"
  }

  assert {
    condition     = aws_scheduler_schedule.freshness_check.schedule_expression == "cron(0 9 * * ? *)" && aws_scheduler_schedule.freshness_check.schedule_expression_timezone == "UTC" && aws_scheduler_schedule.freshness_check.state == "ENABLED"
    error_message = "The check must run at the hour set, UTC."
  }

  assert {
    condition     = aws_scheduler_schedule.freshness_check.target[0].input == "{\"scheduled_time\": \"<aws.scheduler.scheduled-time>\"}"
    error_message = "Scheduler replaces its placeholder only when it stands there unescaped."
  }

  assert {
    condition = (
      aws_scheduler_schedule.freshness_check.target[0].arn == aws_sfn_state_machine.freshness_check.arn
      && aws_scheduler_schedule.freshness_check.target[0].role_arn == aws_iam_role.freshness_schedule.arn
      && aws_sfn_state_machine.freshness_check.role_arn == aws_iam_role.freshness_check.arn
    )
    error_message = "The schedule must start the check, each with its own role."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.freshness_check.definition).States.FindLedger.Arguments.Bucket == "clickstream-prod-processed-x"
    error_message = "The check must look into the processed bucket."
  }

  assert {
    condition     = strcontains(jsondecode(aws_sfn_state_machine.freshness_check.definition).States.NameKey.Assign.key, "'${local.contract.tables.run_ledger.prefix}ingest_date='")
    error_message = "The check must look below the ledger's prefix of contract.json."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.freshness_check.definition).States.Tell.Arguments.TopicArn == aws_sns_topic.alerts.arn
    error_message = "The check must tell the topic."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.freshness_check.policy).Statement : statement.Action if statement.Resource != "*"])) == toset([
      "s3:ListBucket", "sns:Publish", "kms:Decrypt", "kms:GenerateDataKey",
    ])
    error_message = "The check may list the ledgers and publish, nothing else."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.freshness_check.policy).Statement : alltrue([for action in statement.Action : startswith(action, "logs:")]) if statement.Resource == "*"])
    error_message = "Only the log delivery has no resource level."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.freshness_schedule.policy).Statement == [{ Sid = "StartTheCheck", Effect = "Allow", Action = "states:StartExecution", Resource = aws_sfn_state_machine.freshness_check.arn }]
    error_message = "The schedule may start the check, nothing else."
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.freshness_check, aws_iam_role.freshness_schedule] : alltrue([
        for statement in jsondecode(role.assume_role_policy).Statement :
        statement.Condition.StringEquals["aws:SourceAccount"] == "123456789012" && startswith(statement.Condition.ArnLike["aws:SourceArn"], "arn:aws:")
      ])
    ])
    error_message = "Both roles must be out of other accounts' and other resources' reach."
  }

  assert {
    condition     = jsondecode(aws_iam_role.freshness_check.assume_role_policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:states:us-east-1:123456789012:stateMachine:${aws_sfn_state_machine.freshness_check.name}"
    error_message = "The check's role is for this state machine."
  }

  assert {
    condition     = aws_cloudwatch_log_group.freshness_check.kms_key_id == aws_kms_key.this.arn && aws_cloudwatch_log_group.freshness_check.retention_in_days == var.log_retention_days
    error_message = "The check's log must be encrypted and end some day."
  }
}

run "the_freshness_check_can_be_switched_off" {
  command = apply

  variables {
    freshness_check_hour_utc = null
  }

  assert {
    condition     = aws_scheduler_schedule.freshness_check.state == "DISABLED"
    error_message = "null must switch the check off."
  }
}

run "the_dashboard_shows_every_alarm" {
  command = apply

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms) == length(aws_cloudwatch_metric_alarm.this)
    error_message = "The first widget must show the state of every alarm."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [widget.x, widget.y]]))
    error_message = "Widgets must not lie on each other."
  }

  assert {
    condition = alltrue([
      for part in ["clickstream-dev-events", "clickstream-dev-to-parquet", "clickstream-dev-reports"] : strcontains(aws_cloudwatch_dashboard.this.dashboard_body, part)
    ])
    error_message = "The dashboard must show the stream, the job and the workgroup."
  }
}

run "the_budget_counts_this_environment_and_warns_twice" {
  command = apply

  variables {
    monthly_budget_usd = 250
  }

  assert {
    condition     = aws_budgets_budget.this[0].limit_amount == "250" && aws_budgets_budget.this[0].limit_unit == "USD" && aws_budgets_budget.this[0].time_unit == "MONTHLY"
    error_message = "The budget must be 250 USD a month."
  }

  assert {
    condition     = { for part in aws_budgets_budget.this[0].filter_expression[0].and : part.tags[0].key => part.tags[0].values } == { Project = tolist(["clickstream"]), Environment = tolist(["dev"]) }
    error_message = "The budget must count what carries both tags."
  }

  assert {
    condition     = { for notification in aws_budgets_budget.this[0].notification : notification.notification_type => notification.threshold } == { ACTUAL = 80, FORECASTED = 100 }
    error_message = "The budget must warn at 80 % spent and 100 % forecast."
  }

  assert {
    condition     = alltrue([for notification in aws_budgets_budget.this[0].notification : notification.subscriber_sns_topic_arns == toset([aws_sns_topic.alerts.arn])])
    error_message = "The budget must tell the topic."
  }
}

run "no_budget_at_0" {
  command = apply

  variables {
    monthly_budget_usd = 0
  }

  assert {
    condition     = length(aws_budgets_budget.this) == 0
    error_message = "0 must mean no budget."
  }
}

run "a_mail_address_needs_an_at_sign" {
  command = plan

  variables {
    alert_email_addresses = ["example.com"]
  }

  expect_failures = [var.alert_email_addresses]
}

run "the_check_may_not_run_while_the_dag_waits" {
  command = plan

  variables {
    freshness_check_hour_utc = 1
  }

  expect_failures = [var.freshness_check_hour_utc]
}

run "the_checks_hour_is_whole" {
  command = plan

  variables {
    freshness_check_hour_utc = 6.5
  }

  expect_failures = [var.freshness_check_hour_utc]
}

run "the_scan_limit_is_above_0" {
  command = plan

  variables {
    athena_scan_max_gib_per_day = 0
  }

  expect_failures = [var.athena_scan_max_gib_per_day]
}

run "the_queue_limit_is_a_whole_number" {
  command = plan

  variables {
    mwaa_queued_task_max = 0.5
  }

  expect_failures = [var.mwaa_queued_task_max]
}

run "the_age_limit_is_below_the_queues_own" {
  command = plan

  variables {
    mwaa_oldest_task_max_minutes = 721
  }

  expect_failures = [var.mwaa_oldest_task_max_minutes]
}

run "the_budget_is_not_negative" {
  command = plan

  variables {
    monthly_budget_usd = -1
  }

  expect_failures = [var.monthly_budget_usd]
}
