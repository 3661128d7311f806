"""The WSGI application: the control endpoints, and one moto application per service that is served."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from local_aws import access_log, control, host_names
from local_aws.access_log.identity import role_of_request
from local_aws.access_log.requests import actions_of
from local_aws.access_log.s3_requests import listing_behind_missing_object
from local_aws.moto_apps import moto_app
from local_aws.persistence import parts
from local_aws.request_validation import Refusal, refusal, refusal_of_records
from local_aws.services.gaps.refused import refused_operation
from local_aws.services.s3 import dirty_objects, responses

log = logging.getLogger(__name__)

# Name in a request's signature -> moto's name of the service. What is not listed here is refused:
# moto would answer for many more services, but only pretend.
SERVICES = {
    "s3": "s3",
    "firehose": "firehose",
    "glue": "glue",
    "athena": "athena",
    "iam": "iam",
    "sts": "sts",
    "logs": "logs",
    "kms": "kms",
    "sns": "sns",
    "sqs": "sqs",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "events": "events",
    "scheduler": "scheduler",
    "states": "stepfunctions",
}
_DEFAULT_SERVICE = "s3"  # the only one whose requests may come unsigned, or signed in the query string
_NOT_FOUND = "404"
_REST_JSON = frozenset({"scheduler"})  # services whose requests name JSON only where they have a body
_CAPITAL_MESSAGE = frozenset({"athena", "scheduler"})  # services whose errors name it so; SDKs read either
_FORMERLY_QUERY = frozenset({"monitoring", "sqs"})  # JSON services whose clients look for the query protocol's codes
_SERVERS_FAULT = 500
_NOT_IMPLEMENTED = 501  # botocore does not retry it, unlike 500
_CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"}
StartResponse = Callable[..., Any]


class Application:
    """Dispatches each request to its service and turns what goes wrong into errors of AWS's shape."""

    def __init__(self) -> None:
        self._conditional_writes = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(control.PREFIX):
            status, body = control.answer(environ["REQUEST_METHOD"], path, environ["wsgi.input"].read())
            start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
            return [body]
        signed_service = _service_in_signature(environ)
        service = SERVICES.get(signed_service or _DEFAULT_SERVICE)
        if service is None:
            message = f"local_aws does not serve {signed_service}; it serves {', '.join(SERVICES)}"
            return _error(environ, start_response, Refusal("NotImplemented", message, status=_NOT_IMPLEMENTED))
        if service == "s3" and responses.is_control_call(environ):
            service = "s3control"
        if service == "s3":
            host_names.move_bucket_into_path(environ)
        if service == "s3" and environ["REQUEST_METHOD"] == "PUT" and "form" in environ.get("CONTENT_TYPE", ""):
            # What `curl -d` and others say of any body; moto would look for form fields in it and store nothing.
            environ["CONTENT_TYPE"] = "binary/octet-stream"
        operation = refused_operation(service, environ)
        if operation is not None:
            message = f"local_aws refuses {operation}: it could only pretend to do it"
            return _error(environ, start_response, Refusal("NotImplemented", message, status=_NOT_IMPLEMENTED))
        # moto looks first and writes then: two writers that both saw nothing must not both succeed.
        conditional = environ["REQUEST_METHOD"] == "PUT" and _CONDITIONS & environ.keys()
        try:
            refused = refusal(service, environ)
            if refused is not None:
                return _error(environ, start_response, refused)
            with self._conditional_writes if conditional else nullcontext():
                return self._answer(service, environ, start_response)
        except NotImplementedError as error:
            message = f"local_aws does not implement this {service} call: {error}"
            return _error(environ, start_response, Refusal("NotImplemented", message, status=_NOT_IMPLEMENTED))
        except Exception as error:
            refused = refusal_of_records(service, environ)
            if refused is not None:
                return _error(environ, start_response, refused)
            log.exception("%s %s failed", environ["REQUEST_METHOD"], path)
            message = f"local_aws failed on this {service} call: {type(error).__name__}: {error}"
            return _error(environ, start_response, Refusal("InternalFailure", message, status=_SERVERS_FAULT))

    def _answer(self, service: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer for the role that asks, and record what it needed for that."""
        statuses: list[str] = []

        def start(status: str, *arguments: Any) -> Any:
            statuses.append(status)
            return start_response(status, *arguments)

        with access_log.acting_as(role_of_request(environ)), dirty_objects.of_one_request():
            actions = actions_of(service, environ)
            answer = moto_app(service)(environ, start)
            if statuses and statuses[-1].startswith(_NOT_FOUND):
                actions += listing_behind_missing_object(actions)
            if statuses and statuses[-1].startswith("2"):
                parts.mark_changed_by(parts.Call(service, environ, actions))
            for action, resource in actions:
                access_log.record(action, [resource])
        return answer


def _service_in_signature(environ: dict[str, Any]) -> str | None:
    """The service that the request was signed for, in lower case; None if it carries no signature header."""
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition(",")[0].split("/")
    return scope[-2].lower() if len(scope) >= 5 else None


def _error(environ: dict[str, Any], start_response: StartResponse, error: Refusal) -> Iterable[bytes]:
    """An error in the shape that the client of the service expects: JSON, S3's XML or the query protocol's XML."""
    log.warning("answered with %s: %.500s", error.code, error.message)
    request_id = str(uuid4())
    fault = "Sender" if error.status < _SERVERS_FAULT else "Receiver"
    service = _service_in_signature(environ)
    if environ.get("HTTP_X_AMZ_TARGET") or "json" in environ.get("CONTENT_TYPE", "") or service in _REST_JSON:
        content_type = "application/x-amz-json-1.1"
        document = {"__type": error.code, **error.fields}
        if error.message:
            document["Message" if service in _CAPITAL_MESSAGE else "message"] = error.message
        body = json.dumps(document)
    else:
        content_type = "text/xml"
        fields = f"<Code>{error.code}</Code><Message>{escape(error.message or '')}</Message>"
        if service in {None, "s3"}:
            body = f"<Error>{fields}<RequestId>{request_id}</RequestId></Error>"
        else:
            body = f"<Error><Type>{fault}</Type>{fields}</Error><RequestId>{request_id}</RequestId>"
            body = f"<ErrorResponse>{body}</ErrorResponse>"
    encoded = body.encode()
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(encoded))),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", error.code),
    ]
    if service in _FORMERLY_QUERY:
        headers.append(("x-amzn-query-error", f"{error.code};{fault}"))
    start_response(f"{error.status} {error.code}", headers)
    return [encoded]
