variable "vpc_id" {
  description = "Existing VPC to place MWAA in, together with private_subnet_ids. Its routes must reach AWS. null: a VPC of its own."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null ? true : can(regex("^vpc-[0-9a-f]{8,17}$", var.vpc_id))
    error_message = "vpc_id must be a VPC's id, such as vpc-0123456789abcdef0."
  }

  validation {
    condition     = (var.vpc_id == null) == (var.private_subnet_ids == null)
    error_message = "vpc_id and private_subnet_ids must be given together, or neither."
  }
}

variable "private_subnet_ids" {
  description = "Two private subnets of the existing VPC, in two zones. null: two of its own."
  type        = list(string)
  default     = null

  validation {
    condition = var.private_subnet_ids == null ? true : (
      length(distinct(var.private_subnet_ids)) == 2 && length(var.private_subnet_ids) == 2
      && alltrue([for id in var.private_subnet_ids : can(regex("^subnet-[0-9a-f]{8,17}$", id))])
    )
    error_message = "private_subnet_ids must be two different subnet ids, such as subnet-0123456789abcdef0: MWAA takes exactly two."
  }
}

variable "vpc_cidr_block" {
  description = "IPv4 range of the VPC of its own, which is cut into four equal subnets."
  type        = string
  default     = "10.42.0.0/22"
  nullable    = false

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr_block, 2, 3)) && can(regex("^[0-9.]+/(1[6-9]|2[0-4])$", var.vpc_cidr_block))
    error_message = "vpc_cidr_block must be an IPv4 range from /16 to /24, such as 10.42.0.0/22."
  }
}

variable "availability_zones" {
  description = "Two zones for the subnets. null: the region's first two that offer MWAA."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null ? true : length(var.availability_zones) == 2 && length(distinct(var.availability_zones)) == 2
    error_message = "availability_zones must be two different zones, such as us-east-1a and us-east-1b."
  }
}

variable "network_egress" {
  description = "How MWAA reaches AWS from the VPC of its own: nat (through the internet; packages can be installed) or endpoints (VPC endpoints only, no way to the internet)."
  type        = string
  default     = "nat"
  nullable    = false

  validation {
    condition     = contains(["nat", "endpoints"], var.network_egress)
    error_message = "network_egress must be nat or endpoints."
  }
}

variable "nat_gateway_per_zone" {
  description = "Whether each zone has a NAT gateway of its own, so that the loss of one zone does not cut off the other; at twice the price."
  type        = bool
  default     = false
  nullable    = false
}

variable "enable_vpc_flow_log" {
  description = "Whether the traffic of the VPC of its own is logged to CloudWatch."
  type        = bool
  default     = true
  nullable    = false
}
