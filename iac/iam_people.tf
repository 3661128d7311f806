# For people: policies to attach to the roles or groups that they come with. No role of this deployment has them.
# A comment behind an action says why it is granted although asking the tables needs no such call.
resource "aws_iam_policy" "analyst" {
  name        = "${local.global_name}-analyst"
  description = "Ask the tables of ${local.name} in its Athena workgroup, and change none of them."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The statements about Athena are those of AWS's sample:
        # https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html
        Sid    = "FindTheWorkgroup"
        Effect = "Allow"
        Action = [
          "athena:GetDatabase",        # the console's query editor
          "athena:GetTableMetadata",   # the console's query editor
          "athena:ListDatabases",      # the console's query editor
          "athena:ListDataCatalogs",   # the console's query editor
          "athena:ListEngineVersions", # the console's query editor
          "athena:ListTableMetadata",  # the console's query editor
          "athena:ListWorkGroups",     # the console's query editor
        ]
        Resource = "*" # the names of workgroups and catalogs only; AWS's sample has no narrower one
      },
      {
        Sid    = "QueryInTheWorkgroup"
        Effect = "Allow"
        Action = [
          "athena:BatchGetNamedQuery",     # the console's saved queries
          "athena:BatchGetQueryExecution", # the console's recent queries
          "athena:GetNamedQuery",          # the console's saved queries
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:GetQueryResultsStream",     # drivers (JDBC, ODBC)
          "athena:GetQueryRuntimeStatistics", # the console's page of a query
          "athena:GetWorkGroup",              # the console, and drivers that ask where results go
          "athena:ListNamedQueries",          # the console's saved queries
          "athena:ListQueryExecutions",       # the console's recent queries
          "athena:StartQueryExecution",
          "athena:StopQueryExecution", # a query that takes too long
        ]
        Resource = "${local.athena_arn}:workgroup/${local.workgroup_name}"
      },
      {
        Sid    = "ReadTheCatalog"
        Effect = "Allow"
        Action = [
          "glue:BatchGetPartition", # Athena, with the caller's rights
          "glue:GetDatabase",
          "glue:GetDatabases",  # the console's list
          "glue:GetPartition",  # Athena, with the caller's rights
          "glue:GetPartitions", # the events, whose partitions the catalog has
          "glue:GetTable",
          "glue:GetTables", # the console's list
        ]
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/${local.database_name}",
          # Athena asks for it whatever a query names.
          "${local.glue_arn}:database/default",
          "${local.glue_arn}:table/${local.database_name}/*",
        ]
      },
      {
        Sid    = "ListTheTables"
        Effect = "Allow"
        Action = [
          "s3:GetBucketLocation", # Athena, with the caller's rights, before it reads or writes a bucket
          "s3:ListBucket",
        ]
        Resource = [
          # Of the events and what the job found wrong with them.
          local.dag_bucket_arns["processed"],
          local.dag_bucket_arns["reports"],
        ]
      },
      {
        # Neither raw events nor what a lease, a staging or a page says.
        Sid    = "ReadTheTables"
        Effect = "Allow"
        Action = "s3:GetObject"
        Resource = concat(
          [for table in values(local.contract.tables) : "${local.dag_bucket_arns["processed"]}/${table.prefix}*"],
          local.dag_report_arns,
        )
      },
      {
        Sid    = "KeepQueryResults"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload",     # Athena, with the caller's rights, when a query with a large result is cancelled
          "s3:GetObject",                # Athena, with the caller's rights, and the console's download
          "s3:ListMultipartUploadParts", # Athena, with the caller's rights, at a large result
          "s3:PutObject",                # Athena, with the caller's rights: the result file
        ]
        Resource = "${local.dag_bucket_arns["reports"]}/${local.contract.athena.results_prefix}*"
      },
      {
        Sid    = "UseTheKeyThroughS3"
        Effect = "Allow"
        Action = [
          "kms:Decrypt",         # S3 calls it for whoever reads an object
          "kms:GenerateDataKey", # S3 calls it for whoever writes an object
        ]
        Resource  = aws_kms_key.this.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
      },
    ]
  })
}

# One for each of Airflow's roles that MWAA knows: whoever has it comes into the web server with that role's rights.
# https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html#web-ui-access
resource "aws_iam_policy" "airflow_login" {
  for_each = toset(var.create_mwaa ? ["Admin", "Op", "User", "Viewer"] : [])

  name        = "${local.global_name}-airflow-${lower(each.key)}"
  description = "Log in to the web server of ${local.mwaa_environment_name} as ${each.key}."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogIn"
        Effect   = "Allow"
        Action   = "airflow:CreateWebLoginToken"
        Resource = "arn:${local.partition}:airflow:${local.region}:${local.account_id}:role/${local.mwaa_environment_name}/${each.key}"
      },
    ]
  })
}
