"""Evaluates a Terraform module without terraform.

It knows a part of the language. The rest is a :class:`~local_terraform.errors.NotSupportedError` with file and line.
"""
