locals {
  spark_logs_prefix     = "spark-logs/"
  glue_log_group_prefix = "${local.contract.glue.log_group_prefix}${local.glue_job_name}"

  # Glue's guide and its API name the groups of a job with a security configuration differently. Both are this job's alone:
  # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html ("Log group naming with security configuration")
  # https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html (LogGroupName)
  glue_secured_log_groups_arn  = "${local.log_groups_arn}:${local.glue_log_group_prefix}/${local.name}-role/${local.role_names["glue-job"]}/*"
  glue_reported_log_groups_arn = "${local.log_groups_arn}:/aws-glue/jobs-*${local.role_names["glue-job"]}-${local.name}/*"
}

resource "aws_glue_job" "to_parquet" {
  name                   = local.glue_job_name
  description            = local.contract.glue.description
  role_arn               = aws_iam_role.glue_job.arn
  glue_version           = coalesce(var.glue_version, local.contract.versions.glue)
  worker_type            = local.contract.glue.worker_type
  number_of_workers      = local.contract.glue.worker_count
  timeout                = local.contract.glue.timeout_minutes
  max_retries            = local.contract.glue.max_retries
  security_configuration = aws_glue_security_configuration.this.name

  command {
    name            = "glueetl"
    script_location = "s3://${aws_s3_object.glue_script.bucket}/${aws_s3_object.glue_script.key}"
    python_version  = "3"
  }

  execution_property {
    max_concurrent_runs = local.contract.glue.max_concurrent_runs
  }

  default_arguments = merge(local.contract.glue.default_arguments, {
    "--raw_bucket"             = aws_s3_bucket.this["raw"].bucket
    "--processed_bucket"       = aws_s3_bucket.this["processed"].bucket
    "--extra-py-files"         = "s3://${aws_s3_object.glue_modules.bucket}/${aws_s3_object.glue_modules.key}"
    "--custom-logGroup-prefix" = local.glue_log_group_prefix
    "--enable-spark-ui"        = "true"
    "--spark-event-logs-path"  = "s3://${aws_s3_bucket.this["artifacts"].bucket}/${local.spark_logs_prefix}"
  })

  # A run would find neither its data nor its logs without them.
  depends_on = [aws_iam_role_policy.glue_job, aws_cloudwatch_log_group.glue]
}

# Made before the first run, because Glue would make them without the key and keep them for ever.
resource "aws_cloudwatch_log_group" "glue" {
  #checkov:skip=CKV_AWS_338:var.log_retention_days decides how long logs are kept, for all log groups alike.
  for_each = toset(["output", "error"])

  name              = "${local.glue_log_group_prefix}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_glue_security_configuration" "this" {
  #checkov:skip=CKV_AWS_99:the log groups have the key already; with this on, Glue logs to groups of names of its own, without retention
  name = local.name

  encryption_configuration {
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = aws_kms_key.this.arn
    }

    cloudwatch_encryption {
      cloudwatch_encryption_mode = "DISABLED"
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = aws_kms_key.this.arn
    }
  }
}
