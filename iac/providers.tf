provider "aws" {
  region = var.aws_region

  # local_aws answers on one address, which has no name per bucket.
  s3_use_path_style = var.aws_endpoint_url != null

  dynamic "endpoints" {
    for_each = var.aws_endpoint_url == null ? [] : [var.aws_endpoint_url]

    content {
      athena     = endpoints.value
      budgets    = endpoints.value
      cloudwatch = endpoints.value
      ec2        = endpoints.value
      events     = endpoints.value
      firehose   = endpoints.value
      glue       = endpoints.value
      iam        = endpoints.value
      kms        = endpoints.value
      logs       = endpoints.value
      s3         = endpoints.value
      s3control  = endpoints.value
      scheduler  = endpoints.value
      sfn        = endpoints.value
      sns        = endpoints.value
      sts        = endpoints.value
    }
  }

  # Every aws_s3_object overrides these with none: an object takes ten tags, and var.tags alone may be more.
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
  default_tags {
    tags = merge(var.tags, {
      Project     = local.contract.project
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}
