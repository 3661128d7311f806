"""EC2, in words."""

from __future__ import annotations

from tests.iac.rendered.limits import TAG, TAGGING_PAGE, Documented, at_most, characters, does_not_match, matches

_SECURITY_GROUP = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
_SECURITY_GROUP_RULE_OF_GROUP = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]"  # without &
_TAG_PAGE = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html"

EC2 = (
    Documented(
        "ec2.CreateSecurityGroup",
        "Description",
        characters(_SECURITY_GROUP, 255),
        says="Valid characters: a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*",
    ),
    Documented(
        "ec2.CreateSecurityGroup",
        "GroupName",
        characters(_SECURITY_GROUP, 255),
        says="Valid characters: a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*",
    ),
    Documented("ec2.CreateSecurityGroup", "GroupName", does_not_match("^sg-"), says="Can't start with sg-"),
    Documented(
        "ec2.AuthorizeSecurityGroupEgress",
        "IpPermissions.*.IpRanges.*.Description",
        characters(_SECURITY_GROUP, 255),
        says="Allowed characters are a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*",
    ),
    Documented(
        "ec2.AuthorizeSecurityGroupIngress",
        "IpPermissions.*.UserIdGroupPairs.*.Description",
        characters(_SECURITY_GROUP_RULE_OF_GROUP, 255),
        says="Allowed characters are a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=;{}!$*",
    ),
    Documented(
        "ec2.CreateSubnet",
        "CidrBlock",
        matches(r"[0-9.]+/(1[6-9]|2[0-8])"),
        says="The allowed size for an IPv4 subnet is between a /28 netmask (16 IP addresses) and a /16 netmask",
    ),
    Documented("ec2.*", "TagSpecifications.*.Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("ec2.*", "TagSpecifications.*.Tags.*.Key", characters(TAG, 127), page=_TAG_PAGE),
    Documented("ec2.*", "TagSpecifications.*.Tags.*.Value", characters(TAG, 256), page=_TAG_PAGE),
    Documented("ec2.CreateTags", "Tags", at_most(50, "tags"), says="Each resource can have a maximum of 50 tags."),
    Documented(
        "ec2.CreateTags",
        "Tags.*.Key",
        characters(TAG, 127),
        says="Tag keys are case-sensitive and accept a maximum of 127 Unicode characters.",
    ),
    Documented(
        "ec2.CreateTags",
        "Tags.*.Value",
        characters(TAG, 256),
        says="Tag values are case-sensitive and accept a maximum of 256 Unicode characters.",
    ),
)
