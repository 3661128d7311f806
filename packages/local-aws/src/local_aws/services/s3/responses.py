"""The settings of buckets that moto drops or lacks, and the S3 Control calls that read and write a bucket's tags."""

from __future__ import annotations

from typing import Any

import xmltodict  # type: ignore[import-untyped]
from moto.core.responses import ActionResult
from moto.s3 import models as s3_models
from moto.s3.responses import S3Response
from moto.s3control import models as control_models

CONTROL_PATH = "/v20180820/"
TAGS_PATH = f"{CONTROL_PATH}tags/arn:aws:s3:::"
_ARN = "arn:aws:s3:::"
Answer = Any


class LocalS3Response(S3Response):
    """moto's answers, with what Terraform compares to what it sent."""

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Answer:
        is_new = not querystring and bucket_name not in self.backend.buckets
        answer = super()._bucket_response_put(request, bucket_name, querystring)
        bucket = self.backend.buckets.get(bucket_name)
        if bucket is not None and _is_success(answer):
            if "lifecycle" in querystring:
                bucket.lifecycle_document = bytes(self.body)
            if is_new and self.body:
                self.backend.tagger.tag_resource(bucket.arn, _tags_at_creation(self.body))
        return answer

    def _bucket_response_get(self, bucket_name: str, querystring: dict[str, Any]) -> Answer:
        if "requestPayment" in querystring:
            self.backend.get_bucket(bucket_name)
            self.data["Action"] = "GetBucketRequestPayment"
            return self.serialized(ActionResult({"Payer": "BucketOwner"}))
        answer = super()._bucket_response_get(bucket_name, querystring)
        if "lifecycle" in querystring and _is_success(answer):
            # moto gives back its own reading, without NewerNoncurrentVersions and sizes in filters.
            status, headers, _ = answer
            return status, headers, self.backend.get_bucket(bucket_name).lifecycle_document
        return answer


class BucketTagsBackend(control_models.S3ControlBackend):
    """S3 Control's tags of buckets, which are the same as those of GetBucketTagging."""

    @property
    def _url_module(self) -> Any:
        from moto.s3control import urls

        return urls

    def list_tags_for_resource(self, resource_arn: str) -> list[dict[str, str]]:
        """ListTagsForResource.

        :raises MissingBucket: if there is no such bucket
        """
        self._check(resource_arn)
        return list(super().list_tags_for_resource(resource_arn))

    def tag_resource(self, resource_arn: str, tags: list[dict[str, str]]) -> None:
        """TagResource: adds and replaces.

        :raises MissingBucket: if there is no such bucket
        """
        self._check(resource_arn)
        super().tag_resource(resource_arn, tags)

    def untag_resource(self, resource_arn: str, tag_keys: list[str]) -> None:
        """UntagResource.

        :raises MissingBucket: if there is no such bucket
        """
        self._check(resource_arn)
        super().untag_resource(resource_arn, tag_keys)

    def _check(self, resource_arn: str) -> None:
        s3_models.s3_backends[self.account_id][self.partition].get_bucket(resource_arn.removeprefix(_ARN))


def install() -> None:
    """Let moto use these; must come before moto's server is imported."""
    from moto.s3 import urls

    for path, dispatch in list(urls.url_paths.items()):
        urls.url_paths[path] = getattr(LocalS3Response, dispatch.__name__)
    control_models.s3control_backends.backend = BucketTagsBackend


def is_control_call(environ: dict[str, Any]) -> bool:
    """Whether the request, signed for S3 like all others, is one of S3 Control's."""
    return str(environ.get("PATH_INFO", "")).startswith(CONTROL_PATH) and "HTTP_X_AMZ_ACCOUNT_ID" in environ


def _is_success(answer: Answer) -> bool:
    return not isinstance(answer, tuple) or answer[0] < 300


def _tags_at_creation(body: bytes) -> list[dict[str, str]]:
    """The tags in a CreateBucketConfiguration."""
    configuration = xmltodict.parse(body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
    tags = (configuration.get("Tags") or {}).get("Tag") or []
    return [{"Key": tag["Key"], "Value": tag["Value"] or ""} for tag in tags]
