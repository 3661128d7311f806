# A comment behind an action says why it is granted although a local run does not call it.
resource "aws_iam_role" "firehose" {
  name        = local.role_names["firehose"]
  description = "Lets the delivery stream ${local.delivery_stream_name} write to the raw bucket."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyForThisStream"
        Effect    = "Allow"
        Principal = { Service = "firehose.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          ArnLike      = { "aws:SourceArn" = local.delivery_stream_arn }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "firehose" {
  name = "deliver"
  role = aws_iam_role.firehose.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WriteObjects"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload", # large batches go up in parts
          "s3:PutObject",
        ]
        Resource = [
          "${aws_s3_bucket.this["raw"].arn}/${local.raw_events_prefix}*",
          "${aws_s3_bucket.this["raw"].arn}/${local.raw_errors_prefix}*", # only what could not be processed
        ]
      },
      {
        Sid    = "SeeTheBucket"
        Effect = "Allow"
        Action = [
          "s3:GetBucketLocation",          # Firehose finds the bucket's region
          "s3:ListBucket",                 # Firehose looks whether it can use the bucket
          "s3:ListBucketMultipartUploads", # Firehose goes on with an upload that broke off
        ]
        Resource = aws_s3_bucket.this["raw"].arn
      },
      {
        Sid    = "EncryptObjects"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",         # S3 calls it for an upload in parts; the local S3 encrypts nothing
          "kms:GenerateDataKey", # S3 calls it for whoever writes an object; the local S3 encrypts nothing
        ]
        Resource = aws_kms_key.this.arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" }
          # With a bucket key the context is the bucket, without one the object.
          StringLike = { "kms:EncryptionContext:aws:s3:arn" = ["${aws_s3_bucket.this["raw"].arn}", "${aws_s3_bucket.this["raw"].arn}/*"] }
        }
      },
      {
        Sid      = "LogFailedDeliveries"
        Effect   = "Allow"
        Action   = "logs:PutLogEvents" # only when a delivery fails
        Resource = "${aws_cloudwatch_log_group.firehose.arn}:log-stream:${local.delivery_log_stream_name}"
      },
    ]
  })
}
