locals {
  crawler_log_group_name = "/aws-glue/crawlers"
}

resource "aws_glue_crawler" "events" {
  name                   = local.crawler_name
  description            = local.contract.crawler.description
  role                   = aws_iam_role.crawler.arn
  database_name          = aws_glue_catalog_database.this.name
  configuration          = jsonencode(local.contract.crawler.configuration)
  security_configuration = aws_glue_security_configuration.this.name

  s3_target {
    path       = "s3://${aws_s3_bucket.this["processed"].bucket}/${local.contract.tables[local.contract.crawler.table].prefix}"
    exclusions = local.contract.crawler.exclusions
  }

  schema_change_policy {
    update_behavior = local.contract.crawler.schema_change_policy.update_behavior
    delete_behavior = local.contract.crawler.schema_change_policy.delete_behavior
  }

  recrawl_policy {
    recrawl_behavior = local.contract.crawler.recrawl_behavior
  }

  # No schedule: the DAG starts it when there is something new.
  depends_on = [aws_iam_role_policy.crawler]
}

# All crawlers of an account log here, so it may exist already, or belong to another deployment.
resource "aws_cloudwatch_log_group" "crawler" {
  #checkov:skip=CKV_AWS_338:var.log_retention_days decides how long logs are kept, for all log groups alike.
  count = var.create_crawler_log_group ? 1 : 0

  name              = local.crawler_log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}
