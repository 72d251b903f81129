"""What is looked at without touching it: a warehouse that refuses to change, and models tried without storing rows."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pyarrow as pa

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.stored_counts import computed_rows, row_counts
from nba_pipeline.contract.catalog import phase_tables, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError
from nba_pipeline.home import Home
from nba_pipeline.warehouse.seam import Deletion, Published, Query, Stage, Value, Warehouse

DRY_RUN_SECONDS = 30.0


@dataclass(frozen=True)
class ReadOnly:
    """A warehouse that is only looked at: creating does nothing, changing is an error, a missing file stays missing."""

    inner: Warehouse
    home: Home
    problem: str = ""

    @property
    def kind(self) -> str:
        """The engine's name."""
        return self.inner.kind

    @property
    def exists(self) -> bool:
        """Whether there is anything to read; a remote engine always exists."""
        return self.inner.kind != "duckdb" or self.home.warehouse.exists()

    def session(self) -> AbstractContextManager[None]:
        """The warehouse kept open where there is one."""
        return self.inner.session() if self.exists else nullcontext()

    def kept_open(self) -> AbstractContextManager[None]:
        """The warehouse kept open where there is one."""
        return self.inner.kept_open() if self.exists else nullcontext()

    def create(self, contracts: Iterable[TableContract]) -> None:
        """Nothing: a table that does not exist is found out when it is read."""

    def publish(self, stages: Sequence[Stage]) -> Published:
        """Refused."""
        raise PipelineError(f"{stages[0].contract.name} would be written by an examination; nothing was changed.")

    def delete(self, deletions: Sequence[Deletion]) -> Mapping[str, int]:
        """Refused."""
        raise PipelineError(f"{deletions[0].contract.name} would be deleted by an examination; nothing was changed.")

    def read(self, sql: str, parameters: Mapping[str, Value] | None = None) -> pa.Table:
        """Run one GoogleSQL query."""
        return self.read_many([Query(sql, parameters or {})])[0]

    def read_many(self, queries: Sequence[Query]) -> list[pa.Table]:
        """Run several queries on one snapshot.

        Raises:
            PipelineError: when there is no warehouse, or it could not be opened.
        """
        if self.problem:
            raise PipelineError(self.problem)
        if not self.exists:
            raise PipelineError(f"There is no warehouse at {self.home.warehouse} yet.")
        return self.inner.read_many(queries)

    def digest(self, contract: TableContract, dates: DateRange | None = None) -> str:
        """Fingerprint of the rows of a table."""
        return self.inner.digest(contract, dates)


@dataclass(frozen=True)
class DryRun:
    """Rows that the models of a phase would make of one date, by table, and the seconds it took.

    ``without_rows`` are tables that would be empty although what they read is stored. A table that reads another one of
    its phase may be empty as long as that one is not stored.
    """

    day: dt.date
    rows: Mapping[str, int]
    without_rows: tuple[str, ...]
    seconds: float

    @property
    def line(self) -> str:
        """Date, seconds and rows."""
        counted = ", ".join(f"{name.partition('.')[2]} {count}" for name, count in self.rows.items())
        return f"{self.day}, {self.seconds:.1f} s: {counted}"


def dry_run(warehouse: Warehouse, phase: int, day: dt.date, clock: Callable[[], float] = time.monotonic) -> DryRun:
    """Compute the models of a phase for one date without storing anything.

    Stops before the next model once the limit is reached.
    """
    started = clock()
    tables = phase_tables(phase)
    own = {table.name: table for table in tables}
    rows: dict[str, int] = {}
    empty = []
    for table in tables:
        if clock() - started > DRY_RUN_SECONDS:
            break
        rows[table.name] = computed_rows(warehouse, table, day)
        if not rows[table.name]:
            reads = [own[name] for name in stored_tables(table.upstreams) if name in own and name != table.name]
            if all(row_counts(warehouse, reads, lambda _: DateRange(day, day)).values()):
                empty.append(table.name)
    return DryRun(day, rows, tuple(empty), clock() - started)
