variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs of Firehose, Glue, MWAA, the VPC and the freshness check."
  type        = number
  default     = 90
  nullable    = false

  validation {
    # The values that CloudWatch Logs takes.
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
  }
}

variable "kms_deletion_window_days" {
  description = "Days that AWS waits before it really deletes the key after a destroy."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains(range(7, 31), var.kms_deletion_window_days)
    error_message = "kms_deletion_window_days must be a whole number from 7 to 30."
  }
}

variable "raw_archive_after_days" {
  description = "Days after which raw events move to Glacier Instant Retrieval. null: never."
  type        = number
  default     = 90

  validation {
    # Sooner, a normal backfill would pay for the retrieval.
    condition     = var.raw_archive_after_days == null ? true : var.raw_archive_after_days >= 1 && floor(var.raw_archive_after_days) == var.raw_archive_after_days
    error_message = "raw_archive_after_days must be a whole number of at least 1, or null."
  }
}

variable "raw_expire_after_days" {
  description = "Days after which raw events are deleted. null: never. What is gone can't be reprocessed."
  type        = number
  default     = null

  validation {
    condition     = var.raw_expire_after_days == null ? true : var.raw_expire_after_days >= 1 && floor(var.raw_expire_after_days) == var.raw_expire_after_days
    error_message = "raw_expire_after_days must be a whole number of at least 1, or null."
  }

  validation {
    # AWS bills Glacier Instant Retrieval for 90 days at least, and refuses a rule that expires before it archives.
    condition     = var.raw_expire_after_days == null || var.raw_archive_after_days == null ? true : var.raw_expire_after_days > var.raw_archive_after_days
    error_message = "raw_expire_after_days must be more than raw_archive_after_days."
  }
}

variable "old_version_expire_after_days" {
  description = "Days that a replaced or deleted object can still be brought back."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.old_version_expire_after_days >= 1 && floor(var.old_version_expire_after_days) == var.old_version_expire_after_days
    error_message = "old_version_expire_after_days must be a whole number of at least 1."
  }
}

variable "athena_results_expire_after_days" {
  description = "Days that Athena's own result files are kept. The reports are not among them."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.athena_results_expire_after_days >= 1 && floor(var.athena_results_expire_after_days) == var.athena_results_expire_after_days
    error_message = "athena_results_expire_after_days must be a whole number of at least 1."
  }
}

variable "access_log_bucket_name" {
  description = "Existing bucket that gets S3's access logs of all four buckets; it must let logging.s3.amazonaws.com write. null: no access logs."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket_name))
    error_message = "access_log_bucket_name must be a bucket's name."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the buckets with all events, reports and old versions. Set it, apply, then destroy. false: it leaves the buckets, what protects them and their key."
  type        = bool
  default     = false
  nullable    = false
}

variable "firehose_buffer_size_mib" {
  description = "MiB of events that Firehose collects before it writes an object. null: the contract's value."
  type        = number
  default     = null

  validation {
    condition     = var.firehose_buffer_size_mib == null ? true : contains(range(1, 129), var.firehose_buffer_size_mib)
    error_message = "firehose_buffer_size_mib must be a whole number from 1 to 128."
  }
}

variable "firehose_buffer_interval_s" {
  description = "Seconds after which Firehose writes an object even if it is small. null: the contract's value."
  type        = number
  default     = null

  validation {
    condition     = var.firehose_buffer_interval_s == null ? true : contains(range(901), var.firehose_buffer_interval_s)
    error_message = "firehose_buffer_interval_s must be a whole number from 0 to 900."
  }

  validation {
    # Else the DAG would begin while events of the day are still in the buffer.
    condition     = var.firehose_buffer_interval_s == null ? true : var.firehose_buffer_interval_s < local.contract.thresholds.settle_minutes * 60
    error_message = "firehose_buffer_interval_s must be less than settle_minutes of contract.json, which the DAG waits for after midnight."
  }
}

variable "glue_version" {
  description = "Glue version of the job. null: the contract's."
  type        = string
  default     = null

  validation {
    condition     = var.glue_version == null ? true : contains(["5.1", "6.0"], var.glue_version)
    error_message = "glue_version must be 5.1 or 6.0, the versions that the job is tested with."
  }
}
