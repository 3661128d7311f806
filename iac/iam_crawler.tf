# A comment behind an action says why it is granted although a local run does not call it.
resource "aws_iam_role" "crawler" {
  name        = local.role_names["crawler"]
  description = "What the Glue crawler ${local.crawler_name} may do."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # By account only: Glue tries the role before there is a crawler, and then has no crawler to name.
        Sid       = "OnlyForThisAccount"
        Effect    = "Allow"
        Principal = { Service = "glue.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "crawler" {
  name = "crawl"
  role = aws_iam_role.crawler.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ListTheEvents"
        Effect = "Allow"
        Action = [
          "s3:GetBucketLocation", # the crawler finds the bucket's region
          "s3:ListBucket",
        ]
        Resource = aws_s3_bucket.this["processed"].arn
      },
      {
        Sid      = "ReadTheEvents"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.this["processed"].arn}/${local.contract.tables[local.contract.crawler.table].prefix}*"
      },
      {
        Sid    = "UseTheKeyThroughS3"
        Effect = "Allow"
        Action = [
          "kms:Decrypt", # S3 calls it for whoever reads an object; the local S3 encrypts nothing
        ]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
      {
        Sid    = "ReadItsSecurityConfiguration"
        Effect = "Allow"
        Action = "glue:GetSecurityConfiguration" # the crawler reads how to encrypt; locally it has none
        # AWS has no resource level for it.
        Resource = "*"
      },
      {
        Sid    = "KeepTheCatalog"
        Effect = "Allow"
        Action = [
          "glue:BatchCreatePartition",
          "glue:BatchDeletePartition", # only when a partition lost its last object
          "glue:BatchGetPartition",    # AWS's crawler compares many partitions at once
          "glue:BatchUpdatePartition", # AWS's crawler updates many partitions at once
          "glue:CreatePartition",      # AWS's crawler, for a single new partition
          "glue:CreateTable",
          "glue:DeleteTable", # AWS's crawler, when the last object of the table is gone
          "glue:GetDatabase",
          "glue:GetPartition", # AWS's crawler, for a single partition
          "glue:GetPartitions",
          "glue:GetTable",
          "glue:GetTables",
          "glue:UpdatePartition", # only when a second run of a date wrote other sizes
          "glue:UpdateTable",
        ]
        Resource = [
          "arn:${local.partition}:glue:${local.region}:${local.account_id}:catalog",
          "arn:${local.partition}:glue:${local.region}:${local.account_id}:database/${local.database_name}",
          # It names tables by what it finds, so that a stray folder becomes a table that check_catalog reports.
          "arn:${local.partition}:glue:${local.region}:${local.account_id}:table/${local.database_name}/*",
        ]
      },
      {
        Sid    = "Log"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup",
          "logs:CreateLogStream",
          "logs:PutLogEvents",
        ]
        Resource = [
          "${local.log_groups_arn}:${local.crawler_log_group_name}:*",
          # Only where a security configuration encrypts logs: /aws-glue/crawlers-role/<role>-<configuration>.
          "${local.log_groups_arn}:${local.crawler_log_group_name}-*${local.role_names["crawler"]}-${local.name}:*",
        ]
      },
    ]
  })
}
