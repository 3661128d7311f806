# A comment behind an action says why it is granted although a local run does not call it.
resource "aws_iam_role" "glue_job" {
  name        = local.role_names["glue-job"]
  description = "What runs of the Glue job ${local.glue_job_name} may do."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # By account only: Glue tries the role before there is a job, and then has no job to name.
        Sid       = "OnlyForThisAccount"
        Effect    = "Allow"
        Principal = { Service = "glue.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "glue_job" {
  name = "transform"
  role = aws_iam_role.glue_job.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without a prefix: Spark asks for folders above the one that it reads, and S3 answers "not there" for an object
        # only to those who may list the bucket.
        Sid    = "ListZones"
        Effect = "Allow"
        Action = "s3:ListBucket"
        Resource = [
          aws_s3_bucket.this["artifacts"].arn, # Spark looks for its history before it writes it; locally there is none
          aws_s3_bucket.this["processed"].arn,
          aws_s3_bucket.this["raw"].arn,
        ]
      },
      {
        Sid    = "ReadEventsAndCode"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = [
          "${aws_s3_bucket.this["artifacts"].arn}/${local.contract.glue.modules_key}",
          "${aws_s3_bucket.this["artifacts"].arn}/${local.contract.glue.script_key}",
          "${aws_s3_bucket.this["raw"].arn}/${local.raw_events_prefix}*",
        ]
      },
      {
        Sid    = "ReplaceItsPartitions"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload", # when a run ends in the middle of writing a large file
          "s3:DeleteObject",
          "s3:GetObject",
          "s3:PutObject",
        ]
        Resource = concat(
          [for table in values(local.contract.tables) : "${aws_s3_bucket.this["processed"].arn}/${table.prefix}*"],
          ["${aws_s3_bucket.this["processed"].arn}/${local.contract.glue.staging_prefix}*"],
        )
      },
      {
        Sid    = "KeepSparksHistory"
        Effect = "Allow"
        Action = [
          "s3:DeleteObject", # Spark renames its history at the end of a run; locally there is none
          "s3:GetObject",    # Spark renames its history at the end of a run; locally there is none
          "s3:PutObject",    # Spark's history, for the console's Spark UI; locally there is none
        ]
        Resource = "${aws_s3_bucket.this["artifacts"].arn}/${local.spark_logs_prefix}*"
      },
      {
        Sid    = "UseTheKeyThroughS3"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",         # S3 calls it for whoever reads an object; the local S3 encrypts nothing
          "kms:GenerateDataKey", # S3 calls it for whoever writes an object; the local S3 encrypts nothing
        ]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid    = "Log"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup", # Glue asks for the group whether it is there or not
          "logs:CreateLogStream",
          "logs:PutLogEvents",
        ]
        Resource = [for group in ["error", "output"] : "${local.log_groups_arn}:${local.glue_log_group_prefix}/${group}:*"]
      },
      {
        Sid    = "LogWhereASecurityConfigurationLeads"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup",  # only if Glue takes the documented names with role and configuration in them
          "logs:CreateLogStream", # only if Glue takes the documented names with role and configuration in them
          "logs:PutLogEvents",    # only if Glue takes the documented names with role and configuration in them
        ]
        Resource = [
          "${local.glue_reported_log_groups_arn}:*",
          "${local.glue_secured_log_groups_arn}:*",
        ]
      },
      {
        Sid    = "ReadItsSecurityConfiguration"
        Effect = "Allow"
        Action = "glue:GetSecurityConfiguration" # a run reads how to encrypt; locally it has none
        # AWS has no resource level for it.
        Resource = "*"
      },
      {
        Sid       = "PublishMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData" # the job's own metrics; locally there are none
        Resource  = "*"                        # AWS has no resource level for it: the namespace narrows it down
        Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
      },
    ]
  })
}
