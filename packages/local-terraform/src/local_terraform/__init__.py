"""Applies a Terraform module to a local AWS, without terraform and without its provider."""

from __future__ import annotations

from local_terraform.account import Account
from local_terraform.desired import Desired, Resource, desired_state
from local_terraform.errors import NotSupportedError, ProvisioningError, TerraformError
from local_terraform.language.module import Instance, Module
from local_terraform.provision import apply

__all__ = [
    "Account",
    "Desired",
    "Instance",
    "Module",
    "NotSupportedError",
    "ProvisioningError",
    "Resource",
    "TerraformError",
    "apply",
    "desired_state",
]
