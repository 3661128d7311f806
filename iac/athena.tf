locals {
  # Every statement of the file that begins with a comment line: the line up to its first full stop is the query's name.
  sample_query_pattern = "-- ([^.\\n]+)\\.[^\\n]*\\n(?:with|select)\\b"
  sample_queries = {
    for statement in split(";", file("${path.module}/../sql/sample_queries.sql")) :
    regex(local.sample_query_pattern, statement)[0] => trimspace(statement) if can(regex(local.sample_query_pattern, statement))
  }
}

resource "aws_athena_workgroup" "reports" {
  name          = local.workgroup_name
  description   = "Reports and questions about ${local.name}."
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = local.contract.athena.publish_metrics
    bytes_scanned_cutoff_per_query     = local.contract.athena.bytes_scanned_cutoff

    engine_version {
      selected_engine_version = local.contract.versions.athena_engine
    }

    result_configuration {
      output_location       = "s3://${aws_s3_bucket.this["reports"].bucket}/${local.contract.athena.results_prefix}"
      expected_bucket_owner = local.account_id

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.this.arn
      }
    }
  }
}

resource "aws_athena_named_query" "sample" {
  for_each = local.sample_queries

  name      = each.key
  workgroup = aws_athena_workgroup.reports.id
  database  = aws_glue_catalog_database.this.name
  query     = each.value
}
