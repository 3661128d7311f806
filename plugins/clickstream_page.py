"""The page "Clickstream" in Airflow's navigation: the dashboards that the DAG has published to S3, by date.

One file that imports nothing of the DAGs: Airflow's web server on MWAA has none. Airflow loads it in every process, so
what is heavy or of the web server alone is imported when a page is asked for.

Airflow 3.0 has no place in its navigation for it and gives browsers no session: there the address answers to a token.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from html import escape
from typing import Annotated, Any

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

SECTION = "clickstream"
DAG_ID = "clickstream_daily"
TOKEN_COOKIE = "_token"  # noqa: S105 - the name of Airflow's cookie
S3_LIMITS = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 2}}  # seconds
MAX_PAGE_BYTES = 20 * 1024**2
# Only of use where the pages lie beside each other; here the bar above has them.
LINKS = re.compile(rb"<!-- links -->.*?<!-- /links -->", re.DOTALL)
STYLE = """
:root { color-scheme: light dark; --page: #f4f6f9; --ink: #17202c; --quiet: #5b6675; --line: #d5dce5; --link: #2c6bd6; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0d1117; --ink: #e7ecf3; --quiet: #98a4b3; --line: #333d49; --link: #6ea2ff; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); display: flex; flex-direction: column; height: 100dvh; margin: 0;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
nav { border-bottom: 1px solid var(--line); justify-content: center; padding: .5rem .9rem; }
nav, form { align-items: center; display: flex; gap: .5rem; }
nav a, nav span, input, button { align-content: center; background: transparent; border: 1px solid var(--line);
  border-radius: .45rem; color: var(--ink); font: inherit; min-height: 2.3rem; padding: .2rem .7rem;
  text-decoration: none; }
nav span { color: var(--quiet); opacity: .5; }
nav a, button { color: var(--link); cursor: pointer; }
iframe { border: 0; flex: 1; width: 100%; }
h1 { font-size: 1.3rem; } main { margin: 12vh auto; max-width: 34rem; padding: 0 1.2rem; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
SHELL_POLICY = f"style-src 'sha256-{STYLE_HASH}'; frame-src 'self'; form-action 'self'"
# Nothing of a published page may act, whoever could write to the bucket: no script, no form, not even Airflow's origin.
DAY_POLICY = "style-src 'unsafe-inline'; form-action 'none'; sandbox"
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' stroke='%23718096' "
    "stroke-width='2' stroke-linecap='round'%3E%3Cpath d='M3 17h14M5 13v-3M10 13V4M15 13V8'/%3E%3C/svg%3E"
)


class PageError(Exception):
    """Why there is nothing to show, in words for the person who asked."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


async def signed_in_user(request: Request) -> Any:
    """The user whose token the request carries, as Airflow's own API takes it.

    :raises PageError: 401 without a token that Airflow has given out and that is still good
    """
    from airflow.api_fastapi.app import get_auth_manager
    from jwt import InvalidTokenError

    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.cookies.get(TOKEN_COOKIE)
    if token:
        with suppress(InvalidTokenError):  # expired ones too
            return await get_auth_manager().get_user_from_token(token)
    raise PageError(401, "Please sign in", "Sign in to Airflow, then open this page again.")


def reader(user: Annotated[Any, Depends(signed_in_user)]) -> None:
    """Only users who may see the DAG may see what it publishes; others get a 403."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails

    if not get_auth_manager().is_authorized_dag(method="GET", details=DagDetails(id=DAG_ID), user=user):
        raise PageError(403, "Not for you", f"Your Airflow user may not see the DAG {DAG_ID}.")


app = FastAPI(title="Clickstream", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(reader)])


@app.get("/")
def show_page(date: str = "") -> HTMLResponse:
    """A bar to choose the date with, and the dashboard of the date: the newest one where none is given."""
    wanted = parse_date(date) if date else None
    dates = published_dates()
    if not dates:
        raise PageError(404, "There is no dashboard yet", f"The first run of the DAG {DAG_ID} publishes one.")
    day = wanted or dates[-1]
    if day in dates:
        body = f'<iframe sandbox="" src="day/{day}" title="Dashboard of {day}"></iframe>'
    else:
        body = _message(f"There is no dashboard of {day}", f"Trigger the DAG {DAG_ID} with date {day} to make one.")
    return _html(_bar(day, dates) + body, 200 if day in dates else 404, f"Clickstream {day}")


@app.get("/day/{day}")
def show_day(day: str) -> HTMLResponse:
    """The published page of one date, as it lies in the bucket."""
    bucket, prefix = page_settings()
    key = day_key(prefix, parse_date(day))
    with _s3() as s3:
        try:
            page = s3.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_PAGE_BYTES + 1)
        except s3.exceptions.NoSuchKey:
            raise PageError(404, f"There is no dashboard of {day}", "Choose another date.") from None
    if len(page) > MAX_PAGE_BYTES:
        raise PageError(502, "Too large to show", f"s3://{bucket}/{key} has more than {MAX_PAGE_BYTES:,} bytes.")
    return HTMLResponse(LINKS.sub(b"", page), headers=_headers(DAY_POLICY))


def parse_date(text: str) -> date:
    """A date written as ``YYYY-MM-DD``; nothing else ever gets into an object's key.

    :raises PageError: 400 for anything else
    """
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):  # the spelling is right, but there is no such day
            return date.fromisoformat(text)
    raise PageError(400, "This is no date", "Give a date that exists as YYYY-MM-DD.")


def day_key(prefix: str, day: date) -> str:
    """The key of a date's page in the reports bucket."""
    return f"{prefix}report_date={day.isoformat()}/index.html"


def published_dates() -> list[date]:
    """Every date that has a page, in order."""
    bucket, prefix = page_settings()
    dates = set()
    with _s3() as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        for folder in (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])):
            with suppress(PageError):  # of no date: not ours
                dates.add(parse_date(folder.removeprefix(f"{prefix}report_date=").removesuffix("/")))
    return sorted(dates)


def page_settings() -> tuple[str, str]:
    """The bucket of the pages and the prefix of their keys; where one is not set, the page says so (503)."""
    values = {key: conf.get(SECTION, key, fallback=None) for key in ("reports_bucket", "dashboard_prefix")}
    if missing := [f"[{SECTION}] {key} (on MWAA the option {SECTION}.{key})" for key in values if not values[key]]:
        raise PageError(503, "A setting is missing", f"Set {', '.join(missing)}.")
    return str(values["reports_bucket"]), str(values["dashboard_prefix"])


@contextmanager
def _s3() -> Iterator[Any]:
    """A client for S3 by the configured connection; what S3 or boto3 refuses becomes a page (502)."""
    from airflow.exceptions import AirflowException
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, prefix = page_settings()
    name = conf.get(SECTION, "aws_conn_id", fallback=None) or "aws_default"
    try:
        yield S3Hook(aws_conn_id=None if name == "none" else name, config=Config(**S3_LIMITS)).get_conn()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        texts = {
            "NoSuchBucket": f"The bucket {bucket} does not exist: check [{SECTION}] reports_bucket.",
            "AccessDenied": f"Airflow may not read s3://{bucket}/{prefix}: it needs s3:ListBucket and s3:GetObject.",
        }
        text = texts.get(code, f"S3 answered {code} for s3://{bucket}/{prefix}.")
        raise PageError(502, "S3 refused", text) from error
    except (BotoCoreError, AirflowException) as error:
        where = "the credentials that boto3 finds" if name == "none" else f"the connection {name}"
        text = f"s3://{bucket}/{prefix} could not be read ({type(error).__name__}): check {where}."
        raise PageError(502, "S3 could not be asked", text) from error


@app.exception_handler(PageError)
@app.exception_handler(HTTPException)
@app.exception_handler(Exception)
def _error_page(request: Request, error: Exception) -> HTMLResponse:
    if isinstance(error, HTTPException):
        error = PageError(error.status_code, "There is nothing here", "Open Clickstream from Airflow's navigation.")
    elif not isinstance(error, PageError):
        error = PageError(500, "Something broke", "The log of Airflow's API server has the error.")
    return _html(_message(error.title, error.text), error.status, error.title)


def _bar(day: date, dates: list[date]) -> str:
    before = max((other for other in dates if other < day), default=None)
    after = min((other for other in dates if other > day), default=None)
    return (
        f"<nav>{_link(before, '‹', 'Earlier')}"
        f'<form><input type="date" name="date" value="{day}" min="{dates[0]}" max="{dates[-1]}" required '
        'aria-label="Date"><button>Show</button></form>'
        f"{_link(after, '›', 'Later')}</nav>"
    )


def _link(day: date | None, sign: str, meaning: str) -> str:
    if day is None:
        return f"<span>{sign}</span>"
    return f'<a href="?date={day}" aria-label="{meaning}: {day}" title="{day}">{sign}</a>'


def _message(title: str, text: str) -> str:
    return f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p></main>"


def _html(body: str, status: int, title: str = "Clickstream") -> HTMLResponse:
    document = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
    return HTMLResponse(document, status, _headers(SHELL_POLICY))


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": f"default-src 'none'; base-uri 'none'; frame-ancestors 'self'; {policy}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


class ClickstreamPage(AirflowPlugin):
    """Registers the page with Airflow's web server, and in its navigation where that has a place for it."""

    name = "clickstream_page"
    # Airflow declares both as attributes of an instance, so they can't be ClassVar here.
    fastapi_apps: list[Any] = [{"app": app, "url_prefix": "/clickstream", "name": "Clickstream"}]  # noqa: RUF012
    external_views: list[Any] = [  # noqa: RUF012
        # Relative, so that it holds below whatever path Airflow is served.
        {"name": "Clickstream", "href": "clickstream/", "destination": "nav", "url_route": "clickstream", "icon": ICON}
    ]
