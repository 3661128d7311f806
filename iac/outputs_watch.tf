output "alerts_topic_arn" {
  description = "Topic that all alerts go to; subscribe what should hear them."
  value       = aws_sns_topic.alerts.arn
}

output "pipeline_dashboard_url" {
  description = "CloudWatch dashboard of the pipeline."
  value       = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.this.dashboard_name}"
}

output "freshness_check_arn" {
  description = "State machine that looks for a day's ledger; start it with {\"scheduled_time\": \"<the day after>T00:00:00Z\"} to check any day."
  value       = aws_sfn_state_machine.freshness_check.arn
}
