variable "environment" {
  description = "Name of this deployment, such as dev or prod; part of every resource's name."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment)) && !endswith(var.environment, "-")
    error_message = "environment must be 1 to 16 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen."
  }
}

variable "aws_region" {
  description = "AWS region of everything."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    # How botocore's partitions.json tells a region of AWS proper. GovCloud has neither MWAA nor Budgets, and China, the
    # European Sovereign Cloud and the secret regions have other names for endpoints and services, which nobody has tried.
    condition     = can(regex("^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z0-9]+-[0-9]+$", var.aws_region))
    error_message = "aws_region must be a region of the partition aws, such as us-east-1. GovCloud (us-gov-…), China (cn-…) and other partitions are not supported."
  }
}

variable "aws_endpoint_url" {
  description = "Address of a local_aws that takes the place of AWS; null for AWS itself. `make tf-local` sets it."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/]+$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url must be an address without a path, such as http://127.0.0.1:4566."
  }
}

variable "bucket_suffix" {
  description = "End of every bucket's name, with its hyphen. null: a hyphen and the account's number."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_suffix == null || can(regex("^(-[a-z0-9-]{0,19}[a-z0-9])?$", var.bucket_suffix))
    error_message = "bucket_suffix must be empty, or a hyphen followed by up to 20 lower-case letters, digits and hyphens, not ending with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource, besides Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  nullable    = false
}
