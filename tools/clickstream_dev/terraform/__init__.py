"""Evaluates the Terraform code in ``iac/`` without terraform, and says what the local AWS is to have of it.

It knows as much of the language as ``iac/`` uses. The rest is a :class:`TerraformError` that names file and line.
"""

from __future__ import annotations

from clickstream_dev.terraform.errors import NotSupportedError, TerraformError
from clickstream_dev.terraform.module import Instance, Module

__all__ = ["Instance", "Module", "NotSupportedError", "TerraformError"]
