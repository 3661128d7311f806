# What a destroy does when nobody has asked for the data to be deleted. Plans only: these runs could not take down what they put up.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

mock_provider "archive" {}

mock_provider "local" {}

variables {
  environment = "test"
  aws_region  = "eu-west-1"
  create_mwaa = false
}

run "nothing_is_deleted_without_being_asked_to" {
  command = plan

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : !bucket.force_destroy]) && !aws_athena_workgroup.reports.force_destroy
    error_message = "A destroy would delete data without being asked to."
  }

  assert {
    condition     = !terraform_data.destroy_guard.input.force_destroy
    error_message = "A destroy would take the buckets' protection and key before it stops at the data."
  }
}

run "a_destroy_can_be_asked_for" {
  command = plan

  variables {
    force_destroy = true
  }

  assert {
    condition     = terraform_data.destroy_guard.input.force_destroy
    error_message = "A destroy would be refused although it was asked for."
  }
}
