locals {
  # Up to the first part that depends on the date.
  raw_events_prefix = split("year=", local.contract.firehose.prefix)[0]
  raw_errors_prefix = split("!{", local.contract.firehose.error_prefix)[0]

  delivery_log_stream_name = "DestinationDelivery"
  delivery_stream_arn      = "arn:${local.partition}:firehose:${local.region}:${local.account_id}:deliverystream/${local.delivery_stream_name}"
}

resource "aws_kinesis_firehose_delivery_stream" "events" {
  name        = local.delivery_stream_name
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = aws_kms_key.this.arn
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = aws_s3_bucket.this["raw"].arn
    prefix              = local.contract.firehose.prefix
    error_output_prefix = local.contract.firehose.error_prefix
    buffering_size      = coalesce(var.firehose_buffer_size_mib, local.contract.firehose.buffer_size_mib)
    buffering_interval  = coalesce(var.firehose_buffer_interval_s, local.contract.firehose.buffer_interval_s)
    compression_format  = local.contract.firehose.compression
    kms_key_arn         = aws_kms_key.this.arn

    processing_configuration {
      enabled = true

      # Firehose puts nothing between two records by itself: an object would be one long line.
      processors {
        type = "AppendDelimiterToRecord"

        parameters {
          parameter_name  = "Delimiter"
          parameter_value = local.contract.firehose.delimiter
        }
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.delivery.name
    }
  }

  # Firehose tries the role at once.
  depends_on = [aws_iam_role_policy.firehose]
}

resource "aws_cloudwatch_log_group" "firehose" {
  #checkov:skip=CKV_AWS_338:var.log_retention_days decides how long logs are kept, for all log groups alike.
  name              = "/aws/kinesisfirehose/${local.delivery_stream_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_cloudwatch_log_stream" "delivery" {
  name           = local.delivery_log_stream_name
  log_group_name = aws_cloudwatch_log_group.firehose.name
}
