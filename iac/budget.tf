# Counts nothing until Project and Environment are activated as cost allocation tags in the account that pays.
resource "aws_budgets_budget" "this" {
  count = var.monthly_budget_usd > 0 ? 1 : 0

  name         = local.global_name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  metrics      = ["UnblendedCost"]

  # Not cost_filter: two tags in it are read as one or the other, which would count every environment of the project.
  filter_expression {
    and {
      tags {
        key    = "Project"
        values = [local.contract.project]
      }
    }

    and {
      tags {
        key    = "Environment"
        values = [var.environment]
      }
    }
  }

  notification {
    notification_type         = "ACTUAL"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alerts.arn]
  }

  notification {
    notification_type         = "FORECASTED"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alerts.arn]
  }

  # Budgets tries the topic when the budget is made.
  depends_on = [aws_sns_topic_policy.alerts]
}
