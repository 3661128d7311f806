"""Where one run's files lie in the processed bucket. Keys have no slash at either end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from clickstream.contract import Contract
from clickstream_glue.staging import EVENT_DATE_KEYS, QUARANTINED


@dataclass(frozen=True)
class Layout:
    """The keys that a run for ``ingest_date`` reads, writes and removes."""

    contract: Contract
    ingest_date: date

    @property
    def ledger(self) -> str:
        return self.contract.ledger_key(self.ingest_date)

    @property
    def ledger_folder(self) -> str:
        return self.ledger.rpartition("/")[0]

    @property
    def quarantine(self) -> str:
        return f"{self.contract.tables['quarantine'].prefix}ingest_date={self.ingest_date}"

    def partition(self, event_date: date) -> str:
        """The run's only partition of an event date."""
        return f"{self.contract.tables['events'].prefix}{_day_folder(event_date)}/ingest_date={self.ingest_date}"

    @property
    def lookback(self) -> list[Layout]:
        """Those of the arrival dates before, in order, whose events this one's may repeat."""
        days = range(self.contract.thresholds["dedupe_lookback_days"], 0, -1)
        return [Layout(self.contract, self.ingest_date - timedelta(days=before)) for before in days]

    @property
    def staging(self) -> str:
        return f"{self.contract.glue['staging_prefix']}ingest_date={self.ingest_date}"

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
        return f"{self.staged_rows}/{_day_folder(event_date)}"

    @property
    def staged_quarantined_rows(self) -> str:
        return f"{self.staged_rows}/" + "/".join(f"{key}={QUARANTINED}" for key in EVENT_DATE_KEYS)


def _day_folder(day: date) -> str:
    return f"year={day:%Y}/month={day:%m}/day={day:%d}"
