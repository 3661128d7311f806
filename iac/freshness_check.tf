# "No ledger for yesterday by a set hour." Airflow can't tell that it did not run, so something else has to look: a state
# machine without any code, started once a day. It lists the ledger's key instead of reading the object, so its role needs
# neither the object nor the key that encrypts it, and "not there" is told apart from "not allowed to look". Before the first
# event of all nothing is missing, so a new deployment does not raise an alarm by itself.
locals {
  # Firehose's tokens as JSONata's, so that the state machine can say which raw folder comes after the day.
  raw_year_picture   = replace(local.contract.firehose.prefix, "!{timestamp:yyyy}", "[Y0001]")
  raw_month_picture  = replace(local.raw_year_picture, "!{timestamp:MM}", "[M01]")
  raw_folder_picture = replace(local.raw_month_picture, "!{timestamp:dd}", "[D01]")

  freshness_check_name = "${local.name}-freshness-check"
  freshness_check_arn  = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${local.freshness_check_name}"
}

resource "aws_sfn_state_machine" "freshness_check" {
  #checkov:skip=CKV_AWS_284:tracing a run of two calls a day shows nothing that its log does not
  name     = local.freshness_check_name
  role_arn = aws_iam_role.freshness_check.arn

  definition = templatefile("${path.module}/freshness_check.asl.json", {
    name          = local.name
    partition     = local.partition
    bucket        = aws_s3_bucket.this["processed"].bucket
    ledger_prefix = local.contract.tables.run_ledger.prefix
    raw_bucket    = aws_s3_bucket.this["raw"].bucket
    raw_prefix    = local.raw_events_prefix
    topic_arn     = aws_sns_topic.alerts.arn

    raw_folder_picture = local.raw_folder_picture
  })

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.freshness_check.arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }

  # AWS refuses a state machine whose role can't deliver logs yet.
  depends_on = [aws_iam_role_policy.freshness_check]
}

# Groups below /aws/vendedlogs/ share one resource policy, which has a size limit that others would use up:
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-cwl
resource "aws_cloudwatch_log_group" "freshness_check" {
  #checkov:skip=CKV_AWS_338:how long logs are kept is the deployer's choice (log_retention_days); the ledger is the lasting record
  name              = "/aws/vendedlogs/states/${local.freshness_check_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_iam_role" "freshness_check" {
  name        = "${local.global_name}-freshness-check"
  description = "Looks for yesterday's ledger and tells when it is missing."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = local.freshness_check_arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "freshness_check" {
  #checkov:skip=CKV_AWS_290:the log delivery actions have no resource level
  #checkov:skip=CKV_AWS_355:the log delivery actions have no resource level
  name = "freshness-check"
  role = aws_iam_role.freshness_check.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "FindLedger"
        Effect    = "Allow"
        Action    = "s3:ListBucket" # the state machine's first step; no check runs locally
        Resource  = aws_s3_bucket.this["processed"].arn
        Condition = { StringLike = { "s3:prefix" = "${local.contract.tables.run_ledger.prefix}ingest_date=*" } }
      },
      {
        Sid       = "FindFirstEvents"
        Effect    = "Allow"
        Action    = "s3:ListBucket" # only when there is no ledger; no check runs locally
        Resource  = aws_s3_bucket.this["raw"].arn
        Condition = { StringEquals = { "s3:prefix" = local.raw_events_prefix } }
      },
      {
        Sid      = "Tell"
        Effect   = "Allow"
        Action   = "sns:Publish" # only when the ledger is missing; no check runs locally
        Resource = aws_sns_topic.alerts.arn
      },
      {
        Sid    = "EncryptTheMessage"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",         # SNS calls it for whoever publishes to an encrypted topic
          "kms:GenerateDataKey", # SNS calls it for whoever publishes to an encrypted topic
        ]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "sns.${local.region}.amazonaws.com" } }
      },
      {
        # AWS has no resource level for log deliveries: Step Functions sets one up for its own log group with these.
        Sid    = "DeliverLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery",        # a delivery of the state machine's log to its group
          "logs:DeleteLogDelivery",        # the same delivery, when the machine goes or logs elsewhere
          "logs:DescribeLogGroups",        # whether the group is there
          "logs:DescribeResourcePolicies", # whether the group's policy lets deliveries in
          "logs:GetLogDelivery",           # the delivery, before it is changed
          "logs:ListLogDeliveries",        # whether there is a delivery already
          "logs:PutResourcePolicy",        # lets deliveries into the group
          "logs:UpdateLogDelivery",        # the delivery, when the level changes
        ]
        Resource = "*"
      },
    ]
  })
}

# A group of its own, because Scheduler counts its failures by group.
resource "aws_scheduler_schedule_group" "this" {
  name = local.name
}

resource "aws_scheduler_schedule" "freshness_check" {
  #checkov:skip=CKV_AWS_297:the schedule holds an ARN and a time, nothing to keep secret; AWS encrypts it with a key of its own
  name                = local.freshness_check_name
  description         = "Looks for the ledger of the day before."
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "cron(0 ${coalesce(var.freshness_check_hour_utc, 6)} * * ? *)"
  state               = var.freshness_check_hour_utc == null ? "DISABLED" : "ENABLED"

  # Times of this pipeline are UTC; without it Scheduler would still say UTC, but a reader could not tell.
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.freshness_check.arn
    role_arn = aws_iam_role.freshness_schedule.arn

    # By hand: jsonencode would escape the < and > that Scheduler looks for. The time that the schedule names, not that of
    # the start, so that a late start still checks the right day.
    input = "{\"scheduled_time\": \"<aws.scheduler.scheduled-time>\"}"

    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600
    }
  }
}

resource "aws_iam_role" "freshness_schedule" {
  name        = "${local.global_name}-freshness-schedule"
  description = "Starts the freshness check."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        # Scheduler names the group, never the schedule.
        ArnLike = { "aws:SourceArn" = aws_scheduler_schedule_group.this.arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "freshness_schedule" {
  name = "freshness-schedule"
  role = aws_iam_role.freshness_schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "StartTheCheck"
      Effect   = "Allow"
      Action   = "states:StartExecution" # once a day; no schedule runs locally
      Resource = aws_sfn_state_machine.freshness_check.arn
    }]
  })
}
