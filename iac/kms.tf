# One key for everything that is stored. Roles use it by their own IAM policies; here stand the account, which those policies
# need, and the AWS services that use it in their own name.
locals {
  key_log_group_arns = [
    for name in [
      "airflow-${local.name}-airflow-*",
      "/aws/kinesisfirehose/${local.delivery_stream_name}",
      "${local.contract.glue.log_group_prefix}${local.glue_job_name}/*",
      local.crawler_log_group_name, # earlier versions made it with this key
      "/aws/vendedlogs/states/${local.name}-*",
      "${local.name}-vpc-flow-log",
    ] : "${local.log_groups_arn}:${name}"
  ]
}

resource "aws_kms_key" "this" {
  description             = "Everything that ${local.name} stores."
  enable_key_rotation     = true
  deletion_window_in_days = var.kms_deletion_window_days

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without it no IAM policy of the account could allow anything with this key, not even to an administrator.
        Sid       = "LetIamPoliciesDecide"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:CreateAlias",
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DeleteAlias",
          "kms:DescribeKey",
          "kms:DisableKey",
          "kms:DisableKeyRotation",
          "kms:EnableKey",
          "kms:EnableKeyRotation",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListGrants",
          "kms:ListKeyPolicies",
          "kms:ListKeyRotations",
          "kms:ListResourceTags",
          "kms:PutKeyPolicy",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:RetireGrant",
          "kms:RevokeGrant",
          "kms:RotateKeyOnDemand",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = "*" # in a key's policy: this key
      },
      {
        Sid       = "EncryptTheLogGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Action = [
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
        ]
        Resource  = "*" # in a key's policy: this key
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = local.key_log_group_arns } }
      },
      {
        Sid       = "PublishAlarmsAndBudgetsToTheEncryptedTopic"
        Effect    = "Allow"
        Principal = { Service = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"] }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*" # in a key's policy: this key
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
      {
        # Without a condition, like the topic's own policy for it: EventBridge names no source to compare with.
        Sid       = "PublishEventsToTheEncryptedTopic"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*" # in a key's policy: this key
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.this.key_id
}
