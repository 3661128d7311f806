# S3's gateway endpoint costs nothing and spares NAT the bulk of the traffic, so it is always there.
# network_egress = "endpoints": the private subnets have no route out of the VPC, so every other AWS service that MWAA or the
# DAGs call needs an interface endpoint. Those of MWAA itself are its documented list, without ECR's (docs/claims.md):
# https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
locals {
  create_endpoints = local.create_network && var.network_egress == "endpoints"

  interface_endpoint_services = concat(
    # MWAA itself
    [
      "airflow.api", # the environment's own state
      "airflow.env", # sign-in and CLI tokens
      "airflow.ops", # the environment's health: airflow:PublishMetrics
      "kms",
      "logs",       # the five log groups
      "monitoring", # its metrics
      "sqs",        # Celery's queue
    ],
    # The DAGs
    [
      "athena",
      "glue",
      "sns", # alerts
      "sts",
    ],
  )
}

resource "aws_vpc_endpoint" "s3" {
  count = local.create_network ? 1 : 0

  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.private[*].id

  tags = { Name = "${local.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(local.create_endpoints ? local.interface_endpoint_services : [])

  vpc_id              = aws_vpc.this[0].id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = aws_security_group.mwaa[*].id

  tags = { Name = "${local.name}-${replace(each.key, ".", "-")}" }
}
