# Storage, Firehose, Glue and Athena: private, encrypted, tied to each other, and what each variable refuses.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
}

mock_provider "archive" {}

mock_provider "local" {}

variables {
  force_destroy = true # else the test could not take down what it has put up
  environment   = "test"
  aws_region    = "eu-west-1"
  create_mwaa   = false
}

run "every_bucket_is_private_versioned_and_encrypted_with_the_one_key" {
  command = apply

  assert {
    condition = { for name, bucket in aws_s3_bucket.this : name => bucket.bucket } == {
      for name in ["raw", "processed", "reports", "artifacts"] : name => "clickstream-test-${name}-123456789012"
    }
    error_message = "The buckets are not the four of the contract, named <project>-<environment>-<bucket>-<account>."
  }

  assert {
    condition = keys(aws_s3_bucket_public_access_block.this) == keys(aws_s3_bucket.this) && alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "A bucket may be made public."
  }

  assert {
    condition = keys(aws_s3_bucket_versioning.this) == keys(aws_s3_bucket.this) && alltrue([
      for versioning in aws_s3_bucket_versioning.this : versioning.versioning_configuration[0].status == "Enabled"
    ])
    error_message = "A bucket keeps no versions."
  }

  assert {
    condition = keys(aws_s3_bucket_server_side_encryption_configuration.this) == keys(aws_s3_bucket.this) && alltrue(flatten([
      for encryption in aws_s3_bucket_server_side_encryption_configuration.this : [
        for rule in encryption.rule : rule.bucket_key_enabled && alltrue([
          for default in rule.apply_server_side_encryption_by_default :
          default.sse_algorithm == "aws:kms" && default.kms_master_key_id == aws_kms_key.this.arn
        ])
      ]
    ]))
    error_message = "A bucket is not encrypted with the key, or without a bucket key."
  }

  assert {
    condition = keys(aws_s3_bucket_ownership_controls.this) == keys(aws_s3_bucket.this) && alltrue([
      for controls in aws_s3_bucket_ownership_controls.this : controls.rule[0].object_ownership == "BucketOwnerEnforced"
    ])
    error_message = "A bucket knows access control lists."
  }

  assert {
    condition = keys(aws_s3_bucket_policy.this) == keys(aws_s3_bucket.this) && alltrue([
      for policy in aws_s3_bucket_policy.this : alltrue([
        for statement in jsondecode(policy.policy).Statement : statement.Effect == "Deny" && statement.Principal == "*"
      ])
    ])
    error_message = "A bucket's policy grants something; it is there to deny."
  }

  assert {
    condition = alltrue([
      for policy in aws_s3_bucket_policy.this : anytrue([
        for statement in jsondecode(policy.policy).Statement :
        statement.Action == "s3:*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      ])
    ])
    error_message = "A bucket answers without TLS."
  }

  # The keys that S3 hands to a policy: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
  assert {
    condition = alltrue([
      for policy in aws_s3_bucket_policy.this : {
        for statement in jsondecode(policy.policy).Statement : statement.Sid => statement.Condition if statement.Action == "s3:PutObject"
        } == {
        NothingWithoutKms = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
        }
        NothingWithAwsOwnKey = {
          Null = { "s3:x-amz-server-side-encryption" = "false", "s3:x-amz-server-side-encryption-aws-kms-key-id" = "true" }
        }
        NothingWithAnotherKey = {
          Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.this.arn }
        }
        NothingWithACustomersKey = { Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" } }
      }
    ])
    error_message = "An object can be encrypted with something else than the deployment's key."
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "There are access logs that nobody asked for."
  }
}

run "the_key_rotates_and_serves_this_account_and_its_services_only" {
  command = apply

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key does not rotate, or goes too soon."
  }

  assert {
    condition = toset([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal.AWS if can(statement.Principal.AWS)
    ]) == toset(["arn:aws:iam::123456789012:root"])
    error_message = "Somebody besides the account's own IAM may use the key."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal.Service if can(statement.Principal.Service)
    ])) == toset(["budgets.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com", "logs.eu-west-1.amazonaws.com"])
    error_message = "The services that may use the key are not the four that need it."
  }

  assert {
    condition = alltrue([
      for group in concat([aws_cloudwatch_log_group.firehose], values(aws_cloudwatch_log_group.glue), [aws_cloudwatch_log_group.freshness_check]) :
      anytrue([
        for pattern in local.key_log_group_arns :
        can(regex("^${replace(pattern, "*", ".*")}$", "arn:aws:logs:eu-west-1:123456789012:log-group:${group.name}"))
      ])
    ])
    error_message = "CloudWatch Logs may not use the key for one of the log groups."
  }

  assert {
    condition = alltrue([
      for group in concat([aws_cloudwatch_log_group.firehose], values(aws_cloudwatch_log_group.glue)) :
      group.kms_key_id == aws_kms_key.this.arn && group.retention_in_days == 90
    ])
    error_message = "A log group is not encrypted, or keeps its logs for ever."
  }
}

run "raw_events_are_archived_and_results_expire" {
  command = apply

  assert {
    condition = { for name, lifecycle in aws_s3_bucket_lifecycle_configuration.this : name => [for rule in lifecycle.rule : rule.id] } == {
      raw       = ["tidy-up", "archive-events"]
      processed = ["tidy-up", "expire-staging"]
      reports   = ["tidy-up", "expire-athena-results"]
      artifacts = ["tidy-up", "expire-old-versions-dags", "expire-old-versions-glue", "expire-old-versions-spark-logs", "expire-spark-logs"]
    }
    error_message = "The buckets have other lifecycle rules."
  }

  assert {
    condition = alltrue([
      for lifecycle in aws_s3_bucket_lifecycle_configuration.this :
      lifecycle.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7
    ])
    error_message = "Unfinished uploads stay in a bucket."
  }

  assert {
    condition = {
      for name, lifecycle in aws_s3_bucket_lifecycle_configuration.this : name => flatten([
        for rule in lifecycle.rule : [
          for expiration in rule.noncurrent_version_expiration : ["${rule.id}: ${expiration.noncurrent_days}"]
        ]
      ])
      } == {
      raw       = ["tidy-up: 30"]
      processed = ["tidy-up: 30"]
      reports   = ["tidy-up: 30"]
      artifacts = ["expire-old-versions-dags: 30", "expire-old-versions-glue: 30", "expire-old-versions-spark-logs: 30"]
    }
    error_message = "Old versions stay, or those go to which MWAA is pinned: requirements.txt's and plugins.zip's."
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this["artifacts"].rule : rule.filter[0].prefix if startswith(rule.id, "expire-old-versions")
    ] == ["dags/", "glue/", "spark-logs/"]
    error_message = "The artifacts' old versions go elsewhere than where code and Spark's history lie."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this["raw"].rule[1].filter[0].prefix == "events/"
      && one(aws_s3_bucket_lifecycle_configuration.this["raw"].rule[1].transition).days == 90
      && one(aws_s3_bucket_lifecycle_configuration.this["raw"].rule[1].transition).storage_class == "GLACIER_IR"
      && length(aws_s3_bucket_lifecycle_configuration.this["raw"].rule[1].expiration) == 0
    )
    error_message = "Raw events are not archived after 90 days, or are deleted."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this["reports"].rule[1].filter[0].prefix == local.contract.athena.results_prefix
      && aws_s3_bucket_lifecycle_configuration.this["reports"].rule[1].expiration[0].days == 30
      && aws_s3_bucket_lifecycle_configuration.this["processed"].rule[1].filter[0].prefix == local.contract.glue.staging_prefix
    )
    error_message = "Something else than Athena's results and the job's staging folder expires."
  }
}

run "lifecycles_can_be_chosen" {
  command = apply

  variables {
    raw_archive_after_days = null
    raw_expire_after_days  = 400
    access_log_bucket_name = "the-log-bucket"
  }

  assert {
    condition = (
      [for rule in aws_s3_bucket_lifecycle_configuration.this["raw"].rule : rule.id] == ["tidy-up", "expire-events"]
      && aws_s3_bucket_lifecycle_configuration.this["raw"].rule[1].expiration[0].days == 400
    )
    error_message = "Raw events do not expire as asked."
  }

  assert {
    condition = alltrue([
      for name, logging in aws_s3_bucket_logging.this :
      logging.target_bucket == "the-log-bucket" && logging.target_prefix == "${aws_s3_bucket.this[name].bucket}/"
    ]) && length(aws_s3_bucket_logging.this) == 4
    error_message = "The buckets do not log their access as asked."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy]) && aws_athena_workgroup.reports.force_destroy
    error_message = "A destroy would stop at what is stored, although it was told not to."
  }
}

run "the_stream_writes_gzip_lines_into_the_raw_bucket" {
  command = apply

  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.events.destination == "extended_s3"
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].bucket_arn == aws_s3_bucket.this["raw"].arn
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].role_arn == aws_iam_role.firehose.arn
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].compression_format == "GZIP"
    )
    error_message = "The stream does not write to the raw bucket with its own role."
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].prefix == "events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"
    error_message = "The stream's prefix is not the folder of the arrival date."
  }

  assert {
    condition     = !startswith(aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].error_output_prefix, "events/")
    error_message = "What could not be processed would be read as events."
  }

  assert {
    condition = [
      for processor in aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].processing_configuration[0].processors :
      [processor.type, [for parameter in processor.parameters : parameter.parameter_value]]
    ] == [["AppendDelimiterToRecord", ["\\n"]]]
    error_message = "Records are not put on lines of their own."
  }

  assert {
    condition = (
      one(aws_kinesis_firehose_delivery_stream.events.server_side_encryption).key_type == "CUSTOMER_MANAGED_CMK"
      && one(aws_kinesis_firehose_delivery_stream.events.server_side_encryption).key_arn == aws_kms_key.this.arn
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].kms_key_arn == aws_kms_key.this.arn
    )
    error_message = "Events are not encrypted with the key while they wait, or when they are written."
  }

  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].cloudwatch_logging_options[0].enabled
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].cloudwatch_logging_options[0].log_group_name == aws_cloudwatch_log_group.firehose.name
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].cloudwatch_logging_options[0].log_stream_name == aws_cloudwatch_log_stream.delivery.name
    )
    error_message = "Failed deliveries are not logged."
  }
}

run "the_streams_buffer_can_be_chosen" {
  command = apply

  variables {
    firehose_buffer_size_mib   = 128
    firehose_buffer_interval_s = 60
  }

  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].buffering_size == 128
      && aws_kinesis_firehose_delivery_stream.events.extended_s3_configuration[0].buffering_interval == 60
    )
    error_message = "The buffer is not the chosen one."
  }
}

run "the_job_runs_the_uploaded_code_with_its_own_role" {
  command = apply

  assert {
    condition = (
      aws_glue_job.to_parquet.name == "clickstream-test-to-parquet" && aws_glue_job.to_parquet.role_arn == aws_iam_role.glue_job.arn
      && aws_glue_job.to_parquet.glue_version == local.contract.versions.glue
      && aws_glue_job.to_parquet.security_configuration == aws_glue_security_configuration.this.name
      && aws_glue_job.to_parquet.max_retries == 0
    )
    error_message = "The job is not the contract's, with its own role."
  }

  assert {
    condition = (
      aws_glue_job.to_parquet.command[0].script_location == "s3://${aws_s3_object.glue_script.bucket}/${aws_s3_object.glue_script.key}"
      && aws_glue_job.to_parquet.default_arguments["--extra-py-files"] == "s3://${aws_s3_object.glue_modules.bucket}/${aws_s3_object.glue_modules.key}"
      && aws_s3_object.glue_script.bucket == aws_s3_bucket.this["artifacts"].bucket
    )
    error_message = "The job runs something else than what is uploaded."
  }

  assert {
    condition = (
      aws_glue_job.to_parquet.default_arguments["--raw_bucket"] == aws_s3_bucket.this["raw"].bucket
      && aws_glue_job.to_parquet.default_arguments["--processed_bucket"] == aws_s3_bucket.this["processed"].bucket
      && aws_glue_job.to_parquet.default_arguments["--job-bookmark-option"] == "job-bookmark-disable"
      && aws_glue_job.to_parquet.default_arguments["--enable-auto-scaling"] == "true"
    )
    error_message = "The job's arguments are not its buckets, without bookmarks and with auto scaling."
  }

  assert {
    condition = toset([for group in aws_cloudwatch_log_group.glue : group.name]) == toset([
      for kind in ["error", "output"] : "${aws_glue_job.to_parquet.default_arguments["--custom-logGroup-prefix"]}/${kind}"
    ])
    error_message = "The job logs into groups that nobody made."
  }

  assert {
    condition     = startswith(aws_glue_job.to_parquet.default_arguments["--spark-event-logs-path"], "s3://${aws_s3_bucket.this["artifacts"].bucket}/")
    error_message = "Spark's history is not kept in the artifacts bucket."
  }

  assert {
    condition = (
      data.local_file.glue_modules.filename == data.archive_file.glue_modules.output_path
      && aws_s3_object.glue_modules.content_base64 == data.local_file.glue_modules.content_base64
    )
    error_message = "Another zip than the modules' is uploaded, or one that only the machine of the plan has."
  }

  assert {
    condition     = alltrue([for object in [aws_s3_object.glue_script, aws_s3_object.glue_modules] : length(object.override_provider[0].default_tags[0].tags) == 0])
    error_message = "An object gets the provider's default tags, which may be more than the ten that S3 takes of one."
  }
}

run "the_job_can_run_on_glue_6" {
  command = apply

  variables {
    glue_version = "6.0"
  }

  assert {
    condition     = aws_glue_job.to_parquet.glue_version == "6.0"
    error_message = "The job's version is not the chosen one."
  }
}

run "the_crawler_reads_exactly_the_events" {
  command = apply

  assert {
    condition = [for target in aws_glue_crawler.events.s3_target : [target.path, target.exclusions]] == [
      ["s3://${aws_s3_bucket.this["processed"].bucket}/events/", tolist(local.contract.crawler.exclusions)]
    ]
    error_message = "The crawler's target is not the events folder."
  }

  assert {
    condition = (
      aws_glue_crawler.events.role == aws_iam_role.crawler.arn
      && aws_glue_crawler.events.database_name == aws_glue_catalog_database.this.name
      && aws_glue_crawler.events.security_configuration == aws_glue_security_configuration.this.name
      && aws_glue_crawler.events.schedule == null
    )
    error_message = "The crawler does not fill this database with its own role when the DAG says so."
  }

  assert {
    condition = (
      jsondecode(aws_glue_crawler.events.configuration).Grouping.TableGroupingPolicy == "CombineCompatibleSchemas"
      && jsondecode(aws_glue_crawler.events.configuration).CrawlerOutput.Partitions.AddOrUpdateBehavior == "InheritFromTable"
    )
    error_message = "The crawler would make many tables, or partitions of their own schema."
  }
}

run "tables_without_a_crawler_project_their_partitions" {
  command = apply

  assert {
    condition     = toset(keys(aws_glue_catalog_table.projected)) == toset(concat(["quarantine", "run_ledger"], [for report in local.contract.reports : report.name]))
    error_message = "The tables are not the contract's."
  }

  assert {
    condition = alltrue([
      for table in aws_glue_catalog_table.projected : (
        table.database_name == aws_glue_catalog_database.this.name && table.parameters["projection.enabled"] == "true"
        && table.parameters["storage.location.template"] == format("%s%s=$%s/", table.storage_descriptor[0].location, table.partition_keys[0].name, "{${table.partition_keys[0].name}}")
        && table.parameters["projection.${table.partition_keys[0].name}.range"] == "2020-01-01,NOW"
      )
    ])
    error_message = "A table's partitions can't be worked out."
  }

  assert {
    condition = (
      aws_glue_catalog_table.projected["run_ledger"].storage_descriptor[0].location == "s3://${aws_s3_bucket.this["processed"].bucket}/ledger/"
      && aws_glue_catalog_table.projected["event_counts"].storage_descriptor[0].location == "s3://${aws_s3_bucket.this["reports"].bucket}/reports/event_counts/"
    )
    error_message = "A table lies elsewhere."
  }
}

run "the_workgroup_decides_where_results_go_and_what_a_query_may_cost" {
  command = apply

  assert {
    condition = (
      aws_athena_workgroup.reports.configuration[0].enforce_workgroup_configuration
      && aws_athena_workgroup.reports.configuration[0].publish_cloudwatch_metrics_enabled
      && aws_athena_workgroup.reports.configuration[0].bytes_scanned_cutoff_per_query == local.contract.athena.bytes_scanned_cutoff
      && aws_athena_workgroup.reports.configuration[0].engine_version[0].selected_engine_version == "Athena engine version 3"
    )
    error_message = "The workgroup does not enforce the contract's limits."
  }

  assert {
    condition = (
      aws_athena_workgroup.reports.configuration[0].result_configuration[0].output_location == "s3://${aws_s3_bucket.this["reports"].bucket}/athena-results/"
      && aws_athena_workgroup.reports.configuration[0].result_configuration[0].encryption_configuration[0].encryption_option == "SSE_KMS"
      && aws_athena_workgroup.reports.configuration[0].result_configuration[0].encryption_configuration[0].kms_key_arn == aws_kms_key.this.arn
    )
    error_message = "Results are not encrypted with the key in the reports bucket."
  }

  assert {
    condition = length(aws_athena_named_query.sample) == length(regexall("(?m);$", file("../sql/sample_queries.sql"))) && alltrue([
      for query in aws_athena_named_query.sample :
      query.workgroup == aws_athena_workgroup.reports.id && query.database == aws_glue_catalog_database.this.name && can(regex("(?i)\\bselect\\b", query.query))
    ])
    error_message = "The named queries are not those of sample_queries.sql."
  }
}

run "each_role_belongs_to_one_service_of_this_account" {
  command = apply

  assert {
    condition = {
      for role in [aws_iam_role.firehose, aws_iam_role.glue_job, aws_iam_role.crawler] :
      role.name => [for statement in jsondecode(role.assume_role_policy).Statement : [statement.Principal.Service, statement.Condition.StringEquals["aws:SourceAccount"]]]
      } == {
      clickstream-test-firehose = [["firehose.amazonaws.com", "123456789012"]]
      clickstream-test-glue-job = [["glue.amazonaws.com", "123456789012"]]
      clickstream-test-crawler  = [["glue.amazonaws.com", "123456789012"]]
    }
    error_message = "A role can be assumed by another service, or for another account."
  }

  assert {
    condition = (
      aws_iam_role_policy.firehose.role == aws_iam_role.firehose.id && aws_iam_role_policy.glue_job.role == aws_iam_role.glue_job.id
      && aws_iam_role_policy.crawler.role == aws_iam_role.crawler.id
    )
    error_message = "A policy belongs to another role."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.producer.policy).Statement : [statement.Action, statement.Resource]
    ] == [[["firehose:PutRecord", "firehose:PutRecordBatch"], aws_kinesis_firehose_delivery_stream.events.arn]]
    error_message = "The producer may do more than put events into the stream."
  }

  assert {
    condition     = output.producer_policy_arn == aws_iam_policy.producer.arn && output.producer_policy_json == aws_iam_policy.producer.policy
    error_message = "The producer's policy is not given out."
  }
}

run "log_retention_is_what_cloudwatch_offers" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "the_keys_deletion_window_is_what_kms_offers" {
  command = plan

  variables {
    kms_deletion_window_days = 6
  }

  expect_failures = [var.kms_deletion_window_days]
}

run "raw_events_are_not_archived_at_once" {
  command = plan

  variables {
    raw_archive_after_days = 0
  }

  expect_failures = [var.raw_archive_after_days]
}

run "raw_events_do_not_expire_before_they_are_archived" {
  command = plan

  variables {
    raw_expire_after_days = 90
  }

  expect_failures = [var.raw_expire_after_days]
}

run "raw_events_do_not_expire_at_once" {
  command = plan

  variables {
    raw_archive_after_days = null
    raw_expire_after_days  = 0
  }

  expect_failures = [var.raw_expire_after_days]
}

run "old_versions_stay_for_a_day_at_least" {
  command = plan

  variables {
    old_version_expire_after_days = 0.5
  }

  expect_failures = [var.old_version_expire_after_days]
}

run "results_stay_for_a_day_at_least" {
  command = plan

  variables {
    athena_results_expire_after_days = 0
  }

  expect_failures = [var.athena_results_expire_after_days]
}

run "what_is_no_bucket_gets_no_access_logs" {
  command = plan

  variables {
    access_log_bucket_name = "s3://logs"
  }

  expect_failures = [var.access_log_bucket_name]
}

run "a_buffer_is_not_larger_than_firehose_allows" {
  command = plan

  variables {
    firehose_buffer_size_mib = 129
  }

  expect_failures = [var.firehose_buffer_size_mib]
}

run "the_buffer_is_empty_when_the_dag_begins" {
  command = plan

  variables {
    firehose_buffer_interval_s = 900
  }

  expect_failures = [var.firehose_buffer_interval_s]
}

run "the_buffers_interval_is_not_longer_than_firehose_allows" {
  command = plan

  variables {
    firehose_buffer_interval_s = 901
  }

  expect_failures = [var.firehose_buffer_interval_s]
}

run "only_tested_glue_versions_are_taken" {
  command = plan

  variables {
    glue_version = "4.0"
  }

  expect_failures = [var.glue_version]
}

run "an_environments_name_fits_into_every_name" {
  command = plan

  variables {
    environment = "Production"
  }

  expect_failures = [var.environment]
}

run "a_region_is_a_code" {
  command = plan

  variables {
    aws_region = "Ireland"
  }

  expect_failures = [var.aws_region]
}

run "govcloud_is_refused" {
  command = plan

  variables {
    aws_region = "us-gov-west-1"
  }

  expect_failures = [var.aws_region]
}

run "china_is_refused" {
  command = plan

  variables {
    aws_region = "cn-north-1"
  }

  expect_failures = [var.aws_region]
}

run "an_endpoint_has_no_path" {
  command = plan

  variables {
    aws_endpoint_url = "http://127.0.0.1:4566/moto"
  }

  expect_failures = [var.aws_endpoint_url]
}

run "a_bucket_suffix_fits_into_a_buckets_name" {
  command = plan

  variables {
    bucket_suffix = "_x"
  }

  expect_failures = [var.bucket_suffix]
}

run "a_global_suffix_is_short" {
  command = plan

  variables {
    global_name_suffix = "-ap-southeast-1"
  }

  expect_failures = [var.global_name_suffix]
}

run "more_tags_than_aws_takes_are_refused" {
  command = plan

  variables {
    tags = { for number in range(47) : "tag-${number}" => "x" }
  }

  expect_failures = [var.tags]
}

run "tags_of_aws_are_refused" {
  command = plan

  variables {
    tags = { "aws:team" = "x" }
  }

  expect_failures = [var.tags]
}

run "tags_with_longer_keys_than_ec2_takes_are_refused" {
  command = plan

  variables {
    tags = { (join("", [for _ in range(128) : "k"])) = "v" }
  }

  expect_failures = [var.tags]
}

run "tags_with_other_characters_are_refused" {
  command = plan

  variables {
    tags = { owner = "data & analytics" }
  }

  expect_failures = [var.tags]
}

run "tags_that_are_terraforms_own_are_refused" {
  command = plan

  variables {
    tags = { environment = "x" }
  }

  expect_failures = [var.tags]
}
