"""Sends records to an Amazon Data Firehose delivery stream, until each is accepted or given up."""

from __future__ import annotations

from firehose_producer.records import InputFileError, RecordFile
from firehose_producer.sending import ProducerError, SendResult, send

__all__ = ["InputFileError", "ProducerError", "RecordFile", "SendResult", "send"]
