"""What the tests of the page in Airflow's navigation share: its address, S3's answers and tokens."""

from __future__ import annotations

from typing import Any

SHELL = "/clickstream/"
ANYTHING_FROM = "default-src 'none'"
LISTED = {"Bucket": "the-reports", "Prefix": "dashboard/", "Delimiter": "/"}
STRAY_FOLDERS = ("dashboard/other/", "dashboard/report_date=2026-13-01/", "dashboard/2026-01-01/")


def listing(*dates: str) -> dict[str, Any]:
    """S3's list of the folders with pages, and of some that are none of ours."""
    folders = [*STRAY_FOLDERS, *(f"dashboard/report_date={day}/" for day in dates)]
    return {"CommonPrefixes": [{"Prefix": folder} for folder in folders], "IsTruncated": False}


def object_of(day: str) -> dict[str, str]:
    """Where a date's page lies."""
    return {"Bucket": "the-reports", "Key": f"dashboard/report_date={day}/index.html"}


def token_of(role: str | None) -> str:
    """A token of a user with that role, given out by Airflow's own auth manager."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return str(get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="someone", role=role)))
