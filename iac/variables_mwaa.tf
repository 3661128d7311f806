variable "create_mwaa" {
  description = "Whether to deploy Amazon MWAA and its network. false: the data plane alone, for those who have an Airflow; its settings and its IAM policy are outputs."
  type        = bool
  default     = true
  nullable    = false
}

variable "airflow_version" {
  description = "Airflow version of the MWAA environment. null: the version that contract.json names."
  type        = string
  default     = null

  validation {
    condition     = var.airflow_version == null ? true : contains(["3.0.6", "3.2.1", "3.3.1"], var.airflow_version)
    error_message = "airflow_version must be 3.0.6, 3.2.1 or 3.3.1: the DAGs are tested with these."
  }
}

variable "mwaa_environment_class" {
  description = "Size of the environment's containers and database. mw1.micro is one scheduler and worker in one container and one web server, and does not scale."
  type        = string
  default     = "mw1.small"
  nullable    = false

  validation {
    condition     = contains(["mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"], var.mwaa_environment_class)
    error_message = "mwaa_environment_class must be mw1.micro, mw1.small, mw1.medium, mw1.large, mw1.xlarge or mw1.2xlarge."
  }
}

variable "mwaa_min_worker_count" {
  description = "Workers that always run."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.mwaa_min_worker_count >= 1 && floor(var.mwaa_min_worker_count) == var.mwaa_min_worker_count
    error_message = "mwaa_min_worker_count must be a whole number from 1."
  }

  validation {
    condition     = var.mwaa_environment_class != "mw1.micro" || var.mwaa_min_worker_count == 1
    error_message = "mwaa_min_worker_count must be 1 for mw1.micro, which has exactly one worker."
  }
}

variable "mwaa_max_worker_count" {
  description = "Workers that run at most, while tasks are queued. null: 1 for mw1.micro, which does not scale; else 2, or mwaa_min_worker_count if that is more."
  type        = number
  default     = null

  validation {
    condition = var.mwaa_max_worker_count == null ? true : (
      var.mwaa_max_worker_count >= var.mwaa_min_worker_count && var.mwaa_max_worker_count <= 25
      && floor(var.mwaa_max_worker_count) == var.mwaa_max_worker_count
    )
    error_message = "mwaa_max_worker_count must be a whole number from mwaa_min_worker_count to 25, MWAA's quota."
  }

  validation {
    condition     = var.mwaa_max_worker_count == null ? true : var.mwaa_environment_class != "mw1.micro" || var.mwaa_max_worker_count == 1
    error_message = "mwaa_max_worker_count must be 1 for mw1.micro, which does not scale."
  }
}

variable "mwaa_scheduler_count" {
  description = "Schedulers, and with them triggerers. null: 1 for mw1.micro, else 2."
  type        = number
  default     = null

  validation {
    condition = var.mwaa_scheduler_count == null ? true : contains(
      var.mwaa_environment_class == "mw1.micro" ? [1] : [2, 3, 4, 5], var.mwaa_scheduler_count
    )
    error_message = "mwaa_scheduler_count must be 1 for mw1.micro and from 2 to 5 for every other class."
  }
}

variable "mwaa_min_webserver_count" {
  description = "Web servers that always run. null: 1 for mw1.micro, else 2."
  type        = number
  default     = null

  validation {
    condition = var.mwaa_min_webserver_count == null ? true : contains(
      var.mwaa_environment_class == "mw1.micro" ? [1] : [2, 3, 4, 5], var.mwaa_min_webserver_count
    )
    error_message = "mwaa_min_webserver_count must be 1 for mw1.micro and from 2 to 5 for every other class."
  }
}

variable "mwaa_max_webserver_count" {
  description = "Web servers that run at most, while the REST API is busy. null: mwaa_min_webserver_count."
  type        = number
  default     = null

  validation {
    condition = var.mwaa_max_webserver_count == null ? true : contains(
      var.mwaa_environment_class == "mw1.micro" ? [1] : [2, 3, 4, 5], var.mwaa_max_webserver_count
    )
    error_message = "mwaa_max_webserver_count must be 1 for mw1.micro and from 2 to 5 for every other class."
  }

  validation {
    condition = var.mwaa_max_webserver_count == null ? true : (
      var.mwaa_max_webserver_count >= (var.mwaa_min_webserver_count == null ? 1 : var.mwaa_min_webserver_count)
    )
    error_message = "mwaa_max_webserver_count must not be below mwaa_min_webserver_count."
  }
}

variable "webserver_access_mode" {
  description = "Who reaches Airflow's web server: private (from within the VPC only), public (from the internet) or public_and_private (people from the internet, workers within the VPC; from Airflow 3.2 on). All ask for an IAM identity."
  type        = string
  default     = "private"
  nullable    = false

  validation {
    condition     = contains(["private", "public", "public_and_private"], var.webserver_access_mode)
    error_message = "webserver_access_mode must be private, public or public_and_private."
  }

  validation {
    # https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
    condition     = var.webserver_access_mode != "public_and_private" || local.airflow_version != "3.0.6"
    error_message = "webserver_access_mode public_and_private needs Airflow 3.2 or later (airflow_version)."
  }

  validation {
    # A task of Airflow 3 reports to the execution API, which is the web server's: without a way to it, none starts.
    # https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-networking.html ("Public network")
    condition     = var.webserver_access_mode != "public" || var.network_egress != "endpoints" || var.vpc_id != null || !var.create_mwaa
    error_message = "webserver_access_mode public leaves the workers no way to the web server with network_egress endpoints: take public_and_private (from Airflow 3.2 on), private, or network_egress nat."
  }
}

variable "mwaa_log_level" {
  description = "Least level that MWAA writes to its five log groups."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"], var.mwaa_log_level)
    error_message = "mwaa_log_level must be CRITICAL, ERROR, WARNING, INFO or DEBUG."
  }
}

variable "mwaa_maintenance_window_start" {
  description = "Weekly start of MWAA's maintenance in UTC, as DAY:HH:MM in half-hour steps. The default is well after the daily run."
  type        = string
  default     = "SUN:12:00"
  nullable    = false

  validation {
    condition     = can(regex("^(MON|TUE|WED|THU|FRI|SAT|SUN):([01][0-9]|2[0-3]):(00|30)$", var.mwaa_maintenance_window_start))
    error_message = "mwaa_maintenance_window_start must be a day, an hour and 00 or 30 minutes, such as SUN:12:00."
  }
}

variable "airflow_configuration_options" {
  description = "Further Airflow options of the MWAA environment, as section.option. The [clickstream] section is Terraform's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for option in keys(var.airflow_configuration_options) : can(regex("^[a-z_]+\\.[a-z_]+$", option))])
    error_message = "airflow_configuration_options must have keys of the form section.option."
  }

  validation {
    condition     = alltrue([for option in keys(var.airflow_configuration_options) : !startswith(option, "clickstream.")])
    error_message = "airflow_configuration_options must not set clickstream.<key>: Terraform sets them from the resources themselves."
  }
}
