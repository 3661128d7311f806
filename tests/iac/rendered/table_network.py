"""Resource type -> API calls, argument -> member: the network that MWAA runs in."""

from __future__ import annotations

from typing import Any

from local_terraform import Instance
from local_terraform.language.functions import text_of
from local_terraform.resources.arguments import Argument, flag, text, texts
from tests.iac.rendered.calls import Call
from tests.iac.rendered.tags import tag_list, tag_specification

# What the provider puts behind a prefix to make a name of its own.
_UNIQUE_SUFFIX = "20260101000000000000000001"


def _own_id(member: str) -> Any:
    return lambda instance: {member: instance.get("id")}


def _default_group(instance: Instance) -> dict[str, Any]:
    return {"Resources": [instance.get("id")]}


def _vpc_filter(vpc_id: Any) -> dict[str, Any]:
    return {"Name": "vpc-id", "Values": [text_of(vpc_id)]}


EC2: dict[str, tuple[Call, ...]] = {
    "aws_default_security_group": (
        # AWS has made the group: it gets its tags and loses its rules.
        Call("ec2", "CreateTags", {}, fixed=_default_group, tags=tag_list("Tags")),
        Call("ec2", "DescribeSecurityGroups", {"vpc_id": Argument("Filters[]", _vpc_filter)}),
    ),
    "aws_eip": (Call("ec2", "AllocateAddress", {"domain": text("Domain")}, tags=tag_specification("elastic-ip")),),
    "aws_flow_log": (
        Call(
            "ec2",
            "CreateFlowLogs",
            {
                "vpc_id": Argument("ResourceIds", lambda vpc_id: [text_of(vpc_id)]),
                "traffic_type": text("TrafficType"),
                "log_destination_type": text("LogDestinationType"),
                "log_destination": text("LogDestination"),
                "iam_role_arn": text("DeliverLogsPermissionArn"),
            },
            fixed=lambda instance: {"ResourceType": "VPC"},
            tags=tag_specification("vpc-flow-log"),
        ),
    ),
    "aws_internet_gateway": (
        Call("ec2", "CreateInternetGateway", {}, tags=tag_specification("internet-gateway")),
        Call("ec2", "AttachInternetGateway", {"vpc_id": text("VpcId")}, fixed=_own_id("InternetGatewayId")),
    ),
    "aws_nat_gateway": (
        Call(
            "ec2",
            "CreateNatGateway",
            {"allocation_id": text("AllocationId"), "subnet_id": text("SubnetId")},
            fixed=lambda instance: {"ConnectivityType": "public"},
            tags=tag_specification("natgateway"),
        ),
    ),
    "aws_route": (
        Call(
            "ec2",
            "CreateRoute",
            {
                "route_table_id": text("RouteTableId"),
                "destination_cidr_block": text("DestinationCidrBlock"),
                "gateway_id": text("GatewayId"),
                "nat_gateway_id": text("NatGatewayId"),
            },
        ),
    ),
    "aws_route_table": (
        Call("ec2", "CreateRouteTable", {"vpc_id": text("VpcId")}, tags=tag_specification("route-table")),
    ),
    "aws_route_table_association": (
        Call(
            "ec2",
            "AssociateRouteTable",
            {"subnet_id": text("SubnetId"), "route_table_id": text("RouteTableId")},
        ),
    ),
    "aws_security_group": (
        Call(
            "ec2",
            "CreateSecurityGroup",
            {
                "name_prefix": Argument("GroupName", lambda prefix: text_of(prefix) + _UNIQUE_SUFFIX),
                "description": text("Description"),
                "vpc_id": text("VpcId"),
            },
            tags=tag_specification("security-group"),
        ),
    ),
    "aws_subnet": (
        Call(
            "ec2",
            "CreateSubnet",
            {
                "vpc_id": text("VpcId"),
                "availability_zone": text("AvailabilityZone"),
                "cidr_block": text("CidrBlock"),
            },
            tags=tag_specification("subnet"),
        ),
        Call(
            "ec2",
            "ModifySubnetAttribute",
            {"map_public_ip_on_launch": flag("MapPublicIpOnLaunch.Value")},
            fixed=_own_id("SubnetId"),
        ),
    ),
    "aws_vpc": (
        Call("ec2", "CreateVpc", {"cidr_block": text("CidrBlock")}, tags=tag_specification("vpc")),
        Call(
            "ec2",
            "ModifyVpcAttribute",
            {"enable_dns_support": flag("EnableDnsSupport.Value")},
            fixed=_own_id("VpcId"),
        ),
        Call(
            "ec2",
            "ModifyVpcAttribute",
            {"enable_dns_hostnames": flag("EnableDnsHostnames.Value")},
            fixed=_own_id("VpcId"),
        ),
    ),
    "aws_vpc_endpoint": (
        Call(
            "ec2",
            "CreateVpcEndpoint",
            {
                "vpc_id": text("VpcId"),
                "service_name": text("ServiceName"),
                "vpc_endpoint_type": text("VpcEndpointType"),
                "route_table_ids": texts("RouteTableIds"),
                "subnet_ids": texts("SubnetIds"),
                "security_group_ids": texts("SecurityGroupIds"),
                "private_dns_enabled": flag("PrivateDnsEnabled"),
            },
            tags=tag_specification("vpc-endpoint"),
        ),
    ),
    "aws_vpc_security_group_egress_rule": (
        Call(
            "ec2",
            "AuthorizeSecurityGroupEgress",
            {
                "security_group_id": text("GroupId"),
                "ip_protocol": text("IpPermissions[].IpProtocol"),
                "cidr_ipv4": text("IpPermissions[].IpRanges[].CidrIp"),
                "description": text("IpPermissions[].IpRanges[].Description"),
            },
            tags=tag_specification("security-group-rule"),
        ),
    ),
    "aws_vpc_security_group_ingress_rule": (
        Call(
            "ec2",
            "AuthorizeSecurityGroupIngress",
            {
                "security_group_id": text("GroupId"),
                "ip_protocol": text("IpPermissions[].IpProtocol"),
                "referenced_security_group_id": text("IpPermissions[].UserIdGroupPairs[].GroupId"),
                "description": text("IpPermissions[].UserIdGroupPairs[].Description"),
            },
            tags=tag_specification("security-group-rule"),
        ),
    ),
}
