"""Roles, policies and the key, in words."""

from __future__ import annotations

import json
import re

from local_aws.request_validation.limits import DELETION_DAYS, MAX_MANAGED_POLICY, MAX_TRUST_POLICY
from tests.iac.rendered.limits import (
    TAG,
    TAGGING_PAGE,
    Documented,
    at_most,
    characters,
    characters_without_white_space,
    matches,
    one_of,
    utf8_bytes,
)


def _sids(document: str) -> str:
    sids = [statement.get("Sid", "") for statement in json.loads(document)["Statement"]]
    wrong = [sid for sid in sids if not re.fullmatch("[A-Za-z0-9]*", sid)]
    twice = {sid for sid in sids if sid and sids.count(sid) > 1}
    return f"Sid may have letters and digits only, once each, not {sorted({*wrong, *twice})}" if wrong or twice else ""


_IAM_QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_IAM_SIDS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html"

ACCESS = (
    Documented(
        "iam.CreateRole",
        "AssumeRolePolicyDocument",
        at_most(MAX_TRUST_POLICY, "characters without white space", characters_without_white_space),
        page=_IAM_QUOTAS,
    ),
    Documented(
        "iam.CreatePolicy",
        "PolicyDocument",
        at_most(MAX_MANAGED_POLICY, "characters without white space", characters_without_white_space),
        page=_IAM_QUOTAS,
    ),
    Documented("iam.CreatePolicy", "PolicyDocument", _sids, page=_IAM_SIDS),
    Documented("iam.PutRolePolicy", "PolicyDocument", _sids, page=_IAM_SIDS),
    Documented("iam.CreateRole", "AssumeRolePolicyDocument", _sids, page=_IAM_SIDS),
    Documented(
        "kms.CreateKey",
        "Policy",
        at_most(32 * 1024, "bytes", utf8_bytes),
        page="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    ),
    Documented("kms.CreateKey", "Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("kms.CreateKey", "Tags.*.TagKey", characters(TAG), page=TAGGING_PAGE),
    Documented("kms.CreateKey", "Tags.*.TagValue", characters(TAG), page=TAGGING_PAGE),
    Documented("kms.CreateAlias", "AliasName", matches("alias/(?!aws/).+"), says="must begin with alias/"),
    Documented(
        "kms.ScheduleKeyDeletion",
        "PendingWindowInDays",
        one_of(*DELETION_DAYS),
        says="it must be between 7 and 30, inclusive.",
    ),
)
