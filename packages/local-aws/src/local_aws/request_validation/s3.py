"""S3's own words: it is older than the framework of the others, and says of a body only that it is malformed."""

from __future__ import annotations

from botocore.model import OperationModel

from local_aws.request_validation.answer import Refusal
from local_aws.request_validation.words import shape_at
from local_aws.shapes import Problem

MALFORMED_XML = Refusal(
    "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
)
_EMPTY_BODY = Refusal("MissingRequestBodyError", "Request Body is empty")
# member of the input -> code and message, where it is not InvalidArgument with the header's name
_OF_MEMBERS = {
    "StorageClass": ("InvalidStorageClass", "The storage class you specified is not valid"),
    "EncodingType": ("InvalidArgument", "Invalid Encoding Method specified in Request"),
    "MetadataDirective": ("InvalidArgument", "Unknown metadata directive."),
    "TaggingDirective": ("InvalidArgument", "Unknown tagging directive."),
    "ServerSideEncryption": ("InvalidArgument", "The encryption method specified is not supported"),
    "MaxKeys": ("InvalidArgument", "Provided max-keys not an integer or within integer range"),
    "MaxUploads": ("InvalidArgument", "Provided max-uploads not an integer or within integer range"),
    "MaxParts": ("InvalidArgument", "Provided max-parts not an integer or within integer range"),
    "PartNumber": ("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"),
    "ChecksumAlgorithm": ("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid."),
    "LocationConstraint": ("InvalidLocationConstraint", "The specified location-constraint is not valid"),
}


def refusal(operation: OperationModel, found: list[Problem]) -> Refusal:
    """What S3 answers."""
    first = found[0]
    shape = operation.input_shape
    assert shape is not None
    name = str(first.path[-1])
    if name in _OF_MEMBERS and first.constraint != "required":
        return Refusal(*_OF_MEMBERS[name])
    member = shape_at(shape, first.path[:1])
    if first.constraint == "required" and first.path == (shape.serialization.get("payload"),):
        return _EMPTY_BODY
    if "location" not in member.serialization:
        return MALFORMED_XML
    return Refusal("InvalidArgument", f"Invalid argument: {member.serialization.get('name', name)}")
