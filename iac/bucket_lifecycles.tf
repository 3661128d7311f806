# How long each bucket keeps what. In all of them old versions and unfinished uploads go.
locals {
  # Where not all old versions go: those of requirements.txt and plugins.zip stay, because MWAA is pinned to versions of them and
  # goes back to the ones before when an update fails.
  old_version_prefixes = {
    artifacts = toset(["${local.dags_key}/", "${dirname(local.contract.glue.script_key)}/", local.spark_logs_prefix])
  }

  lifecycle_rules = {
    raw = concat(
      var.raw_archive_after_days == null ? [] : [{
        id     = "archive-events"
        prefix = local.raw_events_prefix
        # S3 leaves objects below 128 KiB where they are: moving them would cost more than it saves.
        archive_after_days = var.raw_archive_after_days
        expire_after_days  = null
      }],
      var.raw_expire_after_days == null ? [] : [{
        id                 = "expire-events"
        prefix             = local.raw_events_prefix
        archive_after_days = null
        expire_after_days  = var.raw_expire_after_days
      }],
    )
    processed = [{
      # A run clears its own folder; what lies there for a week belongs to a run that was killed and never repeated.
      id                 = "expire-staging"
      prefix             = local.contract.glue.staging_prefix
      archive_after_days = null
      expire_after_days  = 7
    }]
    reports = [{
      id                 = "expire-athena-results"
      prefix             = local.contract.athena.results_prefix
      archive_after_days = null
      expire_after_days  = var.athena_results_expire_after_days
    }]
    artifacts = [{
      id                 = "expire-spark-logs"
      prefix             = local.spark_logs_prefix
      archive_after_days = null
      expire_after_days  = var.log_retention_days
    }]
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "tidy-up"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      expired_object_delete_marker = true
    }

    dynamic "noncurrent_version_expiration" {
      for_each = can(local.old_version_prefixes[each.key]) ? [] : [var.old_version_expire_after_days]

      content {
        noncurrent_days = noncurrent_version_expiration.value
      }
    }
  }

  dynamic "rule" {
    for_each = lookup(local.old_version_prefixes, each.key, toset([]))

    content {
      id     = "expire-old-versions-${trimsuffix(rule.value, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = var.old_version_expire_after_days
      }
    }
  }

  dynamic "rule" {
    for_each = local.lifecycle_rules[each.key]

    content {
      id     = rule.value.id
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      dynamic "transition" {
        for_each = rule.value.archive_after_days[*]

        content {
          days          = transition.value
          storage_class = "GLACIER_IR"
        }
      }

      dynamic "expiration" {
        for_each = rule.value.expire_after_days[*]

        content {
          days = expiration.value
        }
      }
    }
  }

  # A rule about old versions means nothing before there are versions.
  depends_on = [aws_s3_bucket_versioning.this]
}
