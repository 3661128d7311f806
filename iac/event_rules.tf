# What Glue reports of itself. The text of a message is a JSON string written by hand: jsonencode would turn the
# placeholders' < and > into escapes that EventBridge does not replace.
locals {
  event_rules = {
    glue_run_failed = {
      description = "A run of the Glue job did not succeed. Stopped counts: the DAG's operator takes such a run for finished."
      pattern = {
        source        = ["aws.glue"]
        "detail-type" = ["Glue Job State Change"]
        detail        = { jobName = [aws_glue_job.to_parquet.name], state = ["FAILED", "TIMEOUT", "STOPPED"] }
      }
      paths    = { name = "$.detail.jobName", run = "$.detail.jobRunId", state = "$.detail.state", reason = "$.detail.message", at = "$.time" }
      template = "\"Glue run <run> of <name> is <state> at <at>: <reason>. What to do: docs/runbook.md, section glue_run_failed.\""
    }

    crawl_failed = {
      description = "A crawl of the events folder failed."
      pattern = {
        source        = ["aws.glue"]
        "detail-type" = ["Glue Crawler State Change"]
        detail        = { crawlerName = [aws_glue_crawler.events.name], state = ["Failed"] }
      }
      paths    = { name = "$.detail.crawlerName", reason = "$.detail.errorMessage", at = "$.time" }
      template = "\"Glue crawler <name> failed at <at>: <reason>. What to do: docs/runbook.md, section crawl_failed.\""
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.event_rules

  name          = "${local.name}-${replace(each.key, "_", "-")}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)
}

# No role: for an SNS topic EventBridge goes by the topic's own policy.
resource "aws_cloudwatch_event_target" "alerts" {
  for_each = local.event_rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "alerts"
  arn       = aws_sns_topic.alerts.arn

  input_transformer {
    input_paths    = each.value.paths
    input_template = each.value.template
  }
}
