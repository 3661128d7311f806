# MWAA's execution role: what the DAGs need (aws_iam_policy.dag) and what MWAA needs to run an Airflow, here.
# There is no MWAA locally, so nothing of this file is called by a local run: every action says what MWAA calls it for.
# s3:ListAllMyBuckets, which MWAA's own sample denies, is simply not granted.
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
          "s3:GetBucketLocation",          # MWAA's checks before it uses the bucket
          "s3:GetBucketPublicAccessBlock", # MWAA refuses a bucket that may be public
          "s3:GetBucketVersioning",        # MWAA refuses a bucket without versions
          "s3:ListBucket",                 # the sync of dags/
          "s3:ListBucketVersions",         # the pinned versions of requirements.txt and plugins.zip
        ]
        Resource = local.dag_bucket_arns["artifacts"]
      },
      {
        Sid    = "ReadTheArtifacts"
        Effect = "Allow"
        Action = [
          "s3:GetObject",        # the sync of dags/
          "s3:GetObjectVersion", # the pinned versions of requirements.txt and plugins.zip
        ]
        Resource = [
          "${local.dag_bucket_arns["artifacts"]}/${local.dags_key}/*",
          "${local.dag_bucket_arns["artifacts"]}/plugins.zip",
          "${local.dag_bucket_arns["artifacts"]}/requirements.txt",
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
          "logs:CreateLogGroup",    # MWAA starts only when it could replace a group of its own that somebody deleted
          "logs:CreateLogStream",   # one stream per process and task
          "logs:GetLogEvents",      # the web server shows task logs
          "logs:GetLogGroupFields", # MWAA's documented minimum, on its own groups only
          "logs:GetLogRecord",      # MWAA's documented minimum, on its own groups only
          "logs:GetQueryResults",   # MWAA's documented minimum, on its own groups only
          "logs:PutLogEvents",      # every line of every log
        ]
        Resource = [
          for name in values(local.mwaa_log_group_names) :
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${name}:*"
        ]
      },
      {
        Sid      = "FindItsLogGroups"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups" # before MWAA writes, it looks whether its groups are there
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:*"
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
          "kms:Decrypt",         # artifacts and queued tasks are encrypted
          "kms:DescribeKey",     # MWAA looks whether the key can be used
          "kms:Encrypt",         # queued tasks are encrypted
          "kms:GenerateDataKey", # queued tasks are encrypted
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
