# The network of MWAA: one of its own with NAT or with endpoints, or an existing one.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
}

mock_provider "archive" {}

mock_provider "local" {}

variables {
  force_destroy = true # else the test could not take down what it has put up
  environment   = "test"
  aws_region    = "eu-west-1"
}

run "two_private_subnets_in_two_zones_go_out_through_one_nat_gateway" {
  command = apply

  assert {
    condition     = tolist(aws_subnet.private[*].availability_zone) == tolist(["eu-west-1a", "eu-west-1b"]) && length(aws_subnet.private) == 2
    error_message = "The private subnets are not in the region's first two zones."
  }

  assert {
    condition = (
      tolist(aws_subnet.private[*].cidr_block) == tolist(["10.42.0.0/24", "10.42.1.0/24"])
      && tolist(aws_subnet.public[*].cidr_block) == tolist(["10.42.2.0/24", "10.42.3.0/24"])
    )
    error_message = "The subnets are not a quarter of the VPC each."
  }

  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.private, aws_subnet.public) : !subnet.map_public_ip_on_launch && subnet.vpc_id == aws_vpc.this[0].id])
    error_message = "A subnet gives out public addresses, or is not in the VPC."
  }

  assert {
    condition     = aws_vpc.this[0].enable_dns_support && aws_vpc.this[0].enable_dns_hostnames
    error_message = "The VPC can't resolve the names of its endpoints."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_eip.nat) == 1 && aws_nat_gateway.this[0].subnet_id == aws_subnet.public[0].id
    error_message = "There is not one NAT gateway in a public subnet."
  }

  assert {
    condition = alltrue([
      for index in [0, 1] :
      aws_route.nat[index].route_table_id == aws_route_table.private[index].id
      && aws_route.nat[index].nat_gateway_id == aws_nat_gateway.this[0].id
      && aws_route_table_association.private[index].subnet_id == aws_subnet.private[index].id
      && aws_route_table_association.private[index].route_table_id == aws_route_table.private[index].id
      && aws_route_table_association.public[index].subnet_id == aws_subnet.public[index].id
    ])
    error_message = "A private subnet does not go out through the NAT gateway."
  }

  assert {
    condition     = aws_route.internet[0].gateway_id == aws_internet_gateway.this[0].id && aws_route.internet[0].route_table_id == aws_route_table.public[0].id
    error_message = "The public subnets do not reach the internet."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && toset(aws_vpc_endpoint.s3[0].route_table_ids) == toset(aws_route_table.private[*].id)
    error_message = "With NAT, S3's gateway endpoint and no other is wanted."
  }

  assert {
    condition     = output.vpc_id == aws_vpc.this[0].id && toset(output.private_subnet_ids) == toset(aws_subnet.private[*].id)
    error_message = "The outputs are not the VPC and its private subnets."
  }
}

run "zones_without_mwaa_are_not_taken" {
  command = plan

  assert {
    condition     = data.aws_availability_zones.available[0].exclude_zone_ids == toset(["use1-az3"])
    error_message = "The zone of us-east-1 in which MWAA is not offered may be taken."
  }
}

run "a_given_zone_has_to_offer_mwaa" {
  command = plan

  variables {
    availability_zones = ["eu-west-1a", "eu-west-1e"]
  }

  expect_failures = [aws_subnet.private[1]]
}

run "the_security_group_admits_itself_only" {
  command = apply

  # EC2's documented set, for groups and for rules.
  assert {
    condition = alltrue([
      for description in [
        aws_security_group.mwaa[0].description, aws_vpc_security_group_ingress_rule.mwaa_self[0].description,
        aws_vpc_security_group_egress_rule.mwaa_all[0].description,
      ] : can(regex("^[a-zA-Z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", description))
    ])
    error_message = "A description has a character that EC2 does not take."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.mwaa_self[0].security_group_id == aws_security_group.mwaa[0].id
      && aws_vpc_security_group_ingress_rule.mwaa_self[0].referenced_security_group_id == aws_security_group.mwaa[0].id
      && aws_vpc_security_group_ingress_rule.mwaa_self[0].ip_protocol == "-1"
      && aws_vpc_security_group_ingress_rule.mwaa_self[0].cidr_ipv4 == null
    )
    error_message = "The group admits somebody else than itself."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.mwaa_all[0].ip_protocol == "-1" && aws_vpc_security_group_egress_rule.mwaa_all[0].cidr_ipv4 == "0.0.0.0/0"
    error_message = "The group lacks the outbound rule for all traffic that MWAA asks for."
  }

  assert {
    condition     = aws_security_group.mwaa[0].vpc_id == aws_vpc.this[0].id && aws_default_security_group.this[0].vpc_id == aws_vpc.this[0].id
    error_message = "A security group is not in the VPC."
  }
}

run "the_traffic_is_logged_for_this_account_only" {
  command = apply

  assert {
    condition = (
      aws_flow_log.this[0].vpc_id == aws_vpc.this[0].id && aws_flow_log.this[0].traffic_type == "ALL"
      && aws_flow_log.this[0].log_destination == aws_cloudwatch_log_group.flow_log[0].arn
      && aws_flow_log.this[0].iam_role_arn == aws_iam_role.flow_log[0].arn
    )
    error_message = "The VPC's traffic is not logged."
  }

  assert {
    condition = (
      aws_cloudwatch_log_group.flow_log[0].retention_in_days == var.log_retention_days
      && aws_cloudwatch_log_group.flow_log[0].kms_key_id == aws_kms_key.this.arn
    )
    error_message = "The flow log has another retention or key."
  }

  assert {
    condition = one(jsondecode(aws_iam_role.flow_log[0].assume_role_policy).Statement).Condition == {
      StringEquals = { "aws:SourceAccount" = "123456789012" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*" }
    }
    error_message = "Somebody else's flow log can take the role."
  }

  assert {
    condition = one(jsondecode(aws_iam_role_policy.flow_log[0].policy).Statement).Resource == (
      "arn:aws:logs:eu-west-1:123456789012:log-group:${aws_cloudwatch_log_group.flow_log[0].name}:*"
    )
    error_message = "The flow log's role can write to another log group."
  }
}

run "flow_log_can_be_switched_off" {
  command = plan

  variables {
    enable_vpc_flow_log = false
  }

  assert {
    condition     = length(aws_flow_log.this) + length(aws_iam_role.flow_log) + length(aws_cloudwatch_log_group.flow_log) == 0
    error_message = "Something of the flow log is left."
  }
}

run "each_zone_can_have_a_nat_gateway_of_its_own" {
  command = apply

  variables {
    nat_gateway_per_zone = true
    availability_zones   = ["eu-west-1b", "eu-west-1c"]
    vpc_cidr_block       = "172.20.0.0/16"
  }

  assert {
    condition = length(aws_nat_gateway.this) == 2 && alltrue([
      for index in [0, 1] :
      aws_nat_gateway.this[index].subnet_id == aws_subnet.public[index].id
      && aws_nat_gateway.this[index].allocation_id == aws_eip.nat[index].id
      && aws_route.nat[index].nat_gateway_id == aws_nat_gateway.this[index].id
    ])
    error_message = "A zone goes out through the NAT gateway of the other."
  }

  assert {
    condition     = tolist(aws_subnet.private[*].availability_zone) == tolist(["eu-west-1b", "eu-west-1c"])
    error_message = "The zones given are not those used."
  }

  assert {
    condition     = tolist(aws_subnet.private[*].cidr_block) == tolist(["172.20.0.0/18", "172.20.64.0/18"])
    error_message = "The subnets are not a quarter of the VPC each."
  }
}

run "with_endpoints_nothing_reaches_the_internet" {
  command = apply

  variables {
    network_egress = "endpoints"
  }

  assert {
    condition = (
      length(aws_internet_gateway.this) + length(aws_nat_gateway.this) + length(aws_eip.nat) + length(aws_subnet.public)
      + length(aws_route.nat) + length(aws_route.internet) + length(aws_route_table.public)
    ) == 0
    error_message = "There is a way to the internet."
  }

  assert {
    condition = toset([for endpoint in aws_vpc_endpoint.interface : endpoint.service_name]) == toset([
      for service in [
        "airflow.api", "airflow.env", "airflow.ops", "athena", "glue", "kms", "logs", "monitoring", "sns", "sqs", "sts",
      ] : "com.amazonaws.eu-west-1.${service}"
    ])
    error_message = "The interface endpoints are not those that MWAA and the DAGs need."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface :
      endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled
      && toset(endpoint.subnet_ids) == toset(aws_subnet.private[*].id)
      && toset(endpoint.security_group_ids) == toset([aws_security_group.mwaa[0].id])
    ])
    error_message = "An endpoint is not reached by MWAA under AWS's own name, in both zones."
  }

  assert {
    condition = (
      aws_vpc_endpoint.s3[0].vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3[0].service_name == "com.amazonaws.eu-west-1.s3"
      && toset(aws_vpc_endpoint.s3[0].route_table_ids) == toset(aws_route_table.private[*].id)
    )
    error_message = "S3 has no gateway endpoint in both private subnets."
  }
}

run "an_existing_vpc_is_left_as_it_is" {
  command = apply

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    network_egress     = "endpoints"
  }

  assert {
    condition = (
      length(aws_vpc.this) + length(aws_default_security_group.this) + length(aws_subnet.private) + length(aws_subnet.public)
      + length(aws_route_table.private) + length(aws_route_table.public) + length(aws_route.nat) + length(aws_route.internet)
      + length(aws_nat_gateway.this) + length(aws_internet_gateway.this) + length(aws_vpc_endpoint.s3)
      + length(aws_vpc_endpoint.interface) + length(aws_flow_log.this) + length(data.aws_availability_zones.available)
    ) == 0
    error_message = "Something of a network is made although one is given."
  }

  assert {
    condition     = aws_security_group.mwaa[0].vpc_id == "vpc-0123456789abcdef0" && output.vpc_id == "vpc-0123456789abcdef0"
    error_message = "MWAA's security group is not in the given VPC."
  }

  assert {
    condition = (
      toset(aws_mwaa_environment.this[0].network_configuration[0].subnet_ids) == toset(var.private_subnet_ids)
      && toset(output.private_subnet_ids) == toset(var.private_subnet_ids)
    )
    error_message = "MWAA is not in the given subnets."
  }
}

run "a_vpc_without_subnets_is_refused" {
  command = plan

  variables {
    vpc_id = "vpc-0123456789abcdef0"
  }

  expect_failures = [var.vpc_id]
}

run "subnets_without_a_vpc_are_refused" {
  command = plan

  variables {
    private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  }

  expect_failures = [var.vpc_id]
}

run "what_is_no_vpc_is_refused" {
  command = plan

  variables {
    vpc_id             = "my-vpc"
    private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  }

  expect_failures = [var.vpc_id]
}

run "one_subnet_twice_is_refused" {
  command = plan

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef0"]
  }

  expect_failures = [var.private_subnet_ids]
}

run "three_subnets_are_refused" {
  command = plan

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
  }

  expect_failures = [var.private_subnet_ids]
}

run "a_range_without_room_is_refused" {
  command = plan

  variables {
    vpc_cidr_block = "10.42.0.0/28"
  }

  expect_failures = [var.vpc_cidr_block]
}

run "what_is_no_range_is_refused" {
  command = plan

  variables {
    vpc_cidr_block     = "10.42.0.0"
    availability_zones = ["eu-west-1a", "eu-west-1b"]
  }

  expect_failures = [var.vpc_cidr_block]
}

run "one_zone_twice_is_refused" {
  command = plan

  variables {
    availability_zones = ["eu-west-1a", "eu-west-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "other_ways_out_are_refused" {
  command = plan

  variables {
    network_egress = "internet"
  }

  expect_failures = [var.network_egress]
}
