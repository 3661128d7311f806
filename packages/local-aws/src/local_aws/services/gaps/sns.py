"""moto's SNS, without the subscriptions for which it would call out or pretend."""

from __future__ import annotations

from typing import Any

from moto.sns import models
from moto.sns.exceptions import SNSInvalidParameter

_DELIVERED_HERE = "sqs"


class LoopbackSNSBackend(models.SNSBackend):
    """Topics keep what is published to them and pass it on to SQS queues of this process, nowhere else."""

    @property
    def _url_module(self) -> Any:
        from moto.sns import urls

        return urls

    def subscribe(self, topic_arn: str, endpoint: str, protocol: str) -> Any:
        """Subscribe a queue.

        :raises SNSInvalidParameter: for every other protocol
        """
        if protocol != _DELIVERED_HERE:
            raise SNSInvalidParameter(
                f"Invalid parameter: local_aws delivers to SQS queues only, it sends nothing to {protocol!r} endpoints"
            )
        return super().subscribe(topic_arn, endpoint, protocol)

    def publish(self, message: str, arn: str | None, phone_number: str | None = None, **options: Any) -> Any:
        """Publish to a topic.

        :raises SNSInvalidParameter: for a text message to a phone
        """
        if phone_number:
            raise SNSInvalidParameter("Invalid parameter: local_aws sends nothing to phones, publish to a topic")
        return super().publish(message, arn=arn, **options)


def install() -> None:
    """Let moto use this backend."""
    models.sns_backends.backend = LoopbackSNSBackend
