# The database, and the tables that need no crawler because Athena works their partitions out by itself (partition
# projection): ledger, quarantine and the reports. The crawler owns the table of the events.
locals {
  zone_tables = {
    for name, table in local.contract.tables : name => {
      description   = table.description
      format        = table.format
      columns       = table.columns
      partition_key = table.partition_keys[0]
      location      = "s3://${aws_s3_bucket.this["processed"].bucket}/${table.prefix}"
    } if name != local.contract.crawler.table
  }

  report_tables = {
    for report in local.contract.reports : report.name => {
      description   = report.title
      format        = "parquet"
      columns       = report.columns
      partition_key = local.contract.catalog.report_partition_key
      location      = "s3://${aws_s3_bucket.this["reports"].bucket}/${local.contract.reports_prefix}${report.name}/"
    }
  }

  projected_tables = merge(local.zone_tables, local.report_tables)

  # Of each table: what Athena needs to work out its partitions.
  projections = {
    for name, table in local.projected_tables : name => {
      "EXTERNAL"                                             = "TRUE"
      "classification"                                       = table.format
      "projection.enabled"                                   = "true"
      "projection.${table.partition_key.name}.type"          = "date"
      "projection.${table.partition_key.name}.format"        = "yyyy-MM-dd"
      "projection.${table.partition_key.name}.range"         = "${local.contract.catalog.first_projected_date},NOW"
      "projection.${table.partition_key.name}.interval"      = "1"
      "projection.${table.partition_key.name}.interval.unit" = "DAYS"
      "storage.location.template"                            = "${table.location}${table.partition_key.name}=$${${table.partition_key.name}}/"
    }
  }
}

resource "aws_glue_catalog_database" "this" {
  name        = local.database_name
  description = "Tables of ${local.name}."
}

resource "aws_glue_catalog_table" "projected" {
  for_each = local.projected_tables

  name          = each.key
  database_name = aws_glue_catalog_database.this.name
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"
  parameters    = local.projections[each.key]

  partition_keys {
    name = each.value.partition_key.name
    type = each.value.partition_key.type
  }

  storage_descriptor {
    location      = each.value.location
    input_format  = local.contract.catalog.formats[each.value.format].input_format
    output_format = local.contract.catalog.formats[each.value.format].output_format

    ser_de_info {
      serialization_library = local.contract.catalog.formats[each.value.format].serde
      parameters            = { "serialization.format" = "1" }
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}
