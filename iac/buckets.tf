# raw: what arrived. processed: the tables. reports: what people read, and Athena's results. artifacts: what runs.
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:access logs are the deployer's choice (access_log_bucket_name): they go to a bucket outside of this deployment
  #checkov:skip=CKV_AWS_144:a copy in another region is not part of this pipeline; versions protect from mistakes
  #checkov:skip=CKV2_AWS_62:nothing waits for a bucket's events: the DAG looks for the day's objects
  for_each = local.bucket_names

  bucket        = each.value
  force_destroy = var.force_destroy

  # So that the key goes last: a destroy that stops at a bucket leaves the key that its objects need.
  depends_on = [aws_kms_key.this]
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    # One call to KMS for many objects, instead of one for each.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each = { for bucket, resource in aws_s3_bucket.this : bucket => resource if var.access_log_bucket_name != null }

  bucket        = each.value.id
  target_bucket = var.access_log_bucket_name
  target_prefix = "${each.value.bucket}/"
}
