# The facts that hold in every environment come from the contract; this file only turns them into names.
locals {
  contract = jsondecode(file("${path.module}/../dags/clickstream/contract/contract.json"))

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = var.aws_region

  log_groups_arn = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group" # the group's name follows

  # <project>-<environment>-<thing>
  name = "${local.contract.project}-${var.environment}"

  # Of what all regions of the account share: IAM, the budget, the dashboard.
  global_name = "${local.name}${var.global_name_suffix}"

  # Bucket names are shared by all of AWS: the account's number makes them ours.
  bucket_suffix = var.bucket_suffix == null ? "${var.global_name_suffix}-${local.account_id}" : var.bucket_suffix
  bucket_names  = { for bucket in local.contract.resources.buckets : bucket => "${local.name}-${bucket}${local.bucket_suffix}" }

  delivery_stream_name = "${local.name}-${local.contract.resources.delivery_stream}"
  glue_job_name        = "${local.name}-${local.contract.resources.glue_job}"
  crawler_name         = "${local.name}-${local.contract.resources.crawler}"
  workgroup_name       = "${local.name}-${local.contract.resources.workgroup}"
  role_names           = { for role in local.contract.resources.roles : role => "${local.global_name}-${role}" }

  # Athena takes no hyphen in a database's name without quotes.
  database_name = replace(local.name, "-", "_")
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}
