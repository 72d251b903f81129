"""The warehouse seam: the few operations every engine offers. Nothing here knows an engine.

All SQL that crosses the seam is GoogleSQL with named parameters; an engine renders and binds it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from nba_pipeline.calendar import DateRange, history_start
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError

ARROW_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}

#: What can be computed again from what is kept, so that it may be deleted. Raw and reference rows are never deleted.
DELETABLE_DATASETS = ("nba_analytics", "nba_precompute", "nba_predictions", "nba_processing")

Value = str | int | float | bool | dt.date | dt.datetime | None


def arrow_schema(contract: TableContract) -> pa.Schema:
    """Names and types of a contract's rows outside an engine."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in contract.columns])


def range_parameters(dates: DateRange | None) -> dict[str, Value]:
    """The parameters every model may use: the partition range and where the history of its first season begins."""
    if dates is None:
        return {}
    return {"start_date": dates.start, "end_date": dates.end, "history_start": history_start(dates.start)}


@dataclass(frozen=True)
class Query:
    """Rows that the engine computes itself."""

    sql: str
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrow:
    """Rows that come from outside, in chunks that fit in memory, in the contract's column order."""

    chunks: Iterable[pa.Table]


@dataclass(frozen=True)
class Stage:
    """Rows to replace a scope of one table with: a partition range, a scope within it, or the whole table.

    ``scope`` narrows what is replaced to rows with these column values (one writer's share of a shared table).
    ``reasons`` says per date why the partition is empty if it turns out to be; stored with the row count in
    ``nba_processing.partition_status``, as is ``built_from``, the fingerprint of what the partition is made of.
    """

    contract: TableContract
    rows: Query | Arrow
    dates: DateRange | None
    scope: Mapping[str, Value] = field(default_factory=dict)
    reasons: Mapping[dt.date, str] = field(default_factory=dict)
    built_from: Mapping[dt.date, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Deletion:
    """Rows of one table to remove: those dated inside ``dates`` (None: all), narrowed to the values of ``scope``.

    Raises:
        UsageError: for a raw or reference table, a view, or dates of a table without partitions.
    """

    contract: TableContract
    dates: DateRange | None
    scope: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = self.contract.name
        if self.contract.dataset not in DELETABLE_DATASETS:
            raise UsageError(
                f"{name} is never deleted: everything else is rebuilt from it. Rows are deleted only from "
                f"{', '.join(DELETABLE_DATASETS)}."
            )
        if self.contract.is_view:
            raise UsageError(f"{name} is a view and holds no rows: delete from the tables it reads.")
        if self.dates and not self.contract.partition:
            raise UsageError(f"{name} has no dates: delete all of it, or nothing.")


@dataclass(frozen=True)
class PartitionProfile:
    """What one partition holds after publication."""

    rows: int = 0
    games: int | None = None
    played_rows: int | None = None
    shares: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """Outcome of one publication of the leading table."""

    rows: int
    seconds: float
    partitions: Mapping[dt.date, PartitionProfile]


class Warehouse(Protocol):
    """What the graph needs of an engine."""

    @property
    def kind(self) -> str:
        """The engine's name as the catalogue shows it."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keep the warehouse open for the operations of a block, which is faster; they stay separate otherwise.

        Raises:
            WarehouseBusyError: when another process keeps the warehouse.
        """
        ...

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep the warehouse open between the operations of a block too, unless another process asks for it."""
        ...

    def create(self, contracts: Iterable[TableContract]) -> None:
        """Create the datasets and tables that do not exist yet.

        Raises:
            PipelineError: when a stored table has other columns than its contract.
        """
        ...

    def publish(self, stages: Sequence[Stage]) -> Published:
        """Stage all, audit all, then replace all in one atomic step; the first stage is profiled.

        A later stage may read what an earlier one has staged.

        Raises:
            AuditError: when staged rows break their contract; nothing is changed.
            WarehouseBusyError: when another process keeps the warehouse.
        """
        ...

    def read(self, sql: str, parameters: Mapping[str, Value] | None = None) -> pa.Table:
        """Run one GoogleSQL query."""
        ...

    def read_many(self, queries: Sequence[Query]) -> list[pa.Table]:
        """Run several queries on one snapshot of the warehouse."""
        ...

    def delete(self, deletions: Sequence[Deletion]) -> Mapping[str, int]:
        """Remove rows of several tables in one atomic step; rows removed by two-part table name.

        What is recorded about the removed dates goes with them (``nba_processing.partition_status`` and
        ``check_violations``), unless a deletion is narrowed to a scope: then rows of the date remain.

        Raises:
            WarehouseBusyError: when another process keeps the warehouse.
        """
        ...

    def digest(self, contract: TableContract, dates: DateRange | None = None) -> str:
        """Fingerprint of all rows of a table, or of a range: equal for equal rows in any order.

        Comparable within one engine and version only; a table that does not exist yet is empty.
        """
        ...
