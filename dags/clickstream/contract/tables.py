"""What the contract says of events, of tables and of reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from clickstream.contract.constraints import (
    ColumnType,
    Count,
    FromKey,
    Name,
    NonEmpty,
    PositiveInt,
    Prefix,
    Text,
)


@dataclass(frozen=True)
class Column:
    """A column.

    :param name: as in SQL
    :param type: as Glue and Hive spell it
    """

    name: Name
    type: ColumnType


@dataclass(frozen=True)
class Field:
    """A field of the event.

    :param name: as producers and the events table spell it
    :param type: as Glue spells it
    :param required: whether an event without it is quarantined
    """

    name: Name
    type: ColumnType
    required: bool


@dataclass(frozen=True)
class Event:
    """The events that producers send.

    :param derive_event_id: whether an event without an event_id gets one of its other fields; otherwise such events are
        never duplicates
    :param max_event_type_length: characters; a longer event type is quarantined
    :param fields: all fields that are kept, in the order in which the event_id is derived from them
    """

    derive_event_id: bool
    max_event_type_length: PositiveInt
    fields: Annotated[tuple[Field, ...], NonEmpty()]


@dataclass(frozen=True)
class Table:
    """A catalogued table in the processed bucket.

    :param prefix: key prefix in the processed bucket
    :param format: one of catalog.formats
    :param description: as the catalog shows it
    :param columns: in order, without the partition keys
    :param partition_keys: in the order of their folders
    """

    name: Annotated[str, FromKey()]
    prefix: Prefix
    format: Name
    description: Text
    columns: Annotated[tuple[Column, ...], NonEmpty()]
    partition_keys: Annotated[tuple[Column, ...], NonEmpty()]


@dataclass(frozen=True)
class Tables:
    """The tables that the Glue job writes, by name; looping gives them all.

    :param events: the events that were accepted
    :param quarantine: the records that were not
    :param run_ledger: what each run did; its columns are those of RunLedger (run_ledger.py)
    """

    events: Table
    quarantine: Table
    run_ledger: Table

    def __iter__(self) -> Iterator[Table]:
        return iter((self.events, self.quarantine, self.run_ledger))


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars.

    :param label: the column that names each bar
    :param values: the columns of numbers, a colour each
    """

    kind: Literal["bar"]
    label: Name
    values: Annotated[tuple[Name, ...], NonEmpty()]


@dataclass(frozen=True)
class LineChart:
    """One line a column of numbers.

    :param label: the column along the horizontal axis
    :param values: the columns of numbers, a line each
    """

    kind: Literal["line"]
    label: Name
    values: Annotated[tuple[Name, ...], NonEmpty()]


@dataclass(frozen=True)
class Heatmap:
    """A table of one number, coloured by its size.

    :param row: the column that names the rows
    :param column: the column that names the columns
    :param value: the column of the number, from 0 to 1
    """

    kind: Literal["heatmap"]
    row: Name
    column: Name
    value: Name


Chart = BarChart | LineChart | Heatmap


@dataclass(frozen=True)
class Report:
    """A report: its SQL file is sql/reports/<name>.sql, its catalog table is <name>.

    :param name: of the file and the table
    :param title: for people
    :param order_by: the order in which its rows read best, as SQL: tables keep none
    :param reads_days_before: how many event dates before the report date its SQL reads
    :param may_be_empty: whether a date with events may have no row of it (then it has no file)
    :param chart: how the dashboard draws it; null for a table alone
    :param columns: in the order of its SELECT
    """

    name: Name
    title: Text
    order_by: Text
    reads_days_before: Count
    may_be_empty: bool
    chart: Chart | None
    columns: Annotated[tuple[Column, ...], NonEmpty()]

    @property
    def is_windowed(self) -> bool:
        """Whether it reads earlier event dates than its own."""
        return self.reads_days_before > 0
