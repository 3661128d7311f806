"""The IAM actions of S3's requests, whose names differ from the operations' more than those of any other service."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import unescape

from local_aws.access_log import arns

Action = tuple[str, str]
# Query parameter of a request -> what the action's name has behind Get or Put
_BUCKET_SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_DELETED_BY_NAME = {"policy", "website"}  # all other settings are deleted with the right to put them
_OBJECT_SETTINGS = {
    "acl": "ObjectAcl",
    "attributes": "ObjectAttributes",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
}
_BUCKET_LISTINGS = {
    "location": "GetBucketLocation",
    "uploads": "ListBucketMultipartUploads",
    "versions": "ListBucketVersions",
}
_BUCKET_CALLS = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
_OBJECT_CALLS = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}
_VERSIONED = {"GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging"}
_KEY_TO_DELETE = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)


def actions_of(environ: dict[str, Any]) -> list[Action]:
    """(IAM action, resource) for each resource of a request that names its bucket in the path."""
    # As WSGI wants it, the path is unquoted and each byte is a character.
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace").lstrip("/")
    bucket, _, key = path.partition("/")
    method = str(environ["REQUEST_METHOD"])
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    if not bucket:
        return [("s3:ListAllMyBuckets", arns.ANY)] if method == "GET" else []
    if not key:
        return _on_bucket(method, bucket, query, environ)
    action = _on_object(method, query)
    found = [(f"s3:{action}", arns.stored_object(bucket, key))] if action else []
    source = str(environ.get("HTTP_X_AMZ_COPY_SOURCE", ""))
    if source and method == "PUT":
        from_bucket, _, from_key = unquote(source.partition("?versionId=")[0]).lstrip("/").partition("/")
        found.append(("s3:GetObject", arns.stored_object(from_bucket, from_key)))
    return found


def listing_behind_missing_object(actions: list[Action]) -> list[Action]:
    """What a GetObject that found nothing needs besides: to those who may not list the bucket S3 says 403, not 404."""
    return [
        ("s3:ListBucket", arns.bucket(resource.removeprefix(arns.bucket("")).partition("/")[0]))
        for action, resource in actions
        if action == "s3:GetObject"
    ]


def body_of(environ: dict[str, Any]) -> bytes:
    """The request's body; it can be read again afterwards."""
    stream = environ["wsgi.input"]
    body: bytes = stream.read()
    stream.seek(0)
    return body


def _on_bucket(method: str, bucket: str, query: dict[str, list[str]], environ: dict[str, Any]) -> list[Action]:
    if method == "POST":
        if "delete" not in query:
            return [("s3:PutObject", arns.stored_object(bucket, "*"))]  # a form, which names its key inside
        keys = [unescape(key.decode("utf-8", "replace")) for key in _KEY_TO_DELETE.findall(body_of(environ))]
        return [("s3:DeleteObject", arns.stored_object(bucket, key)) for key in keys]
    action = _BUCKET_CALLS.get(method, "")
    for parameter, listing in _BUCKET_LISTINGS.items():
        if parameter in query:
            action = listing
    for parameter, name in _BUCKET_SETTINGS.items():
        if parameter in query:
            verb = "Get" if method == "GET" else "Put"
            action = ("Delete" if method == "DELETE" and parameter in _DELETED_BY_NAME else verb) + name
    return [(f"s3:{action}", arns.bucket(bucket))] if action else []


def _on_object(method: str, query: dict[str, list[str]]) -> str:
    if "uploadId" in query and method in {"GET", "DELETE"}:
        return "ListMultipartUploadParts" if method == "GET" else "AbortMultipartUpload"
    action = _OBJECT_CALLS.get(method, "")
    for parameter, name in _OBJECT_SETTINGS.items():
        if parameter in query:
            action = {"GET": "Get", "DELETE": "Delete"}.get(method, "Put") + name
    return f"{action}Version" if "versionId" in query and action in _VERSIONED else action
