variable "alert_email_addresses" {
  description = "Addresses that get every alert by mail; each has to confirm the subscription that AWS sends. Empty: subscribe to the topic otherwise."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_email_addresses : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_email_addresses must hold mail addresses, such as data-team@example.com."
  }
}

variable "freshness_check_hour_utc" {
  description = "Hour (UTC) at which the ledger of the day before must be there. null switches the check off."
  type        = number
  default     = 6

  validation {
    condition     = var.freshness_check_hour_utc == null ? true : contains(range(24), var.freshness_check_hour_utc)
    error_message = "freshness_check_hour_utc must be a whole hour from 0 to 23, or null."
  }

  validation {
    # Sooner, the DAG may still rightly wait for the day's last events.
    condition     = var.freshness_check_hour_utc == null ? true : var.freshness_check_hour_utc * 60 > local.contract.thresholds.settle_minutes + local.contract.thresholds.raw_events_timeout_minutes
    error_message = "freshness_check_hour_utc must lie after settle_minutes and raw_events_timeout_minutes of contract.json have passed since midnight."
  }
}

variable "athena_scan_max_gib_per_day" {
  description = "GiB that the queries of the workgroup may scan in 24 hours before an alarm is raised. What one query may scan is in contract.json."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.athena_scan_max_gib_per_day > 0
    error_message = "athena_scan_max_gib_per_day must be above 0."
  }
}

variable "mwaa_queued_task_max" {
  description = "Tasks that may wait in Airflow's queue for half an hour before an alarm is raised."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.mwaa_queued_task_max >= 1 && floor(var.mwaa_queued_task_max) == var.mwaa_queued_task_max
    error_message = "mwaa_queued_task_max must be a whole number from 1 up."
  }
}

variable "mwaa_oldest_task_max_minutes" {
  description = "Minutes that a task may stay in MWAA's queue before an alarm is raised."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.mwaa_oldest_task_max_minutes >= 5 && var.mwaa_oldest_task_max_minutes <= 720
    error_message = "mwaa_oldest_task_max_minutes must be from 5 to 720: after 12 hours the queue hands a task out again."
  }
}

variable "monthly_budget_usd" {
  description = "US dollars that this deployment may cost a month; alerts at 80 % spent and at 100 % forecast. 0: no budget."
  type        = number
  default     = 600
  nullable    = false

  validation {
    condition     = var.monthly_budget_usd >= 0
    error_message = "monthly_budget_usd must be 0 (no budget) or above."
  }
}
