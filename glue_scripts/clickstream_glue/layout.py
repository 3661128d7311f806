"""Where one run's files lie in the processed bucket. Keys have no slash at either end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clickstream.contract import Contract, keys, rules
from clickstream_glue.staging import QUARANTINED


@dataclass(frozen=True)
class Layout:
    """The keys that a run for ``ingest_date`` reads, writes and removes."""

    contract: Contract
    ingest_date: date

    @property
    def ledger(self) -> str:
        return keys.ledger_key(self.ingest_date, self.contract)

    @property
    def ledger_folder(self) -> str:
        return keys.ledger_folder(self.ingest_date, self.contract).rstrip("/")

    @property
    def quarantine(self) -> str:
        return keys.quarantine_folder(self.ingest_date, self.contract).rstrip("/")

    def partition(self, event_date: date) -> str:
        """The run's only partition of an event date."""
        return keys.event_folder(event_date, self.ingest_date, self.contract).rstrip("/")

    @property
    def lookback(self) -> list[Layout]:
        """Those of the arrival dates before, in order, whose events this one's may repeat."""
        return [Layout(self.contract, day) for day in rules.lookback_dates(self.ingest_date, self.contract)]

    @property
    def staging(self) -> str:
        return keys.staging_folder(self.ingest_date, self.contract).rstrip("/")

    @property
    def replaced_dates(self) -> str:
        """Folder with an empty object for each event date of which an earlier run had written a partition."""
        return f"{self.staging}/replaced_event_dates"

    @property
    def staged_rows(self) -> str:
        return f"{self.staging}/rows"

    @property
    def staged_quarantine(self) -> str:
        return f"{self.staging}/quarantine"

    @property
    def staged_ledger(self) -> str:
        return f"{self.staging}/ledger.json"

    def staged_partition(self, event_date: date) -> str:
        """The staged events of an event date."""
        path = keys.partition_path(keys.EVENT_DATE_KEYS, keys.event_date_values(event_date))
        return f"{self.staged_rows}/{path}"

    @property
    def staged_quarantined_rows(self) -> str:
        names = keys.EVENT_DATE_KEYS
        return f"{self.staged_rows}/{keys.partition_path(names, [QUARANTINED] * len(names))}"
