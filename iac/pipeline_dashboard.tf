# One page from the producer to the reports. Widgets are laid out in rows of two, 12 of the 24 columns each.
locals {
  glue_counts = { for metric in ["elapsedTime", "bytesRead", "numFailedTasks"] : metric => [
    "Glue", "glue.driver.aggregate.${metric}", "JobName", aws_glue_job.to_parquet.name, "JobRunId", "ALL", "Type", "count"
  ] }

  data_graphs = [
    {
      title   = "Firehose: records in and out"
      stat    = "Sum"
      metrics = [for metric in ["IncomingRecords", "DeliveryToS3.Records", "ThrottledRecords"] : ["AWS/Firehose", metric, "DeliveryStreamName", local.stream_dimensions.DeliveryStreamName]]
    },
    {
      title   = "Firehose: age of the oldest event that waits (s)"
      stat    = "Maximum"
      metrics = [["AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName", local.stream_dimensions.DeliveryStreamName]]
      limit   = { label = "The DAG waits no longer", value = local.data_alarms.firehose_freshness.threshold }
    },
    {
      title   = "Glue: time of the runs (ms)"
      stat    = "Maximum"
      metrics = [local.glue_counts["elapsedTime"]]
    },
    {
      title   = "Glue: bytes read, failed Spark tasks"
      stat    = "Sum"
      metrics = [local.glue_counts["bytesRead"], concat(local.glue_counts["numFailedTasks"], [{ yAxis = "right" }])]
    },
    {
      title   = "Athena: bytes scanned a day"
      stat    = "Sum"
      period  = 86400
      metrics = [["AWS/Athena", "ProcessedBytes", "WorkGroup", aws_athena_workgroup.reports.name]]
      limit   = { label = "athena_scan_max_gib_per_day", value = local.data_alarms.athena_scan.threshold }
    },
    {
      title   = "Freshness check: runs a day that found the ledger, or did not"
      stat    = "Sum"
      period  = 86400
      metrics = [for metric in ["ExecutionsSucceeded", "ExecutionsFailed"] : ["AWS/States", metric, "StateMachineArn", aws_sfn_state_machine.freshness_check.arn]]
    },
  ]

  mwaa_graphs = [
    {
      title   = "Airflow: scheduler heartbeats"
      stat    = "Sum"
      metrics = [["AmazonMWAA", "SchedulerHeartbeat", "Function", "Scheduler", "Environment", local.mwaa_environment]]
    },
    {
      title   = "Airflow: tasks queued and running"
      stat    = "Maximum"
      metrics = [for metric in ["QueuedTasks", "RunningTasks"] : ["AmazonMWAA", metric, "Function", "Executor", "Environment", local.mwaa_environment]]
    },
    {
      title = "Airflow: time of the DAG runs (ms)"
      stat  = "Maximum"
      metrics = [for pair in setproduct(local.dag_ids, ["DAGDurationSuccess", "DAGDurationFailed"]) : [
        "AmazonMWAA", pair[1], "DAG", pair[0], "Environment", local.mwaa_environment
      ]]
    },
    {
      title   = "MWAA: age of the oldest task in the queue (s)"
      stat    = "Maximum"
      metrics = [["AWS/MWAA", "ApproximateAgeOfOldestTask", "Environment", local.mwaa_environment]]
      limit   = { label = "mwaa_oldest_task_max_minutes", value = local.mwaa_alarms.mwaa_queue_old.threshold }
    },
  ]

  graphs = concat(local.data_graphs, [for graph in local.mwaa_graphs : graph if var.create_mwaa])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.global_name

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms: what to do is in docs/runbook.md", alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn] }
      }],
      [for index, graph in local.graphs : {
        type   = "metric"
        x      = index % 2 * 12
        y      = 3 + floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title       = graph.title
          region      = local.region
          view        = "timeSeries"
          stat        = graph.stat
          period      = try(graph.period, 300)
          metrics     = graph.metrics
          annotations = { horizontal = [for limit in try([graph.limit], []) : limit] }
        }
      }],
    )
  })
}
