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

# All crawlers of an account log to one group, which Glue makes when the first of them runs: it is nobody's to own here. What
# earlier versions made stays, with the logs of the others.
removed {
  from = aws_cloudwatch_log_group.crawler

  lifecycle {
    destroy = false
  }
}
