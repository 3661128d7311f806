# What MWAA gets, as an allowlist: a new kind of file ships only after it was added here, and nothing of tests/ or packages/
# can match, because no pattern starts above the folder that it is named for.
locals {
  dags_key = "dags"

  dag_file_names = setunion(
    fileset("${path.module}/../dags", "*.py"),
    fileset("${path.module}/../dags", ".airflowignore"),
    fileset("${path.module}/../dags", "clickstream/**/*.py"),
    fileset("${path.module}/../dags", "clickstream/contract/contract.json"), # not its schema, which is for editors
    fileset("${path.module}/../dags", "clickstream/dashboard/templates/*.html"),
  )
  # sample_queries.sql is for people: Athena's named queries have it.
  sql_file_names    = fileset("${path.module}/../sql", "{checks,reports,shared}/*.sql")
  plugin_file_names = fileset("${path.module}/../plugins", "*.py")

  # Object key -> file. The SQL goes where dags/clickstream/reports/statements.py looks for it.
  dag_files = merge(
    { for name in local.dag_file_names : "${local.dags_key}/${name}" => "${path.module}/../dags/${name}" },
    { for name in local.sql_file_names : "${local.dags_key}/sql/${name}" => "${path.module}/../sql/${name}" },
  )
  plugin_files = { for name in local.plugin_file_names : name => "${path.module}/../plugins/${name}" }

  # Terraform would call all of them binary/octet-stream.
  content_types = {
    airflowignore = "text/plain"
    html          = "text/html"
    json          = "application/json"
    py            = "text/x-python"
    sql           = "application/sql"
  }

  create_plugins = var.create_mwaa && length(local.plugin_files) > 0
}

resource "aws_s3_object" "dags" {
  for_each = var.create_mwaa ? local.dag_files : {}

  bucket       = aws_s3_bucket.this["artifacts"].bucket
  key          = each.key
  source       = each.value
  source_hash  = filesha256(each.value)
  content_type = local.content_types[reverse(split(".", each.key))[0]]
  kms_key_id   = aws_kms_key.this.arn

  override_provider {
    default_tags {
      tags = {}
    }
  }
}

resource "aws_s3_object" "requirements" {
  count = var.create_mwaa ? 1 : 0

  bucket       = aws_s3_bucket.this["artifacts"].bucket
  key          = "requirements.txt"
  source       = "${path.module}/../requirements.txt"
  source_hash  = filesha256("${path.module}/../requirements.txt")
  content_type = "text/plain"
  kms_key_id   = aws_kms_key.this.arn

  override_provider {
    default_tags {
      tags = {}
    }
  }

  # What is uploaded before versioning is on has no version to pin.
  depends_on = [aws_s3_bucket_versioning.this]
}

data "archive_file" "plugins" {
  count = local.create_plugins ? 1 : 0

  type             = "zip"
  output_path      = "${path.module}/dist/plugins.zip"
  output_file_mode = "0644" # else the zip would depend on who made the working copy

  dynamic "source" {
    for_each = local.plugin_files

    content {
      filename = source.key
      content  = file(source.value)
    }
  }
}

# As in glue_artifacts.tf: what is read for a plan lies in it.
data "local_file" "plugins" {
  count = local.create_plugins ? 1 : 0

  filename = data.archive_file.plugins[0].output_path
}

resource "aws_s3_object" "plugins" {
  count = local.create_plugins ? 1 : 0

  bucket         = aws_s3_bucket.this["artifacts"].bucket
  key            = "plugins.zip"
  content_base64 = data.local_file.plugins[0].content_base64
  content_type   = "application/zip"
  kms_key_id     = aws_kms_key.this.arn

  override_provider {
    default_tags {
      tags = {}
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
