locals {
  mwaa_environment_name = "${local.name}-airflow"
  mwaa_environment_arn  = "arn:${local.partition}:airflow:${local.region}:${local.account_id}:environment/${local.mwaa_environment_name}"

  # MWAA writes to groups of exactly these names. Where they are not there it makes them, without retention:
  # https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html
  mwaa_log_components = ["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"]
  mwaa_log_group_names = {
    for component in local.mwaa_log_components : component => "airflow-${local.mwaa_environment_name}-${component}"
  }

  airflow_version = var.airflow_version == null ? local.contract.versions.airflow : var.airflow_version

  webserver_access_modes = { private = "PRIVATE_ONLY", public = "PUBLIC_ONLY", public_and_private = "PUBLIC_AND_PRIVATE" }

  # The class decides what null means: the least that it takes.
  mwaa_is_micro            = var.mwaa_environment_class == "mw1.micro"
  mwaa_max_worker_count    = var.mwaa_max_worker_count == null ? (local.mwaa_is_micro ? 1 : max(2, var.mwaa_min_worker_count)) : var.mwaa_max_worker_count
  mwaa_scheduler_count     = var.mwaa_scheduler_count == null ? (local.mwaa_is_micro ? 1 : 2) : var.mwaa_scheduler_count
  mwaa_min_webserver_count = var.mwaa_min_webserver_count == null ? (local.mwaa_is_micro ? 1 : 2) : var.mwaa_min_webserver_count
  mwaa_max_webserver_count = var.mwaa_max_webserver_count == null ? local.mwaa_min_webserver_count : var.mwaa_max_webserver_count

  mwaa_configuration_options = merge(
    {
      # Dates are UTC everywhere.
      "core.default_timezone" = "utc"
      # The first run waits for somebody who has seen events arrive.
      "core.dags_are_paused_at_creation" = "True"
    },
    var.airflow_configuration_options,
    { for key, value in local.dag_settings : "clickstream.${key}" => value },
  )
}

resource "aws_cloudwatch_log_group" "mwaa" {
  #checkov:skip=CKV_AWS_338:var.log_retention_days decides how long logs are kept, for all log groups alike.
  for_each = var.create_mwaa ? local.mwaa_log_group_names : {}

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_mwaa_environment" "this" {
  count = var.create_mwaa ? 1 : 0

  name               = local.mwaa_environment_name
  airflow_version    = local.airflow_version
  environment_class  = var.mwaa_environment_class
  execution_role_arn = aws_iam_role.mwaa[0].arn
  kms_key            = aws_kms_key.this.arn

  min_workers    = var.mwaa_min_worker_count
  max_workers    = local.mwaa_max_worker_count
  schedulers     = local.mwaa_scheduler_count
  min_webservers = local.mwaa_min_webserver_count
  max_webservers = local.mwaa_max_webserver_count

  airflow_configuration_options = local.mwaa_configuration_options

  # A changed file under dags/ is there within a minute. A changed requirements.txt or plugins.zip updates the environment,
  # because the version is pinned.
  source_bucket_arn              = aws_s3_bucket.this["artifacts"].arn
  dag_s3_path                    = local.dags_key
  requirements_s3_path           = aws_s3_object.requirements[0].key
  requirements_s3_object_version = aws_s3_object.requirements[0].version_id
  plugins_s3_path                = one(aws_s3_object.plugins[*].key)
  plugins_s3_object_version      = one(aws_s3_object.plugins[*].version_id)

  webserver_access_mode           = local.webserver_access_modes[var.webserver_access_mode]
  weekly_maintenance_window_start = var.mwaa_maintenance_window_start

  network_configuration {
    security_group_ids = aws_security_group.mwaa[*].id
    subnet_ids         = local.private_subnet_ids
  }

  logging_configuration {
    dag_processing_logs {
      enabled   = true
      log_level = var.mwaa_log_level
    }

    scheduler_logs {
      enabled   = true
      log_level = var.mwaa_log_level
    }

    task_logs {
      enabled   = true
      log_level = var.mwaa_log_level
    }

    webserver_logs {
      enabled   = true
      log_level = var.mwaa_log_level
    }

    worker_logs {
      enabled   = true
      log_level = var.mwaa_log_level
    }
  }

  # Creating an environment takes half an hour and fails at its end if one of these is missing.
  depends_on = [
    aws_cloudwatch_log_group.mwaa,
    aws_iam_role_policy.mwaa,
    aws_iam_role_policy_attachment.mwaa_dag,
    aws_route.nat,
    aws_route_table_association.private,
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_versioning.this,
    aws_s3_object.dags,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_egress_rule.mwaa_all,
    aws_vpc_security_group_ingress_rule.mwaa_self,
  ]
}
