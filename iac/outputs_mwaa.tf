output "airflow_environment_variables" {
  description = "The DAGs' settings for an Airflow of your own. MWAA has them already."
  value       = { for key, value in local.dag_settings : "AIRFLOW__CLICKSTREAM__${upper(key)}" => value }
}

output "dag_policy_arn" {
  description = "IAM policy to attach to the role of an Airflow of your own. MWAA's execution role has it already."
  value       = aws_iam_policy.dag.arn
}

output "dag_policy_json" {
  description = "The document of dag_policy_arn, for an Airflow whose role lives elsewhere."
  value       = aws_iam_policy.dag.policy
}

output "mwaa_environment_name" {
  description = "Name of the MWAA environment; null without MWAA."
  value       = one(aws_mwaa_environment.this[*].name)
}

output "mwaa_execution_role_arn" {
  description = "The role that MWAA and the DAGs run with; null without MWAA."
  value       = one(aws_iam_role.mwaa[*].arn)
}

output "mwaa_webserver_url" {
  description = "Address of Airflow's web server; null without MWAA."
  value       = one([for url in aws_mwaa_environment.this[*].webserver_url : "https://${url}"])
}

output "airflow_login_policy_arns" {
  description = "By Airflow's role (Admin, Op, User, Viewer): the policy with which people log in to the web server; empty without MWAA."
  value       = { for role, policy in aws_iam_policy.airflow_login : role => policy.arn }
}

output "mwaa_security_group_id" {
  description = "Security group of MWAA; null without MWAA. With a private web server, what may reach it needs a rule in it."
  value       = one(aws_security_group.mwaa[*].id)
}

output "vpc_id" {
  description = "VPC that MWAA runs in; null without MWAA."
  value       = var.create_mwaa ? local.vpc_id : null
}

output "private_subnet_ids" {
  description = "The two subnets that MWAA runs in; empty without MWAA."
  value       = var.create_mwaa ? local.private_subnet_ids : []
}
