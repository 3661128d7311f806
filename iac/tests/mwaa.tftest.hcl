# MWAA: what ships, who may do what, which sizes fit each other, and what stays when it is switched off.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
}

mock_provider "archive" {}

mock_provider "local" {}

variables {
  force_destroy      = true # else the test could not take down what it has put up
  environment        = "test"
  aws_region         = "eu-west-1"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
}

run "the_environment_is_private_encrypted_and_of_the_contracts_version" {
  command = apply

  assert {
    condition     = aws_mwaa_environment.this[0].name == "clickstream-test-airflow" && output.mwaa_environment_name == "clickstream-test-airflow"
    error_message = "The environment's name is not <project>-<environment>-airflow."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].airflow_version == local.contract.versions.airflow
    error_message = "The default Airflow version is not the contract's."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].webserver_access_mode == "PRIVATE_ONLY"
    error_message = "The web server is not private by default."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].kms_key == aws_kms_key.this.arn
    error_message = "The environment is not encrypted with our key."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].execution_role_arn == aws_iam_role.mwaa[0].arn
    error_message = "The environment does not run with its own role."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].source_bucket_arn == aws_s3_bucket.this["artifacts"].arn && aws_mwaa_environment.this[0].dag_s3_path == "dags"
    error_message = "The environment does not read its DAGs from the artifacts bucket."
  }

  assert {
    condition = (
      toset(aws_mwaa_environment.this[0].network_configuration[0].subnet_ids) == toset(aws_subnet.private[*].id)
      && toset(aws_mwaa_environment.this[0].network_configuration[0].security_group_ids) == toset([aws_security_group.mwaa[0].id])
    )
    error_message = "The environment is not in the private subnets with its own security group."
  }

  assert {
    condition = [
      aws_mwaa_environment.this[0].environment_class, aws_mwaa_environment.this[0].min_workers,
      aws_mwaa_environment.this[0].max_workers, aws_mwaa_environment.this[0].schedulers,
      aws_mwaa_environment.this[0].min_webservers, aws_mwaa_environment.this[0].max_webservers,
    ] == ["mw1.small", 1, 2, 2, 2, 2]
    error_message = "The default sizes are not the least of mw1.small."
  }

  assert {
    condition = (
      aws_mwaa_environment.this[0].requirements_s3_path == "requirements.txt"
      && aws_mwaa_environment.this[0].requirements_s3_object_version == aws_s3_object.requirements[0].version_id
    )
    error_message = "requirements.txt is not pinned by its object version."
  }
}

run "all_five_log_groups_are_there_first_with_retention_and_key" {
  command = apply

  assert {
    condition = toset([for group in aws_cloudwatch_log_group.mwaa : group.name]) == toset([
      for component in ["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"] : "airflow-clickstream-test-airflow-${component}"
    ])
    error_message = "The log groups do not have the names that MWAA writes to."
  }

  assert {
    condition = alltrue([
      for group in aws_cloudwatch_log_group.mwaa : group.retention_in_days == var.log_retention_days && group.kms_key_id == aws_kms_key.this.arn
    ])
    error_message = "A log group has another retention or key."
  }

  assert {
    condition = alltrue([
      for logs in [
        aws_mwaa_environment.this[0].logging_configuration[0].dag_processing_logs[0],
        aws_mwaa_environment.this[0].logging_configuration[0].scheduler_logs[0],
        aws_mwaa_environment.this[0].logging_configuration[0].task_logs[0],
        aws_mwaa_environment.this[0].logging_configuration[0].webserver_logs[0],
        aws_mwaa_environment.this[0].logging_configuration[0].worker_logs[0],
      ] : logs.enabled && logs.log_level == "INFO"
    ])
    error_message = "A log is not written, or not from INFO on."
  }
}

run "the_dags_get_their_settings_from_the_resources" {
  command = apply

  variables {
    airflow_configuration_options = { "core.default_timezone" = "utc", "email.from_email" = "airflow@example.com" }
  }

  assert {
    condition = local.dag_settings == {
      raw_bucket       = "clickstream-test-raw-123456789012"
      processed_bucket = "clickstream-test-processed-123456789012"
      reports_bucket   = "clickstream-test-reports-123456789012"
      glue_job_name    = "clickstream-test-to-parquet"
      crawler_name     = "clickstream-test-events"
      database         = "clickstream_test"
      workgroup        = "clickstream-test-reports"
      alerts_topic_arn = aws_sns_topic.alerts.arn
      dashboard_prefix = "dashboard/"
      aws_conn_id      = "none"
    }
    error_message = "The DAGs' settings are not the names of the resources."
  }

  assert {
    condition     = nonsensitive(aws_mwaa_environment.this[0].airflow_configuration_options) == tomap(local.mwaa_configuration_options)
    error_message = "The environment does not get the options."
  }

  assert {
    condition = alltrue([
      for key, value in local.dag_settings : local.mwaa_configuration_options["clickstream.${key}"] == value
    ])
    error_message = "A setting is not an option clickstream.<key>."
  }

  assert {
    condition     = local.mwaa_configuration_options["email.from_email"] == "airflow@example.com"
    error_message = "A further option does not arrive."
  }

  assert {
    condition = output.airflow_environment_variables == {
      for key, value in local.dag_settings : "AIRFLOW__CLICKSTREAM__${upper(key)}" => value
    }
    error_message = "The settings for an Airflow of one's own differ from MWAA's."
  }
}

run "exactly_the_allowed_files_ship" {
  command = apply

  assert {
    condition = alltrue([
      for key in [
        "dags/.airflowignore", "dags/clickstream_daily.py", "dags/clickstream/__init__.py", "dags/clickstream/contract/contract.json",
        "dags/clickstream/dashboard/templates/dashboard.html", "dags/sql/reports/event_counts.sql", "dags/sql/checks/duplicate_event_ids.sql",
      ] : contains(keys(aws_s3_object.dags), key)
    ])
    error_message = "A file that the DAGs need does not ship."
  }

  assert {
    condition = toset([for key in keys(aws_s3_object.dags) : key if startswith(key, "dags/sql/reports/")]) == toset([
      for report in local.contract.reports : "dags/sql/reports/${report.name}.sql"
    ])
    error_message = "The reports' SQL that ships is not that of the contract's reports."
  }

  assert {
    condition = alltrue([
      for key in keys(aws_s3_object.dags) :
      can(regex("^dags/([a-z0-9_]+\\.py|\\.airflowignore|clickstream/([a-z0-9_]+/)*[a-z0-9_]+\\.(py|json|html)|sql/(checks|reports|shared)/[a-z0-9_]+\\.sql)$", key))
    ])
    error_message = "A file ships that is none of the allowed kinds."
  }

  assert {
    condition = alltrue([
      for object in aws_s3_object.dags : !can(regex("(^|/)(tests?|local_aws|sample_data|__pycache__|glue_scripts|iac)/", "${object.key} ${trimprefix(object.source, "${path.module}/../")}"))
    ])
    error_message = "A file ships that belongs to tests, tools or the local AWS."
  }

  assert {
    condition = alltrue([
      for object in aws_s3_object.dags :
      object.source_hash == filesha256(object.source) && object.content_type != "" && object.kms_key_id == aws_kms_key.this.arn
      && object.bucket == "clickstream-test-artifacts-123456789012"
    ])
    error_message = "An object has no hash of its content, no content type, another key or another bucket."
  }

  assert {
    condition     = aws_s3_object.requirements[0].source_hash == filesha256("${path.module}/../requirements.txt")
    error_message = "requirements.txt has no hash of its content."
  }

  assert {
    condition = length(aws_s3_object.plugins) == (length(fileset("${path.module}/../plugins", "*.py")) > 0 ? 1 : 0) && (
      aws_mwaa_environment.this[0].plugins_s3_path == (length(aws_s3_object.plugins) > 0 ? "plugins.zip" : null)
    )
    error_message = "plugins.zip must be there if and only if there is a plugin."
  }

  assert {
    condition     = length(aws_s3_object.plugins) == 0 ? true : aws_mwaa_environment.this[0].plugins_s3_object_version == aws_s3_object.plugins[0].version_id
    error_message = "plugins.zip is not pinned by its object version."
  }

  assert {
    condition = alltrue([
      for object in concat(values(aws_s3_object.dags), aws_s3_object.requirements, aws_s3_object.plugins) :
      length(object.override_provider[0].default_tags[0].tags) == 0
    ])
    error_message = "An object gets the provider's default tags, which may be more than the ten that S3 takes of one."
  }

  assert {
    condition     = alltrue([for index, object in aws_s3_object.plugins : object.content_base64 == data.local_file.plugins[index].content_base64])
    error_message = "Another zip than the plugins' is uploaded, or one that only the machine of the plan has."
  }
}

run "only_this_environment_gets_the_role" {
  command = apply

  assert {
    condition = jsondecode(aws_iam_role.mwaa[0].assume_role_policy).Statement == [{
      Sid       = "OnlyForThisEnvironment"
      Effect    = "Allow"
      Principal = { Service = ["airflow.amazonaws.com", "airflow-env.amazonaws.com"] }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:airflow:eu-west-1:123456789012:environment/clickstream-test-airflow" }
      }
    }]
    error_message = "Somebody else than this environment can take the role."
  }

  assert {
    condition = (
      aws_iam_role.mwaa[0].name == local.role_names["mwaa"]
      && aws_iam_role_policy_attachment.mwaa_dag[0].role == aws_iam_role.mwaa[0].name
      && aws_iam_role_policy_attachment.mwaa_dag[0].policy_arn == aws_iam_policy.dag.arn
      && aws_iam_role_policy.mwaa[0].role == aws_iam_role.mwaa[0].id
    )
    error_message = "The role does not have both its policies."
  }

  assert {
    condition = alltrue([
      for action in flatten([
        for statement in concat(jsondecode(aws_iam_policy.dag.policy).Statement, jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement) : statement.Action
      ]) : can(regex("^[a-z0-9]+:[A-Z][A-Za-z0-9]+$", action)) || contains(["kms:GenerateDataKey*", "s3:GetBucket*", "s3:GetObject*", "s3:List*"], action)
    ])
    error_message = "An action has a wildcard that MWAA's documented minimum does not have."
  }

  assert {
    condition = toset(flatten([
      for statement in concat(jsondecode(aws_iam_policy.dag.policy).Statement, jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement) :
      statement.Action if contains(flatten([statement.Resource]), "*")
    ])) == toset(["cloudwatch:PutMetricData", "logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock"])
    error_message = "An action has the resource * although AWS documents a narrower one for it."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement :
      try(statement.Condition.StringEquals["cloudwatch:namespace"], "") == "AmazonMWAA" if contains(flatten([statement.Action]), "cloudwatch:PutMetricData")
    ])
    error_message = "Metrics can be put into any namespace."
  }

  assert {
    condition = alltrue([
      for statement in concat(jsondecode(aws_iam_policy.dag.policy).Statement, jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement) :
      statement.Resource == aws_kms_key.this.arn && can(statement.Condition.StringEquals["kms:ViaService"])
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:")])
    ])
    error_message = "A key can be used that is not ours, or without going through a service."
  }

  assert {
    condition = !anytrue([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement : statement.Action]) :
      action == "s3:ListAllMyBuckets" || startswith(action, "iam:") || startswith(action, "sts:")
    ])
    error_message = "The role can list the account's buckets, pass or take roles."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.mwaa[0].policy).Statement : statement.Resource
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "s3:") && action != "s3:GetAccountPublicAccessBlock"])
    ])) == toset(["arn:aws:s3:::clickstream-test-artifacts-123456789012", "arn:aws:s3:::clickstream-test-artifacts-123456789012/*"])
    error_message = "MWAA itself reads another bucket than that of its code."
  }
}

run "people_log_in_as_one_of_airflows_roles_and_ask_without_changing" {
  command = apply

  assert {
    condition = {
      for role, policy in aws_iam_policy.airflow_login : role => one([for statement in jsondecode(policy.policy).Statement : statement.Resource])
    } == { for role in ["Admin", "Op", "User", "Viewer"] : role => "arn:aws:airflow:eu-west-1:123456789012:role/clickstream-test-airflow/${role}" }
    error_message = "A login policy is for another environment or role."
  }

  assert {
    condition     = output.analyst_policy_arn == aws_iam_policy.analyst.arn && keys(output.airflow_login_policy_arns) == ["Admin", "Op", "User", "Viewer"]
    error_message = "The outputs for people are not those of the policies."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_policy.analyst.policy).Statement : statement.Resource
      if length(setintersection(flatten([statement.Action]), ["s3:PutObject", "s3:DeleteObject", "glue:UpdateTable"])) > 0
    ])) == toset(["arn:aws:s3:::clickstream-test-reports-123456789012/athena-results/*"])
    error_message = "An analyst can write something else than the results of queries."
  }
}

run "a_dag_can_run_this_pipeline_and_nothing_else" {
  command = apply

  assert {
    condition = {
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Sid => statement.Resource
      if contains(["RunTheJob", "RunTheCrawler", "QueryInTheWorkgroup"], statement.Sid)
      } == {
      RunTheJob           = "arn:aws:glue:eu-west-1:123456789012:job/clickstream-test-to-parquet"
      RunTheCrawler       = "arn:aws:glue:eu-west-1:123456789012:crawler/clickstream-test-events"
      QueryInTheWorkgroup = "arn:aws:athena:eu-west-1:123456789012:workgroup/clickstream-test-reports"
    }
    error_message = "A DAG can run another job, crawler or workgroup."
  }

  assert {
    condition = (
      aws_glue_job.to_parquet.name == "clickstream-test-to-parquet" && aws_glue_crawler.events.name == "clickstream-test-events"
      && aws_athena_workgroup.reports.name == "clickstream-test-reports" && aws_glue_catalog_database.this.name == "clickstream_test"
    )
    error_message = "The policy names resources that are called something else."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "s3:DeleteObject")
      ])) == toset(concat([for report in local.contract.reports : "arn:aws:s3:::clickstream-test-reports-123456789012/reports/${report.name}/*"], [
      "arn:aws:s3:::clickstream-test-reports-123456789012/leases/*",
    ]))
    error_message = "A DAG can delete something else than reports and leases."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "s3:PutObject")
      ])) == toset(concat([for report in local.contract.reports : "arn:aws:s3:::clickstream-test-reports-123456789012/reports/${report.name}/*"], [
      "arn:aws:s3:::clickstream-test-reports-123456789012/athena-results/*",
      "arn:aws:s3:::clickstream-test-reports-123456789012/dashboard/*",
      "arn:aws:s3:::clickstream-test-reports-123456789012/leases/*",
    ]))
    error_message = "A DAG can write elsewhere than into the reports bucket's own folders."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Resource
      if anytrue([for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:s3:::clickstream-test-raw")])
    ])) == toset(["arn:aws:s3:::clickstream-test-raw-123456789012"])
    error_message = "A DAG can do more with raw events than to list them."
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Condition if statement.Sid == "SeeWhatArrived"
    ]) == { StringLike = { "s3:prefix" = "events/*" } }
    error_message = "A DAG can list more of the raw bucket than the events."
  }

  assert {
    condition = toset(one([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Resource if statement.Sid == "ShowTheJobsLog"
    ])) == toset([for group in aws_cloudwatch_log_group.glue : "${group.arn}:*"])
    error_message = "A DAG can't read the Glue job's log groups, or reads others."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_policy.dag.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "logs:GetLogEvents") && statement.Sid != "ShowTheJobsLog"
    ])) == toset(["arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/jobs-*clickstream-test-glue-job-clickstream-test/*:*"])
    error_message = "A DAG reads the logs of another job."
  }

  assert {
    condition     = output.dag_policy_json == aws_iam_policy.dag.policy && output.dag_policy_arn == aws_iam_policy.dag.arn
    error_message = "The outputs are not those of the policy."
  }
}

run "without_mwaa_only_the_policy_and_the_settings_stay" {
  command = apply

  variables {
    create_mwaa = false
  }

  assert {
    condition = alltrue([
      for count in [
        length(aws_mwaa_environment.this), length(aws_iam_role.mwaa), length(aws_iam_role_policy.mwaa),
        length(aws_iam_role_policy_attachment.mwaa_dag), length(aws_iam_policy.airflow_login), length(aws_cloudwatch_log_group.mwaa), length(aws_s3_object.dags),
        length(aws_s3_object.requirements), length(aws_s3_object.plugins), length(data.archive_file.plugins),
        length(aws_vpc.this), length(aws_default_security_group.this), length(aws_subnet.private), length(aws_subnet.public),
        length(aws_route_table.private), length(aws_route_table.public), length(aws_security_group.mwaa),
        length(aws_vpc_security_group_ingress_rule.mwaa_self), length(aws_vpc_security_group_egress_rule.mwaa_all),
        length(aws_internet_gateway.this), length(aws_eip.nat), length(aws_nat_gateway.this), length(aws_vpc_endpoint.s3),
        length(aws_vpc_endpoint.interface), length(aws_flow_log.this), length(aws_iam_role.flow_log),
        length(aws_cloudwatch_log_group.flow_log), length(data.aws_availability_zones.available),
      ] : count == 0
    ])
    error_message = "Something of MWAA or its network is left."
  }

  assert {
    condition     = aws_iam_policy.dag.name == "clickstream-test-dag" && output.dag_policy_arn == aws_iam_policy.dag.arn
    error_message = "The policy for an Airflow of one's own is gone."
  }

  assert {
    condition = output.airflow_environment_variables == {
      AIRFLOW__CLICKSTREAM__RAW_BUCKET       = "clickstream-test-raw-123456789012"
      AIRFLOW__CLICKSTREAM__PROCESSED_BUCKET = "clickstream-test-processed-123456789012"
      AIRFLOW__CLICKSTREAM__REPORTS_BUCKET   = "clickstream-test-reports-123456789012"
      AIRFLOW__CLICKSTREAM__GLUE_JOB_NAME    = "clickstream-test-to-parquet"
      AIRFLOW__CLICKSTREAM__CRAWLER_NAME     = "clickstream-test-events"
      AIRFLOW__CLICKSTREAM__DATABASE         = "clickstream_test"
      AIRFLOW__CLICKSTREAM__WORKGROUP        = "clickstream-test-reports"
      AIRFLOW__CLICKSTREAM__ALERTS_TOPIC_ARN = aws_sns_topic.alerts.arn
      AIRFLOW__CLICKSTREAM__DASHBOARD_PREFIX = "dashboard/"
      AIRFLOW__CLICKSTREAM__AWS_CONN_ID      = "none"
    }
    error_message = "The settings for an Airflow of one's own are gone or changed."
  }

  assert {
    condition = (
      output.mwaa_environment_name == null && output.mwaa_execution_role_arn == null && output.mwaa_webserver_url == null
      && output.mwaa_security_group_id == null && output.vpc_id == null && length(output.private_subnet_ids) == 0
    )
    error_message = "An output tells of an MWAA that is not there."
  }
}

run "micro_is_one_of_everything" {
  command = plan

  variables {
    mwaa_environment_class = "mw1.micro"
  }

  assert {
    condition = [
      aws_mwaa_environment.this[0].environment_class, aws_mwaa_environment.this[0].min_workers,
      aws_mwaa_environment.this[0].max_workers, aws_mwaa_environment.this[0].schedulers,
      aws_mwaa_environment.this[0].min_webservers, aws_mwaa_environment.this[0].max_webservers,
    ] == ["mw1.micro", 1, 1, 1, 1, 1]
    error_message = "mw1.micro must have one worker, one scheduler and one web server."
  }
}

run "sizes_can_be_chosen" {
  command = plan

  variables {
    mwaa_environment_class   = "mw1.medium"
    mwaa_min_worker_count    = 3
    mwaa_scheduler_count     = 5
    mwaa_min_webserver_count = 3
    mwaa_max_webserver_count = 4
    airflow_version          = "3.3.1"
    webserver_access_mode    = "public"
  }

  assert {
    condition = [
      aws_mwaa_environment.this[0].min_workers, aws_mwaa_environment.this[0].max_workers, aws_mwaa_environment.this[0].schedulers,
      aws_mwaa_environment.this[0].min_webservers, aws_mwaa_environment.this[0].max_webservers,
    ] == [3, 3, 5, 3, 4]
    error_message = "The chosen sizes do not arrive, or max_workers is below min_workers."
  }

  assert {
    condition     = aws_mwaa_environment.this[0].airflow_version == "3.3.1" && aws_mwaa_environment.this[0].webserver_access_mode == "PUBLIC_ONLY"
    error_message = "The chosen version or access mode does not arrive."
  }
}

run "more_web_servers_at_least_are_more_at_most" {
  command = plan

  variables {
    mwaa_min_webserver_count = 4
  }

  assert {
    condition     = aws_mwaa_environment.this[0].max_webservers == 4
    error_message = "max_webservers is below min_webservers."
  }
}

run "other_airflow_versions_are_refused" {
  command = plan

  variables {
    airflow_version = "2.10.3"
  }

  expect_failures = [var.airflow_version]
}

run "unknown_classes_are_refused" {
  command = plan

  variables {
    mwaa_environment_class = "mw1.tiny"
  }

  expect_failures = [var.mwaa_environment_class]
}

run "no_worker_is_refused" {
  command = plan

  variables {
    mwaa_min_worker_count = 0
  }

  expect_failures = [var.mwaa_min_worker_count]
}

run "micro_with_two_workers_at_least_is_refused" {
  command = plan

  variables {
    mwaa_environment_class = "mw1.micro"
    mwaa_min_worker_count  = 2
  }

  expect_failures = [var.mwaa_min_worker_count]
}

run "micro_with_three_workers_at_most_is_refused" {
  command = plan

  variables {
    mwaa_environment_class = "mw1.micro"
    mwaa_max_worker_count  = 3
  }

  expect_failures = [var.mwaa_max_worker_count]
}

run "fewer_workers_at_most_than_at_least_are_refused" {
  command = plan

  variables {
    mwaa_min_worker_count = 3
    mwaa_max_worker_count = 2
  }

  expect_failures = [var.mwaa_max_worker_count]
}

run "more_workers_than_the_quota_are_refused" {
  command = plan

  variables {
    mwaa_max_worker_count = 26
  }

  expect_failures = [var.mwaa_max_worker_count]
}

run "micro_with_two_schedulers_is_refused" {
  command = plan

  variables {
    mwaa_environment_class = "mw1.micro"
    mwaa_scheduler_count   = 2
  }

  expect_failures = [var.mwaa_scheduler_count]
}

run "micro_with_two_web_servers_at_least_is_refused" {
  command = plan

  variables {
    mwaa_environment_class   = "mw1.micro"
    mwaa_min_webserver_count = 2
  }

  expect_failures = [var.mwaa_min_webserver_count]
}

run "micro_with_two_web_servers_at_most_is_refused" {
  command = plan

  variables {
    mwaa_environment_class   = "mw1.micro"
    mwaa_max_webserver_count = 2
  }

  expect_failures = [var.mwaa_max_webserver_count]
}

run "small_with_one_scheduler_is_refused" {
  command = plan

  variables {
    mwaa_scheduler_count = 1
  }

  expect_failures = [var.mwaa_scheduler_count]
}

run "small_with_one_web_server_at_least_is_refused" {
  command = plan

  variables {
    mwaa_min_webserver_count = 1
  }

  expect_failures = [var.mwaa_min_webserver_count]
}

run "small_with_one_web_server_at_most_is_refused" {
  command = plan

  variables {
    mwaa_max_webserver_count = 1
  }

  expect_failures = [var.mwaa_max_webserver_count]
}

run "small_with_six_schedulers_is_refused" {
  command = plan

  variables {
    mwaa_scheduler_count = 6
  }

  expect_failures = [var.mwaa_scheduler_count]
}

run "small_with_six_web_servers_at_least_is_refused" {
  command = plan

  variables {
    mwaa_min_webserver_count = 6
  }

  expect_failures = [var.mwaa_min_webserver_count]
}

run "small_with_six_web_servers_at_most_is_refused" {
  command = plan

  variables {
    mwaa_max_webserver_count = 6
  }

  expect_failures = [var.mwaa_max_webserver_count]
}

run "fewer_web_servers_at_most_than_at_least_are_refused" {
  command = plan

  variables {
    mwaa_min_webserver_count = 4
    mwaa_max_webserver_count = 2
  }

  expect_failures = [var.mwaa_max_webserver_count]
}

run "other_access_modes_are_refused" {
  command = plan

  variables {
    webserver_access_mode = "PUBLIC_ONLY"
  }

  expect_failures = [var.webserver_access_mode]
}

run "public_alone_leaves_workers_behind_endpoints_no_way_to_the_web_server" {
  command = plan

  variables {
    webserver_access_mode = "public"
    network_egress        = "endpoints"
  }

  expect_failures = [var.webserver_access_mode]
}

run "public_and_private_lets_them_reach_it" {
  command = plan

  variables {
    webserver_access_mode = "public_and_private"
    network_egress        = "endpoints"
  }

  assert {
    condition     = aws_mwaa_environment.this[0].webserver_access_mode == "PUBLIC_AND_PRIVATE"
    error_message = "The web server is not reached from both sides."
  }
}

run "public_and_private_came_with_airflow_3_2" {
  command = plan

  variables {
    webserver_access_mode = "public_and_private"
    airflow_version       = "3.0.6"
  }

  expect_failures = [var.webserver_access_mode]
}

run "a_given_network_may_have_a_way_to_a_public_web_server" {
  command = plan

  variables {
    webserver_access_mode = "public"
    network_egress        = "endpoints"
    vpc_id                = "vpc-0123456789abcdef0"
    private_subnet_ids    = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  }

  assert {
    condition     = aws_mwaa_environment.this[0].webserver_access_mode == "PUBLIC_ONLY"
    error_message = "A network of one's own is refused for what it may well have."
  }
}

run "unknown_log_levels_are_refused" {
  command = plan

  variables {
    mwaa_log_level = "info"
  }

  expect_failures = [var.mwaa_log_level]
}

run "other_maintenance_windows_are_refused" {
  command = plan

  variables {
    mwaa_maintenance_window_start = "SUN:12:15"
  }

  expect_failures = [var.mwaa_maintenance_window_start]
}

run "options_without_a_section_are_refused" {
  command = plan

  variables {
    airflow_configuration_options = { parallelism = "8" }
  }

  expect_failures = [var.airflow_configuration_options]
}

run "the_dags_own_section_is_not_for_options" {
  command = plan

  variables {
    airflow_configuration_options = { "clickstream.raw_bucket" = "another" }
  }

  expect_failures = [var.airflow_configuration_options]
}

run "a_second_region_has_names_of_its_own" {
  command = plan

  variables {
    global_name_suffix = "-euw1"
  }

  # Of what one account has once, whatever the region.
  assert {
    condition = alltrue([
      for name in flatten([
        aws_iam_role.firehose.name, aws_iam_role.glue_job.name, aws_iam_role.crawler.name, aws_iam_role.mwaa[*].name,
        aws_iam_role.freshness_check.name, aws_iam_role.freshness_schedule.name, aws_iam_role.flow_log[*].name,
        aws_iam_policy.dag.name, aws_iam_policy.producer.name, aws_budgets_budget.this[*].name,
        aws_cloudwatch_dashboard.this.dashboard_name, values(aws_s3_bucket.this)[*].bucket,
      ]) : strcontains(name, "-euw1")
    ])
    error_message = "A name is the same in every region of the account."
  }
}
