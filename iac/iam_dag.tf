# What the DAGs themselves need, whichever Airflow they run in: exactly this job, this crawler, this workgroup, this database,
# and of the buckets the prefixes that dags/clickstream reads and writes.
# A comment behind an action says why it is granted although a local run does not call it.
locals {
  dag_bucket_arns = { for bucket, name in local.bucket_names : bucket => "arn:${local.partition}:s3:::${name}" }
  dag_raw_prefix  = split("year=", local.contract.firehose.prefix)[0]
  dag_report_arns = [for report in local.contract.reports : "${local.dag_bucket_arns["reports"]}/${local.contract.reports_prefix}${report.name}/*"]

  glue_arn   = "arn:${local.partition}:glue:${local.region}:${local.account_id}"
  athena_arn = "arn:${local.partition}:athena:${local.region}:${local.account_id}"
}

resource "aws_iam_policy" "dag" {
  name        = "${local.global_name}-dag"
  description = "Run the clickstream pipeline: its Glue job, crawler and Athena workgroup, and the data that they leave."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "RunTheJob"
        Effect = "Allow"
        Action = [
          "glue:BatchStopJobRun", # only when somebody ends transform_events while its run goes on
          "glue:GetJob",
          "glue:GetJobRun",
          "glue:GetJobRuns",
          "glue:StartJobRun",
        ]
        Resource = "${local.glue_arn}:job/${local.glue_job_name}"
      },
      {
        Sid      = "ShowTheJobsLog"
        Effect   = "Allow"
        Action   = "logs:GetLogEvents"
        Resource = [for group in aws_cloudwatch_log_group.glue : "${group.arn}:*"]
      },
      {
        Sid      = "ShowTheJobsLogWhereGlueSaysThatItIs"
        Effect   = "Allow"
        Action   = "logs:GetLogEvents" # only if it is not in the groups above
        Resource = "${local.glue_reported_log_groups_arn}:*"
      },
      {
        Sid    = "RunTheCrawler"
        Effect = "Allow"
        Action = [
          "glue:GetCrawler",
          "glue:StartCrawler",
        ]
        Resource = "${local.glue_arn}:crawler/${local.crawler_name}"
      },
      {
        Sid    = "ReadTheCatalog"
        Effect = "Allow"
        Action = [
          "glue:BatchGetPartition",
          "glue:GetDatabase",   # Athena, with the caller's rights
          "glue:GetPartition",  # Athena, with the caller's rights
          "glue:GetPartitions", # Athena, with the caller's rights
          "glue:GetTable",      # Athena, with the caller's rights
          "glue:GetTables",
        ]
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/${local.database_name}",
          # check_catalog has to see tables that nobody planned.
          "${local.glue_arn}:table/${local.database_name}/*",
        ]
      },
      {
        Sid    = "AthenaLooksAtDefault"
        Effect = "Allow"
        Action = "glue:GetDatabase" # Athena asks for the database `default`, with the caller's rights, whatever the query names
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/default",
        ]
      },
      {
        Sid    = "QueryInTheWorkgroup"
        Effect = "Allow"
        Action = [
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StartQueryExecution",
          "athena:StopQueryExecution", # only when somebody ends a report while its query runs
        ]
        Resource = "${local.athena_arn}:workgroup/${local.workgroup_name}"
      },
      {
        Sid       = "SeeWhatArrived"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = local.dag_bucket_arns["raw"]
        Condition = { StringLike = { "s3:prefix" = "${local.dag_raw_prefix}*" } }
      },
      {
        Sid    = "ReadWhatTheJobWrote"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${local.dag_bucket_arns["processed"]}/${local.contract.tables.events.prefix}*",
          "${local.dag_bucket_arns["processed"]}/${local.contract.tables.run_ledger.prefix}*",
          "${local.dag_bucket_arns["processed"]}/${local.contract.tables.quarantine.prefix}*",
        ]
      },
      {
        # Without a prefix: S3 answers "no such key" for a ledger that is not there only to those who may list the bucket,
        # and a condition on the prefix does not hold when an object is asked for.
        Sid    = "ListResults"
        Effect = "Allow"
        Action = [
          "s3:GetBucketLocation", # Athena, with the caller's rights, before it reads or writes a bucket
          "s3:ListBucket",
        ]
        Resource = [
          local.dag_bucket_arns["processed"],
          local.dag_bucket_arns["reports"],
        ]
      },
      {
        Sid    = "WriteReports"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload", # Athena, with the caller's rights, when an UNLOAD of large files is cancelled
          "s3:DeleteObject",
          "s3:GetObject",                # Athena, with the caller's rights: publish_dashboard queries the reports
          "s3:ListMultipartUploadParts", # Athena, with the caller's rights, at an UNLOAD of large files
          "s3:PutObject",                # Athena, with the caller's rights: UNLOAD
        ]
        Resource = local.dag_report_arns
      },
      {
        Sid    = "KeepQueryResults"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload",     # Athena, with the caller's rights, when a query with a large result is cancelled
          "s3:GetObject",                # Athena, with the caller's rights: GetQueryResults reads the result file
          "s3:ListMultipartUploadParts", # Athena, with the caller's rights, at a large result
          "s3:PutObject",                # Athena, with the caller's rights: the result file
        ]
        Resource = "${local.dag_bucket_arns["reports"]}/${local.contract.athena.results_prefix}*"
      },
      {
        Sid    = "LeaseAReport"
        Effect = "Allow"
        Action = [
          "s3:DeleteObject",
          "s3:GetObject",
          "s3:PutObject",
        ]
        Resource = "${local.dag_bucket_arns["reports"]}/${local.contract.athena.leases_prefix}*"
      },
      {
        Sid      = "TellPeople"
        Effect   = "Allow"
        Action   = "sns:Publish" # only when a task or a run fails
        Resource = aws_sns_topic.alerts.arn
      },
      {
        Sid    = "PublishAndShowTheDashboard"
        Effect = "Allow"
        Action = [
          "s3:GetObject", # the page in Airflow's navigation; a run of the DAG does not read pages
          "s3:PutObject",
        ]
        Resource = "${local.dag_bucket_arns["reports"]}/${local.contract.dashboard_prefix}*"
      },
      {
        Sid    = "UseTheKeyThroughS3AndSns"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",         # S3 and SNS call it for whoever reads or publishes; locally nothing is encrypted
          "kms:GenerateDataKey", # S3 and SNS call it for whoever writes or publishes; locally nothing is encrypted
        ]
        Resource = aws_kms_key.this.arn
        Condition = {
          StringEquals = {
            "kms:ViaService" = ["s3.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com"]
          }
        }
      },
    ]
  })
}
