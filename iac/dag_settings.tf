# What dags/clickstream/settings.py and plugins/clickstream_page.py ask for: one map, used by MWAA (`clickstream.<key>`) and given out for any other Airflow
# (`AIRFLOW__CLICKSTREAM__<KEY>`).
locals {
  dag_settings = {
    raw_bucket       = aws_s3_bucket.this["raw"].bucket
    processed_bucket = aws_s3_bucket.this["processed"].bucket
    reports_bucket   = aws_s3_bucket.this["reports"].bucket
    glue_job_name    = aws_glue_job.to_parquet.name
    crawler_name     = aws_glue_crawler.events.name
    database         = aws_glue_catalog_database.this.name
    workgroup        = aws_athena_workgroup.reports.name
    alerts_topic_arn = aws_sns_topic.alerts.arn

    # For the page in Airflow's navigation: MWAA's web server has no contract.json.
    dashboard_prefix = local.contract.dashboard_prefix

    # boto3 finds the execution role by itself. Triggers that look up a connection side by side end the triggerer of
    # Airflow 3.1 to 3.2.1 (apache/airflow#64620).
    aws_conn_id = "none"
  }
}
