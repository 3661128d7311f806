# MWAA's execution role: what the DAGs need (aws_iam_policy.dag) and what MWAA needs to run an Airflow, here.
# There is no MWAA locally, so nothing of this file is called by a local run: every action says what MWAA calls it for.
# The statements are those of AWS's sample for a customer-managed key, which tests/iac/test_mwaa_execution_role.py compares:
# https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html#mwaa-create-role-cmk
resource "aws_iam_role" "mwaa" {
  count = var.create_mwaa ? 1 : 0

  name        = local.role_names["mwaa"]
  description = "Execution role of the MWAA environment ${local.mwaa_environment_name}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyForThisEnvironment"
        Effect    = "Allow"
        Principal = { Service = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          ArnLike      = { "aws:SourceArn" = local.mwaa_environment_arn }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "mwaa_dag" {
  count = var.create_mwaa ? 1 : 0

  role       = aws_iam_role.mwaa[0].name
  policy_arn = aws_iam_policy.dag.arn
}

resource "aws_iam_role_policy" "mwaa" {
  count = var.create_mwaa ? 1 : 0

  name = "run-airflow"
  role = aws_iam_role.mwaa[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReportHealth"
        Effect   = "Allow"
        Action   = "airflow:PublishMetrics" # the environment's health, to MWAA
        Resource = local.mwaa_environment_arn
      },
      {
        Sid    = "ReadTheArtifactsBucket"
        Effect = "Allow"
        Action = [
          "s3:GetBucket*", # MWAA's documented minimum: whether the bucket is versioned, private, in this region
          "s3:GetObject*", # MWAA's documented minimum: dags/, the pinned versions of requirements.txt and plugins.zip
          "s3:List*",      # MWAA's documented minimum: the sync of dags/, versions
        ]
        Resource = [
          local.dag_bucket_arns["artifacts"],
          "${local.dag_bucket_arns["artifacts"]}/*",
        ]
      },
      {
        Sid      = "SeeThatTheAccountBlocksPublicAccess"
        Effect   = "Allow"
        Action   = "s3:GetAccountPublicAccessBlock" # MWAA refuses a bucket that may be public
        Resource = "*"                              # a setting of the account: AWS has no resource level for it
      },
      {
        Sid    = "WriteAndShowItsLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup",  # MWAA starts only when it could replace a group of its own that somebody deleted
          "logs:CreateLogStream", # one stream per process and task
          # Not in the sample: MWAA's log reader looks for the streams <task's stream>.trigger.<id>.log by it, and shows
          # nothing of what a trigger logged where it may not (cloudwatch_handlers.py of the images, since 3.0.6):
          # https://github.com/aws/amazon-mwaa-docker-images/tree/main/images/airflow/3.0.6/python/mwaa/logging
          "logs:DescribeLogStreams",
          "logs:GetLogEvents",      # the web server shows task logs
          "logs:GetLogGroupFields", # MWAA's documented minimum
          "logs:GetLogRecord",      # MWAA's documented minimum
          "logs:GetQueryResults",   # MWAA's documented minimum
          "logs:PutLogEvents",      # every line of every log
        ]
        Resource = "${local.log_groups_arn}:airflow-${local.mwaa_environment_name}-*"
      },
      {
        Sid      = "FindItsLogGroups"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups" # before MWAA writes, it looks whether its groups are there
        Resource = "*"                      # MWAA's documented minimum: it may ask for all of them
      },
      {
        Sid       = "PublishAirflowsMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData" # Airflow's own metrics, which the alarms watch
        Resource  = "*"                        # AWS has no resource level for it: the namespace narrows it down
        Condition = { StringEquals = { "cloudwatch:namespace" = "AmazonMWAA" } }
      },
      {
        Sid    = "UseCelerysQueue"
        Effect = "Allow"
        Action = [
          "sqs:ChangeMessageVisibility", # a worker keeps the task that it works on
          "sqs:DeleteMessage",           # a worker is done with the task
          "sqs:GetQueueAttributes",      # how many tasks wait
          "sqs:GetQueueUrl",             # Celery finds the queue by its name
          "sqs:ReceiveMessage",          # a worker takes a task
          "sqs:SendMessage",             # the scheduler queues a task
        ]
        # The queue lies in an account of MWAA's own, under a name that only MWAA knows.
        Resource = "arn:${local.partition}:sqs:${local.region}:*:airflow-celery-*"
      },
      {
        Sid    = "UseTheKeyThroughS3AndSqs"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",          # artifacts and queued tasks are encrypted
          "kms:DescribeKey",      # MWAA looks whether the key can be used
          "kms:Encrypt",          # queued tasks are encrypted
          "kms:GenerateDataKey*", # queued tasks are encrypted
        ]
        Resource = aws_kms_key.this.arn
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${local.region}.amazonaws.com", "sqs.${local.region}.amazonaws.com"]
          }
        }
      },
    ]
  })
}
