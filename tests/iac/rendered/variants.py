"""The ways to deploy ``iac/`` that are judged, as Terraform's variables."""

from __future__ import annotations

from typing import Any

OWN_TAGS = {f"own-tag-{number}": f"Cost centre {number}: a/b_c.d=e+f@g" for number in range(10)}
# As many and as long as var.tags takes.
MOST_TAGS = {f"{number:02}".ljust(127, "k"): f"{number:02}".ljust(256, "v") for number in range(46)}

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "without_mwaa": {"create_mwaa": False},
    "given_vpc": {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    },
    "endpoints": {"network_egress": "endpoints"},
    "public_web_server": {"webserver_access_mode": "public"},
    "public_web_server_with_endpoints": {
        "network_egress": "endpoints",
        "webserver_access_mode": "public_and_private",
    },
    "ten_own_tags": {"tags": OWN_TAGS},
    "most_and_longest_tags": {"tags": MOST_TAGS},
    # Where names are part of limits, the longest that the variables allow.
    "another_region_and_the_longest_names": {
        "aws_region": "ap-southeast-2",
        "environment": "a-longest-name-1",
        "global_name_suffix": "-apse2abc",
    },
    # What else an option can make different.
    "other_options": {
        "access_log_bucket_name": "access-logs-of-the-company",
        "alert_email_addresses": ["someone@example.com"],
        "bucket_suffix": "-a-long-suffix-of-202",
        "enable_vpc_flow_log": False,
        "firehose_buffer_interval_s": 0,
        "freshness_check_hour_utc": None,
        "glue_version": "6.0",
        "mwaa_environment_class": "mw1.micro",
        "nat_gateway_per_zone": True,
        "raw_expire_after_days": 400,
        "raw_archive_after_days": None,
    },
}
