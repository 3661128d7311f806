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

variable "global_name_suffix" {
  description = "End of the names that all regions of an account share (IAM, budget, dashboard, buckets), with its hyphen, such as -euw1. For the second region of an environment; each of the two budgets then counts both."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(-[a-z0-9]{1,8})?$", var.global_name_suffix))
    error_message = "global_name_suffix must be empty, or a hyphen followed by up to 8 lower-case letters and digits."
  }
}

variable "bucket_suffix" {
  description = "End of every bucket's name, with its hyphen. null: global_name_suffix, a hyphen and the account's number."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_suffix == null || can(regex("^(-[a-z0-9-]{0,19}[a-z0-9])?$", var.bucket_suffix))
    error_message = "bucket_suffix must be empty, or a hyphen followed by up to 20 lower-case letters, digits and hyphens, not ending with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource but S3's objects, besides Project, Environment, ManagedBy and Name."
  type        = map(string)
  default     = {}
  nullable    = false

  # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html (limits and characters),
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html (IAM takes no keys that differ in case only),
  # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html (keys have one character less than elsewhere)
  validation {
    condition     = length(var.tags) <= 46
    error_message = "tags must be 46 at most: AWS takes 50 of a resource, and up to four are Terraform's own."
  }

  validation {
    condition = alltrue([
      for key, value in var.tags : length(key) >= 1 && length(key) <= 127 && length(value) <= 256
      && !startswith(lower(key), "aws:") && !can(regex("[^\\p{L}\\p{N}\\p{Z}+=._:/@-]", "${key}${value}"))
    ])
    error_message = "tags must have keys of 1 to 127 and values of up to 256 letters, digits, spaces and +-=._:/@, and no key may begin with aws:."
  }

  validation {
    condition     = length(distinct([for key in concat(keys(var.tags), ["project", "environment", "managedby", "name"]) : lower(key)])) == length(var.tags) + 4
    error_message = "tags must not have Project, Environment, ManagedBy or Name, which are Terraform's own, nor keys that differ in case only."
  }
}
