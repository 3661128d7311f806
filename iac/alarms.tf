# Each alarm is one entry here, and one section of docs/runbook.md (`section`, else the entry's own name).
# missing: what no data point means. "notBreaching" = nothing happened, which is fine; "breaching" = silence is the fault.
# is_event: it fires for something that happened, so going back to OK mends nothing and is not told.
locals {
  # A DAG's id is its file's name.
  dag_ids = [for file in fileset("${path.module}/../dags", "*.py") : trimsuffix(file, ".py")]

  stream_dimensions = { DeliveryStreamName = aws_kinesis_firehose_delivery_stream.events.name }

  # The metrics' names and dimensions are those of AWS's lists:
  # https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
  # https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
  data_alarms = {
    firehose_freshness = {
      description = "Events wait in the delivery stream for longer than the DAG waits for them after midnight."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      dimensions  = local.stream_dimensions
      statistic   = "Maximum"
      period_s    = 300
      periods     = 2
      comparison  = "GreaterThanThreshold"
      threshold   = local.contract.thresholds.settle_minutes * 60
      missing     = "notBreaching" # nothing is waiting; whether nothing came at all is freshness_check_failed's question
    }

    firehose_delivery_failed = {
      description = "Firehose can't write to the raw bucket. It tries again for 24 hours, then the events are lost."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.Success"
      dimensions  = local.stream_dimensions
      statistic   = "Average"
      period_s    = 300
      periods     = 3
      datapoints  = 2 # a single failed attempt is repeated within seconds
      comparison  = "LessThanThreshold"
      threshold   = 1
      missing     = "notBreaching" # nothing was there to be delivered
    }

    firehose_throttled = {
      description = "The producer sends more than the stream takes; what it does not send again is lost."
      namespace   = "AWS/Firehose"
      metric      = "ThrottledRecords"
      dimensions  = local.stream_dimensions
      statistic   = "Sum"
      period_s    = 300
      periods     = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      missing     = "notBreaching" # nothing was sent
    }

    athena_scan = {
      description = "The queries of the workgroup scanned more in 24 hours than athena_scan_max_gib_per_day."
      namespace   = "AWS/Athena"
      metric      = "ProcessedBytes"
      dimensions  = { WorkGroup = aws_athena_workgroup.reports.name }
      statistic   = "Sum"
      period_s    = 86400
      periods     = 1
      comparison  = "GreaterThanThreshold"
      threshold   = var.athena_scan_max_gib_per_day * pow(1024, 3)
      missing     = "notBreaching" # no query ran
      is_event    = true
    }

    freshness_check_failed = {
      description = "There is no ledger for yesterday, as the message sent beside this one says; if there is no such message, the check itself is broken."
      namespace   = "AWS/States"
      metric      = "ExecutionsFailed"
      dimensions  = { StateMachineArn = aws_sfn_state_machine.freshness_check.arn }
      statistic   = "Sum"
      period_s    = 300
      periods     = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      missing     = "notBreaching" # it runs once a day; that it was not started is the next alarm's business
      is_event    = true
    }

    freshness_check_not_started = {
      description = "The schedule gave up on starting the freshness check: nobody looked for yesterday's ledger."
      namespace   = "AWS/Scheduler"
      metric      = "InvocationDroppedCount"
      dimensions  = { ScheduleGroup = aws_scheduler_schedule_group.this.name }
      statistic   = "Sum"
      period_s    = 300
      periods     = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      missing     = "notBreaching" # counted only when it happens
      is_event    = true
    }
  }

  # EventBridge drops what it may not publish and shows it nowhere but in this metric.
  event_alarms = {
    for name in keys(local.event_rules) : "event_undelivered_${name}" => {
      section     = "event_undelivered"
      description = "The rule ${name} matched an event, but its message did not reach the topic."
      namespace   = "AWS/Events"
      metric      = "FailedInvocations"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.this[name].name }
      statistic   = "Sum"
      period_s    = 300
      periods     = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      missing     = "notBreaching" # sent only when an invocation fails
      is_event    = true
    }
  }

  mwaa_environment = one(aws_mwaa_environment.this[*].name)

  # AmazonMWAA: https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html
  # AWS/MWAA: https://docs.aws.amazon.com/mwaa/latest/userguide/accessing-metrics-cw-container-queue-db.html
  mwaa_alarms = merge(
    {
      mwaa_scheduler_heartbeat = {
        description = "Airflow's scheduler gives no sign of life: no DAG runs."
        namespace   = "AmazonMWAA"
        metric      = "SchedulerHeartbeat"
        dimensions  = { Function = "Scheduler", Environment = local.mwaa_environment }
        statistic   = "Sum"
        period_s    = 300
        periods     = 3
        comparison  = "LessThanThreshold"
        threshold   = 1
        missing     = "breaching" # a dead scheduler sends no zeros, it sends nothing
      }

      mwaa_triggerer_heartbeat = {
        description = "Airflow's triggerer gives no sign of life: what waits for events, Glue, the crawler or Athena waits for ever."
        namespace   = "AmazonMWAA"
        # AWS calls it TriggerHeartbeat in its list of metrics and TriggererHeartbeat on its page about the dashboard, each
        # for Airflow's triggerer_heartbeat: the sum of whichever of the two is sent.
        # https://docs.aws.amazon.com/mwaa/latest/userguide/access-metrics-cw.html#counters-metrics
        # https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-dashboard.html
        any_metric_of = ["TriggerHeartbeat", "TriggererHeartbeat"]
        dimensions    = { Function = "Triggerer", Environment = local.mwaa_environment }
        statistic     = "Sum"
        period_s      = 300
        periods       = 3
        comparison    = "LessThanThreshold"
        threshold     = 1
        missing       = "breaching" # a dead triggerer sends no zeros, it sends nothing
      }

      mwaa_queue_long = {
        description = "Many tasks have waited for a worker for half an hour."
        namespace   = "AmazonMWAA"
        metric      = "QueuedTasks"
        dimensions  = { Function = "Executor", Environment = local.mwaa_environment }
        statistic   = "Minimum"
        period_s    = 300
        periods     = 6
        comparison  = "GreaterThanThreshold"
        threshold   = var.mwaa_queued_task_max
        missing     = "notBreaching" # without a scheduler there is no such metric, and mwaa_scheduler_heartbeat tells
      }

      mwaa_queue_old = {
        description = "A task has waited in MWAA's queue for longer than mwaa_oldest_task_max_minutes."
        namespace   = "AWS/MWAA"
        metric      = "ApproximateAgeOfOldestTask"
        dimensions  = { Environment = local.mwaa_environment }
        statistic   = "Maximum"
        period_s    = 300
        periods     = 3
        comparison  = "GreaterThanThreshold"
        threshold   = var.mwaa_oldest_task_max_minutes * 60
        missing     = "notBreaching" # the queue is empty
      }

      mwaa_import_error = {
        description = "Airflow can't parse a DAG file, so that DAG does not run: often a setting is missing after a deployment."
        namespace   = "AmazonMWAA"
        metric      = "ImportErrors"
        dimensions  = { Function = "DAG Processing", Environment = local.mwaa_environment }
        statistic   = "Maximum"
        period_s    = 300
        periods     = 2 # while files are being synchronised some are new and some are old
        comparison  = "GreaterThanThreshold"
        threshold   = 0
        missing     = "notBreaching" # no parsing, no verdict; mwaa_scheduler_heartbeat watches the process
      }
    },
    {
      for dag_id in local.dag_ids : "dag_failed_${dag_id}" => {
        section     = "dag_failed"
        description = "A run of the DAG ${dag_id} failed, or ran into its timeout."
        namespace   = "AmazonMWAA"
        # One point a failed run. TaskInstanceFailures would also count tries that a retry makes good, and Airflow 3.0
        # does not send it at all.
        metric     = "DAGDurationFailed"
        dimensions = { DAG = dag_id, Environment = local.mwaa_environment }
        statistic  = "SampleCount"
        period_s   = 300
        periods    = 1
        comparison = "GreaterThanThreshold"
        threshold  = 0
        missing    = "notBreaching" # no run failed
        is_event   = true
      }
    },
  )

  alarms = merge(local.data_alarms, local.event_alarms, { for name, alarm in local.mwaa_alarms : name => alarm if var.create_mwaa })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${replace(each.key, "_", "-")}"
  alarm_description   = "${each.value.description} What to do: docs/runbook.md, section ${try(each.value.section, each.key)}."
  namespace           = can(each.value.any_metric_of) ? null : each.value.namespace
  metric_name         = try(each.value.metric, null)
  dimensions          = can(each.value.any_metric_of) ? null : each.value.dimensions
  statistic           = can(each.value.any_metric_of) ? null : each.value.statistic
  period              = can(each.value.any_metric_of) ? null : each.value.period_s
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = try(each.value.datapoints, each.value.periods)
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = try(each.value.is_event, false) ? [] : [aws_sns_topic.alerts.arn]

  dynamic "metric_query" {
    for_each = try(each.value.any_metric_of, [])

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period_s
      }
    }
  }

  dynamic "metric_query" {
    for_each = can(each.value.any_metric_of) ? ["sum"] : []

    content {
      id          = metric_query.value
      expression  = "SUM(METRICS())"
      label       = each.key
      return_data = true
    }
  }
}
