"""The run ledger: what one run of the Glue job says of an arrival date. The one definition of its columns.

The file is JSON with a key a field, in the fields' order; the table ``run_ledger`` has the same columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from typing import Annotated, Any, get_args, get_origin

from clickstream.contract.errors import LedgerError
from clickstream.contract.keys import INGEST_DATE_KEY
from clickstream.contract.parse import fields_of
from clickstream.contract.tables import Column

# Annotated with their type in Glue, where that does not follow from the Python type.
Int = Annotated[int, "int"]
_GLUE_TYPES = {int: "bigint", float: "double", str: "string", date: "string", datetime: "string"}
_WORDS = {
    int: "a whole number from 0 up",
    float: "a number",
    str: "a text",
    date: "a date as YYYY-MM-DD",
    datetime: "a time in UTC",
}


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """Which run it was.

    :param ingest_date: the arrival date
    :param job_run_id: of Glue; empty where the script ran outside it
    """

    ingest_date: date
    ledger_version: Int
    job_run_id: str
    started_at: datetime
    finished_at: datetime
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class RowCounts:
    """What became of the rows.

    :param rows_late: those written whose event date is before the arrival date
    :param event_dates: those touched: written by this run, or by an earlier one of the same arrival date
    """

    rows_read: int
    rows_written: int
    rows_duplicate: int
    rows_quarantined: int
    rows_late: int
    rows_quarantined_by_reason: Mapping[str, int]
    rows_written_by_event_date: Mapping[date, int]
    values_nulled_by_field: Mapping[str, int]
    event_dates: tuple[date, ...]

    @property
    def counts(self) -> dict[str, Any]:
        """These counts by name, without what else a ledger says."""
        return {name: getattr(self, name) for name in fields_of(RowCounts)}


@dataclass(frozen=True, kw_only=True)
class RunLedger(RowCounts, RunFacts):
    """All that a run says. A field with a default may be missing in the ledgers of earlier versions.

    :param unreadable_objects: keys of the raw objects that could not be read to their end
    :param lookback_dates: arrival dates whose events were looked at for duplicates
    :param lookback_dates_without_ledger: those that should have been, and had no ledger
    """

    input_objects: int
    input_bytes: int
    unreadable_objects: tuple[str, ...]
    output_files: int
    output_bytes: int
    lookback_dates: tuple[date, ...]
    lookback_dates_without_ledger: tuple[date, ...]
    versions: Mapping[str, str]

    def to_json(self) -> str:
        """The ledger's file, one line."""
        return json.dumps({name: _to_json(getattr(self, name)) for name in fields_of(RunLedger)}) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> RunLedger:
        """The ledger that a file holds. What later versions have added is left out.

        :raises LedgerError: naming what is missing or wrong
        """
        try:
            document = json.loads(text)
        except ValueError as error:
            raise LedgerError(f"is not JSON ({error})") from None
        if not isinstance(document, dict):
            raise LedgerError("is not a JSON object")
        wanted = [field.name for field in fields(cls) if field.default is MISSING]
        if missing := [name for name in wanted if name not in document]:
            raise LedgerError(f"lacks {', '.join(missing)}")
        hints = fields_of(RunLedger)
        return cls(**{name: _from_json(hint, document[name], name) for name, hint in hints.items() if name in document})


def written_dates(text: str) -> set[date]:
    """The event dates of which a run wrote events, by the file of its ledger, be that of another version or broken."""
    try:
        return {date.fromisoformat(day) for day in json.loads(text)["rows_written_by_event_date"]}
    except (ValueError, KeyError, TypeError):
        return set()


def ledger_columns() -> tuple[Column, ...]:
    """The columns of the table ``run_ledger``, in order: the fields but the partition key."""
    return tuple(
        Column(name, _glue_type(hint)) for name, hint in fields_of(RunLedger).items() if name != INGEST_DATE_KEY
    )


def utc_text(moment: datetime) -> str:
    """The moment as ledgers have it, such as ``2026-01-15T00:18:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _glue_type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return str(arguments[1])
    if origin is tuple:
        return f"array<{_glue_type(arguments[0])}>"
    if origin is Mapping:
        return f"map<{','.join(map(_glue_type, arguments))}>"
    return _GLUE_TYPES[hint]


def _to_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_to_json(key): element for key, element in value.items()}
    if isinstance(value, tuple):
        return [_to_json(element) for element in value]
    if isinstance(value, datetime):
        return utc_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _from_json(hint: Any, value: Any, path: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _from_json(arguments[0], value, path)
    if origin is tuple and isinstance(value, list):
        return tuple(_from_json(arguments[0], element, f"{path}[{index}]") for index, element in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        key, kind = arguments
        return {_from_json(key, name, path): _from_json(kind, value[name], f"{path}.{name}") for name in value}
    if origin in (tuple, Mapping):
        raise LedgerError(f"has {value!r} as {path}, which is not {'a list' if origin is tuple else 'an object'}")
    parsed = _parse(hint, value)
    if parsed is None:
        raise LedgerError(f"has {value!r} as {path}, which is not {_WORDS[hint]}")
    return parsed


def _parse(kind: Any, value: Any) -> Any:
    """The value as that type, None where it is none."""
    try:
        if kind in (date, datetime):
            parsed = kind.fromisoformat(value)
            return parsed if kind is date or parsed.tzinfo else None
    except (TypeError, ValueError):
        return None
    if isinstance(value, bool):
        return None
    if kind is float:
        return float(value) if isinstance(value, int | float) else None
    return value if isinstance(value, kind) and (kind is str or value >= 0) else None
