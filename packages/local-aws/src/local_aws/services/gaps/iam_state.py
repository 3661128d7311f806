"""IAM roles and the policies that were made for them. Nothing is enforced; Terraform and people read them back."""

from __future__ import annotations

from typing import Any

from moto.iam.models import ManagedPolicy, PolicyVersion, Role, iam_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store

ROLE, POLICY = "iam.role", "iam.policy"
_ROLE_FIELDS = (
    "account_id",
    "partition",
    "id",
    "name",
    "assume_role_policy_document",
    "path",
    "policies",
    "create_date",
    "tags",
    "last_used",
    "last_used_region",
    "description",
    "permissions_boundary_arn",
    "max_session_duration",
    "_linked_service",
)
_POLICY_FIELDS = (
    "name",
    "account_id",
    "description",
    "id",
    "path",
    "tags",
    "partition",
    "default_version_id",
    "next_version_num",
    "create_date",
    "update_date",
)
_VERSION_FIELDS = ("policy_arn", "document", "is_default", "version_id", "create_date")


def save(store: Store) -> None:
    """Write what differs."""
    roles, policies = {}, {}
    for partition, backend in by_region(iam_backends):
        made_by_aws = {policy.arn for policy in backend.aws_managed_policies}
        for arn, policy in list(backend.managed_policies.items()):
            if arn not in made_by_aws:
                versions = [fields(version, _VERSION_FIELDS) for version in policy.versions]
                policies[key(partition, arn)] = encode({**fields(policy, _POLICY_FIELDS), "versions": versions})
        for role_id, role in list(backend.roles.items()):
            attached = list(role.managed_policies)
            roles[key(partition, role_id)] = encode({**fields(role, _ROLE_FIELDS), "attached": attached})
    store.replace(POLICY, policies)
    store.replace(ROLE, roles)


def load(store: Store) -> None:
    """Bring back what was saved."""
    store.each(POLICY, _load_policy)
    store.each(ROLE, _load_role)


def _load_policy(name: list[str], document: dict[str, Any]) -> None:
    versions = [restore(PolicyVersion, version, _VERSION_FIELDS) for version in document["versions"]]
    policy = restore(ManagedPolicy, document, _POLICY_FIELDS, versions=versions, attachment_count=0)
    of_region(iam_backends, name[0]).managed_policies[name[1]] = policy


def _load_role(name: list[str], document: dict[str, Any]) -> None:
    backend = of_region(iam_backends, name[0])
    attached = {arn: backend.managed_policies[arn] for arn in document["attached"] if arn in backend.managed_policies}
    for policy in attached.values():
        policy.attachment_count += 1
    backend.roles[name[1]] = restore(Role, document, _ROLE_FIELDS, managed_policies=attached)


PART = Part("iam", save, load, written_by("iam"))
