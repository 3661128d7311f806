output "bucket_names" {
  description = "Name of each bucket: raw, processed, reports and artifacts."
  value       = { for bucket, resource in aws_s3_bucket.this : bucket => resource.bucket }
}

output "raw_bucket_name" {
  description = "Where the delivery stream puts events, and where a file can be put in its place."
  value       = aws_s3_bucket.this["raw"].bucket
}

output "processed_bucket_name" {
  description = "Where the Glue job puts events, quarantined records and each run's ledger."
  value       = aws_s3_bucket.this["processed"].bucket
}

output "delivery_stream_name" {
  description = "Delivery stream that producers put events into."
  value       = aws_kinesis_firehose_delivery_stream.events.name
}

output "producer_policy_arn" {
  description = "Policy for the producer's role or user: put events into the stream and nothing else."
  value       = aws_iam_policy.producer.arn
}

output "producer_policy_json" {
  description = "The same policy as a document, for a producer in another account."
  value       = aws_iam_policy.producer.policy
}

output "glue_job_name" {
  description = "Glue job that turns raw events into Parquet."
  value       = aws_glue_job.to_parquet.name
}

output "crawler_name" {
  description = "Glue crawler of the events folder."
  value       = aws_glue_crawler.events.name
}

output "database_name" {
  description = "Data Catalog database of all tables."
  value       = aws_glue_catalog_database.this.name
}

output "workgroup_name" {
  description = "Athena workgroup of the reports and the sample queries."
  value       = aws_athena_workgroup.reports.name
}

output "kms_key_arn" {
  description = "Key that encrypts everything that is stored."
  value       = aws_kms_key.this.arn
}

output "analyst_policy_arn" {
  description = "Policy for people who ask the tables: this workgroup, this database, read only."
  value       = aws_iam_policy.analyst.arn
}
