"""Reads the operation and its input out of a request, whichever of AWS's protocols it is in.

What can't be read as the model wants it stays as it was sent, so that the model's check names it.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import re
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from moto.core.parse import QueryParser, RequestParserError, RestJSONParser, RestXMLParser
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

_REST_PARSERS = {"rest-xml": RestXMLParser, "rest-json": RestJSONParser}
# Up to 4 MiB of records a call, thousands of calls a minute: the backend checks the records itself as it takes them.
_RECORDS = {"PutRecord": "Record", "PutRecordBatch": "Records"}
_STREAM_NAME = re.compile(rb'"DeliveryStreamName"\s*:\s*"([^"\\]*)"')
# What AWS's JSON services take for a boolean besides true and false.
_WORDS_FOR_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f", "1", "0"})


class UnreadableBodyError(Exception):
    """The body is neither JSON nor XML, or not of the kind that the protocol has on top."""


@dataclass(frozen=True)
class ParsedRequest:
    """An operation of a service and what the request gives for its input.

    :param is_json: whether the values come from a JSON document, so that a wrong type is an error of its own
    :param unread: members that were left out for speed
    """

    operation: OperationModel
    values: dict[str, Any]
    is_json: bool = False
    unread: frozenset[str] = frozenset()


def parse(service: str, environ: dict[str, Any], *, with_records: bool) -> ParsedRequest | None:
    """Read a request; None if no operation of the model can be made out. The body can be read again afterwards.

    :param service: moto's name of the service
    :param with_records: whether Firehose's records are read too, which takes about as long as to store them
    :raises UnreadableBodyError: if the body can't be parsed at all
    """
    model = get_service_model(service)
    if model.protocol in _REST_PARSERS:
        return _parse_rest(service, model.protocol, environ)
    target = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    if target:
        if target not in model.operation_names:
            return None
        operation = model.operation_model(target)
        if service == "firehose" and target in _RECORDS and not with_records:
            found = _STREAM_NAME.search(_body(environ))
            if found:
                values = {"DeliveryStreamName": found[1].decode("utf-8", "replace")}
                return ParsedRequest(operation, values, is_json=True, unread=frozenset({_RECORDS[target]}))
        return ParsedRequest(operation, _json_values(operation, _body(environ)), is_json=True)
    # A queue's address may stand in the path alone.
    fields = {"QueueUrl": str(environ.get("PATH_INFO"))} if environ.get("PATH_INFO") not in {None, "", "/"} else {}
    fields |= dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    fields |= dict(parse_qsl(_body(environ).decode("utf-8", "replace"), keep_blank_values=True))
    if fields.get("Action") not in model.operation_names:
        return None
    operation = model.operation_model(fields["Action"])
    return ParsedRequest(operation, _Query(operation).parse({"values": fields}))


def _parse_rest(service: str, protocol: str, environ: dict[str, Any]) -> ParsedRequest | None:
    request = Request(environ)
    try:
        operation, labels = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        return None
    parser = (_RestXml if protocol == "rest-xml" else _RestJson)(operation)
    try:
        values = parser.parse(
            {
                "headers": request.headers,
                "values": request.args,
                "url_params": labels,
                "body": b"" if _is_content(operation) else _body(environ),
            }
        )
    except RequestParserError as error:
        raise UnreadableBodyError from error
    return ParsedRequest(operation, values, is_json=protocol == "rest-json")


def _is_content(operation: OperationModel) -> bool:
    """Whether the body is an object's content: nothing that a model could judge, and up to gigabytes of it."""
    return bool(operation.has_streaming_input)


def _body(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    stream.seek(0)
    body: bytes = stream.read()
    stream.seek(0)
    if environ.get("HTTP_CONTENT_ENCODING") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableBodyError from error


def _json_values(operation: OperationModel, body: bytes) -> dict[str, Any]:
    document = _json_document(body)
    shape = operation.input_shape
    return _of_json(shape, document) if shape is not None else {}


def _json_document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableBodyError from error
    if isinstance(document, list):
        raise UnreadableBodyError("Start of list found where not expected")
    if not isinstance(document, dict):
        raise UnreadableBodyError
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON, whatever Python takes")


def _of_json(shape: Shape, value: Any) -> Any:
    """A value of a JSON document as the model's check wants it: nulls and unknown members count as absent."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if shape.is_document_type:
            return value
        names = {name: member.serialization.get("name", name) for name, member in shape.members.items()}
        return {
            name: _of_json(shape.members[name], value[key]) for name, key in names.items() if value.get(key) is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_of_json(shape.member, item) for item in value if item is not None]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _of_json(shape.value, item) for key, item in value.items() if item is not None}
    return _scalar_of_json(shape.type_name, value)


def _scalar_of_json(kind: str, value: Any) -> Any:
    if kind == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value)
        except ValueError:
            return value
    if kind in {"integer", "long"} and isinstance(value, float) and math.isfinite(value):
        return int(value)  # AWS cuts decimals off
    if kind == "boolean" and isinstance(value, str) and value.lower() in _WORDS_FOR_BOOLEANS:
        return True
    return value


class _Query(QueryParser):
    def _parse_shape(self, shape: Any, node: Any, prefix: str = "") -> Any:
        try:
            parsed = super()._parse_shape(shape, node, prefix)
        except ValueError:
            return node.get(prefix)
        if shape.type_name == "boolean" and isinstance(parsed, bool):
            return parsed if node.get(prefix, "").lower() in _WORDS_FOR_BOOLEANS else node.get(prefix)
        return parsed


class _RestXml(RestXMLParser):
    def _parse_shape(self, shape: Any, node: Any) -> Any:
        try:
            return super()._parse_shape(shape, node)
        except ValueError:
            return getattr(node, "text", node)


class _RestJson(RestJSONParser):
    def _initial_body_parse(self, body_contents: bytes) -> dict[str, Any]:
        return _json_document(body_contents) if body_contents else {}

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if "location" not in shape.serialization:
            return _of_json(shape, node)
        try:
            return super()._parse_shape(shape, node)
        except ValueError:
            return node
