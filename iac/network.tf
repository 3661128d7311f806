# The network that MWAA runs in. Nothing of it is there when MWAA is not, or when an existing VPC is given.
locals {
  create_network = var.create_mwaa && var.vpc_id == null
  create_nat     = local.create_network && var.network_egress == "nat"

  # Neither in one zone nor in three: MWAA takes exactly two subnets.
  zone_count         = local.create_network ? 2 : 0
  availability_zones = local.create_network ? coalesce(var.availability_zones, try(slice(data.aws_availability_zones.available[0].names, 0, 2), [])) : []

  # Where MWAA is not offered, by zone id: the same place in every account, while its name (us-east-1a to f) differs.
  zone_ids_without_mwaa = ["use1-az3"]

  # A quarter each: private, private, public, public. The public quarters stay unused without NAT, so that the private ones
  # need not move when network_egress changes.
  subnet_cidr_blocks = cidrsubnets(var.vpc_cidr_block, 2, 2, 2, 2)

  nat_gateway_count = local.create_nat ? (var.nat_gateway_per_zone ? 2 : 1) : 0

  vpc_id             = local.create_network ? one(aws_vpc.this[*].id) : var.vpc_id
  private_subnet_ids = local.create_network ? aws_subnet.private[*].id : var.private_subnet_ids
}

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:the first two are taken, and a zone that AWS adds comes after those that it had
  count = local.create_network ? 1 : 0

  state            = "available"
  exclude_zone_ids = local.zone_ids_without_mwaa

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "this" {
  count = local.create_network ? 1 : 0

  cidr_block = var.vpc_cidr_block

  # Without both, the private names of interface endpoints do not resolve.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = local.name }
}

# AWS makes this group in every VPC and lets its members talk to each other: without any rule nobody can use it by accident.
resource "aws_default_security_group" "this" {
  count = local.create_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.name}-unused" }
}

resource "aws_subnet" "private" {
  count = local.zone_count

  vpc_id                  = aws_vpc.this[0].id
  availability_zone       = local.availability_zones[count.index]
  cidr_block              = local.subnet_cidr_blocks[count.index]
  map_public_ip_on_launch = false

  tags = { Name = "${local.name}-private-${local.availability_zones[count.index]}" }

  lifecycle {
    precondition {
      condition     = contains(data.aws_availability_zones.available[0].names, local.availability_zones[count.index])
      error_message = "availability_zones must be zones of ${local.region} that offer MWAA: ${join(", ", data.aws_availability_zones.available[0].names)}."
    }
  }
}

resource "aws_route_table" "private" {
  count = local.zone_count

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.name}-private-${local.availability_zones[count.index]}" }
}

resource "aws_route_table_association" "private" {
  count = local.zone_count

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

resource "aws_security_group" "mwaa" {
  count = var.create_mwaa ? 1 : 0

  name_prefix = "${local.name}-mwaa-"
  # EC2 takes no apostrophe in the descriptions of groups and rules, only a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*
  # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
  description = "Schedulers, workers, web server and database of MWAA, and the VPC endpoints that they use."
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-mwaa" }

  lifecycle {
    # A group that is in use can't be deleted: the successor has to be there first, under another name.
    create_before_destroy = true
  }
}

# MWAA's parts reach each other only if the group admits itself.
resource "aws_vpc_security_group_ingress_rule" "mwaa_self" {
  count = var.create_mwaa ? 1 : 0

  security_group_id            = aws_security_group.mwaa[0].id
  description                  = "From the same group."
  referenced_security_group_id = aws_security_group.mwaa[0].id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "mwaa_all" {
  #checkov:skip=CKV_AWS_382:MWAA asks for an outbound rule for all traffic; the routes decide what can be reached.
  count = var.create_mwaa ? 1 : 0

  security_group_id = aws_security_group.mwaa[0].id
  description       = "To wherever the routes of the subnets lead."
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# --- network_egress = "nat" ---

resource "aws_internet_gateway" "this" {
  count = local.create_nat ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = local.name }
}

resource "aws_subnet" "public" {
  count = local.create_nat ? local.zone_count : 0

  vpc_id                  = aws_vpc.this[0].id
  availability_zone       = local.availability_zones[count.index]
  cidr_block              = local.subnet_cidr_blocks[count.index + 2]
  map_public_ip_on_launch = false

  tags = { Name = "${local.name}-public-${local.availability_zones[count.index]}" }
}

resource "aws_route_table" "public" {
  count = local.create_nat ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.name}-public" }
}

resource "aws_route" "internet" {
  count = local.create_nat ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count = local.create_nat ? local.zone_count : 0

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  count = local.nat_gateway_count

  domain = "vpc"

  tags = { Name = "${local.name}-nat-${local.availability_zones[count.index]}" }
}

resource "aws_nat_gateway" "this" {
  count = local.nat_gateway_count

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  tags = { Name = "${local.name}-${local.availability_zones[count.index]}" }

  # A NAT gateway that is up before the way to the internet fails.
  depends_on = [aws_route.internet]
}

resource "aws_route" "nat" {
  count = local.create_nat ? local.zone_count : 0

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[min(count.index, local.nat_gateway_count - 1)].id
}

# --- flow log ---

locals {
  create_flow_log    = local.create_network && var.enable_vpc_flow_log
  flow_log_name      = "${local.name}-vpc-flow-log"
  flow_log_group_arn = "${local.log_groups_arn}:${local.flow_log_name}"
}

resource "aws_cloudwatch_log_group" "flow_log" {
  #checkov:skip=CKV_AWS_338:var.log_retention_days decides how long logs are kept, for all log groups alike.
  count = local.create_flow_log ? 1 : 0

  name              = local.flow_log_name
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_iam_role" "flow_log" {
  count = local.create_flow_log ? 1 : 0

  name        = "${local.global_name}-vpc-flow-log"
  description = "Lets VPC flow logs write to their log group."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "VpcFlowLogsOfThisAccountOnly"
        Effect    = "Allow"
        Principal = { Service = "vpc-flow-logs.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          # The flow log's id is not known before it exists.
          ArnLike = { "aws:SourceArn" = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:vpc-flow-log/*" }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "flow_log" {
  count = local.create_flow_log ? 1 : 0

  name = "write-log"
  role = aws_iam_role.flow_log[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WriteToItsOwnLogGroup"
        Effect = "Allow"
        Action = [
          "logs:CreateLogStream",    # one stream per network interface; flow logs do not exist locally
          "logs:DescribeLogStreams", # flow logs look for the stream first
          "logs:PutLogEvents",       # the records themselves
        ]
        Resource = "${local.flow_log_group_arn}:*"
      },
    ]
  })
}

resource "aws_flow_log" "this" {
  count = local.create_flow_log ? 1 : 0

  vpc_id               = aws_vpc.this[0].id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_log[0].arn
  iam_role_arn         = aws_iam_role.flow_log[0].arn

  tags = { Name = local.flow_log_name }
}
