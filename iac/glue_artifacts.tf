# The job's script, and the zip with the modules that it imports: its own, and the contract as a package.
locals {
  glue_script_file  = "${path.module}/../glue_scripts/${basename(local.contract.glue.script_key)}"
  glue_module_files = fileset("${path.module}/../glue_scripts", "clickstream_glue/**/*.py")
  contract_files    = setunion(["__init__.py", "contract/__init__.py", "contract/contract.json"], fileset("${path.module}/../dags/clickstream", "contract/*.py"))

  # Name in the zip -> file.
  glue_modules = merge(
    { for name in local.glue_module_files : name => "${path.module}/../glue_scripts/${name}" },
    { for name in local.contract_files : "clickstream/${name}" => "${path.module}/../dags/clickstream/${name}" },
  )
}

resource "aws_s3_object" "glue_script" {
  bucket       = aws_s3_bucket.this["artifacts"].bucket
  key          = local.contract.glue.script_key
  source       = local.glue_script_file
  source_hash  = filesha256(local.glue_script_file)
  content_type = "text/x-python"
  kms_key_id   = aws_kms_key.this.arn

  override_provider {
    default_tags {
      tags = {}
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

data "archive_file" "glue_modules" {
  type             = "zip"
  output_path      = "${path.module}/dist/clickstream_modules.zip"
  output_file_mode = "0644" # else the zip would depend on who made the working copy

  dynamic "source" {
    for_each = local.glue_modules

    content {
      filename = source.key
      content  = file(source.value)
    }
  }
}

# What is read for a plan lies in it: so an apply on another machine, whose dist/ is empty, has the zip too.
data "local_file" "glue_modules" {
  filename = data.archive_file.glue_modules.output_path
}

resource "aws_s3_object" "glue_modules" {
  bucket         = aws_s3_bucket.this["artifacts"].bucket
  key            = local.contract.glue.modules_key
  content_base64 = data.local_file.glue_modules.content_base64
  content_type   = "application/zip"
  kms_key_id     = aws_kms_key.this.arn

  override_provider {
    default_tags {
      tags = {}
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
