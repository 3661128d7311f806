"""moto's Firehose responses, with a quick one for the call that producers make thousands of times."""

from __future__ import annotations

import json

from moto.firehose import responses, urls


class FirehoseResponse(responses.FirehoseResponse):
    """Writes the answer to PutRecordBatch itself: moto's serialiser takes longer for it than all the rest together."""

    def put_record_batch(self) -> str:
        """Answer PutRecordBatch."""
        result = self.firehose_backend.put_record_batch(
            self._get_param("DeliveryStreamName"), self._get_param("Records") or []
        )
        self.response_headers["Content-Type"] = "application/x-amz-json-1.1"
        return json.dumps(result)


def install() -> None:
    """Let moto route Firehose's calls here."""
    urls.url_paths = {"{0}/$": FirehoseResponse.dispatch}
