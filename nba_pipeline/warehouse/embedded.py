"""The embedded engine: one DuckDB file, one writing process at a time.

The file is open for one publication, one reading or one session (``open_file``), because an open file is locked to
other processes. Everything about DuckDB stays in this folder.
"""

import datetime as dt
import glob
import os
import shutil
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared, in_order, runnable_contracts, views_on
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import AuditError, PipelineError
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES, render
from nba_pipeline.warehouse.open_file import catalog_in, kept_open, opened
from nba_pipeline.warehouse.seam import Arrow, Deletion, PartitionProfile, Published, Query, Stage, Value, arrow_schema

#: Columns whose values are counted per partition, so that the share of every source is visible.
SOURCE_COLUMNS = ("primary_source_used", "shot_zones_source", "universe_source", "source", "match_method", "origin")
_STATUS = "nba_processing.partition_status"
#: Tables that record something about the dates of other tables.
_RECORDS_OF_DATES = (_STATUS, "nba_processing.check_violations")
_NO_ROWS = "0-0-0"


@dataclass(frozen=True)
class EmbeddedWarehouse:
    """A DuckDB file.

    Args:
        path: the file; created on first use.
        memory_limit: DuckDB's own limit; larger work spills to a folder beside the file.
        wait_seconds: how long to wait for another process before giving up.
        statements: every statement of every publication with its seconds, for benchmarks.
    """

    path: Path
    kind: str = "duckdb"
    memory_limit: str = "800MB"
    wait_seconds: float = 120.0
    statements: list[tuple[str, str, float]] = field(default_factory=list, compare=False)

    def create(self, contracts: Iterable[TableContract]) -> None:
        given = {contract.name: contract for contract in contracts}
        with self._connection() as connection:
            self._follow(connection, in_order(given, given))

    def publish(self, stages: Sequence[Stage]) -> Published:
        started = time.monotonic()
        with self._connection() as connection, self._loading_folder() as folder:
            self._follow(connection, _involved(stages))
            connection.execute("begin")
            for stage in stages:
                self._fill(connection, stage, folder)
                self._audit(connection, stage)
                self._replace(connection, stage)
            partitions = self._profile(connection, stages[0])
            self._record_status(connection, stages[0], partitions)
            (rows,) = _one(connection, f"select count(*) from {_staged(stages[0])}")
            for stage in stages:
                connection.execute(f"drop {'view' if isinstance(stage.rows, Arrow) else 'table'} {_staged(stage)}")
            connection.execute("commit")
        return Published(rows=rows, seconds=time.monotonic() - started, partitions=partitions)

    def read(self, sql: str, parameters: Mapping[str, Value] | None = None) -> pa.Table:
        return self.read_many([Query(sql, parameters or {})])[0]

    def read_many(self, queries: Sequence[Query]) -> list[pa.Table]:
        with self._connection() as connection:
            return [self._table(connection, query) for query in queries]

    def delete(self, deletions: Sequence[Deletion]) -> Mapping[str, int]:
        deleted: dict[str, int] = {}
        with self._connection() as connection:
            self._follow(connection, [deletion.contract for deletion in deletions])
            records = [name for name in _RECORDS_OF_DATES if _exists(connection, name)]
            connection.execute("begin")
            for deletion in deletions:
                name = deletion.contract.name
                where, bounds = _condition(deletion.contract.partition, deletion.dates, deletion.scope)
                (count,) = _one(connection, f"delete from {name}{where}", bounds)
                deleted[name] = deleted.get(name, 0) + count
                if not deletion.scope:
                    where, bounds = _condition("partition_date", deletion.dates, {"table_name": name})
                    for record in records:
                        connection.execute(f"delete from {record}{where}", bounds)
            connection.execute("commit")
        return deleted

    def digest(self, contract: TableContract, dates: DateRange | None = None) -> str:
        """Number, sum and exclusive or of DuckDB's row hashes: the sum tells how often a row occurs."""
        where, bounds = _condition(contract.partition, dates, {})
        with self._connection() as connection:
            if not _exists(connection, contract.name):
                return _NO_ROWS
            columns = ", ".join(column.name for column in contract.columns)
            count, total, crossed = _one(
                connection,
                f"select count(*), coalesce(sum(row_hash::hugeint), 0), coalesce(bit_xor(row_hash), 0)"
                f" from (select hash({columns}) as row_hash from {contract.name}{where})",
                bounds,
            )
        return f"{count}-{total:x}-{crossed:x}"

    @contextmanager
    def session(self) -> Generator[None]:
        with self._connection():
            # Operations of this process share the open file: no lock to wait for, nothing to load again.
            yield

    @contextmanager
    def kept_open(self) -> Generator[None]:
        with kept_open(self.path.resolve()):
            yield

    @contextmanager
    def _connection(self) -> Generator[duckdb.DuckDBPyConnection]:
        with (
            opened(self.path.resolve(), self.memory_limit, self.wait_seconds) as file,
            closing(file.connection.cursor()) as cursor,
        ):
            yield cursor

    def _table(self, connection: duckdb.DuckDBPyConnection, query: Query) -> pa.Table:
        sql, parameters = _bound("read", query)
        return connection.sql(sql, params=parameters or None).to_arrow_table()

    def _follow(self, connection: duckdb.DuckDBPyConnection, contracts: Iterable[TableContract]) -> None:
        """Before the transaction: what is created in one that is rolled back would be remembered as there."""
        catalog = catalog_in(self.path.resolve())
        for contract in contracts:
            catalog.follow(connection, contract)

    @contextmanager
    def _loading_folder(self) -> Generator[Path]:
        """Where rows from outside wait for their publication; what a killed process left there is removed.

        Made while the file is open, which no two processes have at once: what others left is nobody's.
        """
        root = self.path.with_suffix(".loading")
        folder = root / str(os.getpid())
        for left in root.glob("*"):
            if left != folder:
                shutil.rmtree(left, ignore_errors=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):
                root.rmdir()

    def _load(self, connection: duckdb.DuckDBPyConnection, stage: Stage, rows: Arrow, folder: Path) -> None:
        """Stage rows from outside as a view over files: a temporary table of them would be held in memory."""
        started = time.monotonic()
        place = folder / stage.contract.name
        place.mkdir(parents=True)
        schema = arrow_schema(stage.contract)
        # The first file says the types when there are no rows.
        parquet.write_table(schema.empty_table(), place / "types.parquet")
        for number, chunk in enumerate(rows.chunks):
            parquet.write_table(
                chunk.select(schema.names).cast(schema), place / f"{number:06d}.parquet", compression="zstd"
            )
        columns = ", ".join(
            f"{column.name}::{DUCKDB_TYPES[column.type]} as {column.name}" for column in stage.contract.columns
        )
        pattern = f"{glob.escape(str(place))}/*.parquet".replace("'", "''")
        connection.execute(
            f"create temp view {_staged(stage)} as select {columns}"
            f" from read_parquet('{pattern}', union_by_name = true)"
        )
        self.statements.append((f"{stage.contract.name} load", "", time.monotonic() - started))

    def _fill(self, connection: duckdb.DuckDBPyConnection, stage: Stage, folder: Path) -> None:
        if isinstance(stage.rows, Arrow):
            self._load(connection, stage, stage.rows, folder)
            return
        columns = ", ".join(column.name for column in stage.contract.columns)
        connection.execute(
            f"create temp table {_staged(stage)} as select {columns} from {stage.contract.name} where false"
        )
        sql, parameters = _bound(stage.contract.name, stage.rows)
        started = time.monotonic()
        connection.execute(f"insert into {_staged(stage)} select {columns} from ({sql})", parameters or None)
        self.statements.append((stage.contract.name, sql, time.monotonic() - started))

    def _audit(self, connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
        """Key filled and unique, partition dates inside the range; raises before anything is replaced."""
        contract, staged = stage.contract, _staged(stage)
        required = [column.name for column in contract.columns if column.not_null]
        tests = [f"count(*) - count({name})" for name in required]
        if contract.partition and stage.dates:
            tests.append(f"count_if({contract.partition} not between $start_date and $end_date)")
        if tests:
            bounds = {"start_date": stage.dates.start, "end_date": stage.dates.end} if stage.dates else None
            sql = f"select {', '.join(tests)} from {staged}"
            counts = _one(connection, sql, bounds if contract.partition else None)
            for name, count in zip(required, counts, strict=False):
                if count:
                    raise AuditError(
                        f"{contract.name}: {count} staged rows have no {name}, which must be filled. Nothing was "
                        f"published for {stage.dates or 'the table'}; correct the input or {contract.path.name}."
                    )
            if len(counts) > len(required) and counts[-1]:
                raise AuditError(
                    f"{contract.name}: {counts[-1]} staged rows are dated outside {stage.dates}. Nothing was published."
                )
        for names in (contract.key, *contract.unique):
            self._audit_unique(connection, stage, names)

    def _audit_unique(self, connection: duckdb.DuckDBPyConnection, stage: Stage, names: tuple[str, ...]) -> None:
        listed = ", ".join(names)
        filled = " and ".join(f"{name} is not null" for name in names)
        twice = connection.execute(
            f"select {listed}, count(*) from {_staged(stage)} where {filled} group by {listed} having count(*) > 1"
            f" order by {listed} limit 3"
        ).fetchall()
        if twice:
            shown = "; ".join(", ".join(str(value) for value in row[:-1]) + f" ({row[-1]} rows)" for row in twice)
            raise AuditError(
                f"{stage.contract.name}: ({listed}) is not unique in the staged rows, for example {shown}. "
                f"Nothing was published for {stage.dates or 'the table'}."
            )

    def _replace(self, connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
        where, parameters = _condition(stage.contract.partition, stage.dates, stage.scope)
        started = time.monotonic()
        connection.execute(f"delete from {stage.contract.name}{where}", parameters)
        order = [name for name in (stage.contract.partition, *stage.contract.cluster[:1]) if name]
        connection.execute(
            f"insert into {stage.contract.name} select * from {_staged(stage)}"
            + (f" order by {', '.join(dict.fromkeys(order))}" if order else "")
        )
        self.statements.append((f"{stage.contract.name} replace", "", time.monotonic() - started))

    def _record_status(
        self, connection: duckdb.DuckDBPyConnection, stage: Stage, partitions: Mapping[dt.date, PartitionProfile]
    ) -> None:
        """Row count, reason and origin of every date of the range, part of the same transaction."""
        if stage.dates is None:
            return
        status = declared(_STATUS)
        days = list(stage.dates.dates())
        counts = [partitions[day].rows if day in partitions else 0 for day in days]
        is_unchecked = stage.contract.name not in runnable_contracts()
        rows = pa.table(
            {
                "table_name": [stage.contract.name] * len(days),
                "partition_date": pa.array(days, pa.date32()),
                "row_count": counts,
                "reason": pa.array(
                    [None if count else stage.reasons.get(day) for day, count in zip(days, counts, strict=True)],
                    pa.string(),
                ),
                "built_from": pa.array([stage.built_from.get(day) for day in days], pa.string()),
                "is_judged": pa.array([None if is_unchecked else False] * len(days), pa.bool_()),
            }
        )
        connection.execute(
            f"delete from {status.name} where table_name = $name and partition_date between $start and $end",
            {"name": stage.contract.name, "start": stage.dates.start, "end": stage.dates.end},
        )
        connection.register("status_rows", rows)
        connection.execute(f"insert into {status.name} by name select * from status_rows")
        connection.unregister("status_rows")

    def _profile(self, connection: duckdb.DuckDBPyConnection, stage: Stage) -> Mapping[dt.date, PartitionProfile]:
        contract, date = stage.contract, stage.contract.partition
        if date is None:
            return {}
        present = {column.name for column in contract.columns}
        games = "count(distinct game_id)" if "game_id" in present else "null"
        played = "count_if(did_play)" if "did_play" in present else "null"
        counts = connection.execute(
            f"select {date}, count(*), {games}, {played} from {_staged(stage)} group by all"
        ).fetchall()
        shares: dict[dt.date, dict[str, dict[str, int]]] = {}
        for name in (name for name in SOURCE_COLUMNS if name in present):
            for day, value, count in connection.execute(
                f"select {date}, coalesce({name}, 'none'), count(*) from {_staged(stage)} group by all order by 1, 2"
            ).fetchall():
                shares.setdefault(day, {}).setdefault(name, {})[value] = count
        return {
            day: PartitionProfile(rows=rows, games=games, played_rows=played, shares=shares.get(day, {}))
            for day, rows, games, played in counts
        }


def _condition(
    date: str | None, dates: DateRange | None, scope: Mapping[str, Value]
) -> tuple[str, dict[str, Value] | None]:
    """The ``where`` of rows inside a range with these column values, and what it binds."""
    conditions = [f"{name} = ${name}" for name in scope]
    parameters: dict[str, Value] = dict(scope)
    if date and dates:
        conditions.append(f"{date} between $start_date and $end_date")
        parameters |= {"start_date": dates.start, "end_date": dates.end}
    return (f" where {' and '.join(conditions)}", parameters) if conditions else ("", None)


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    dataset, _, table = name.partition(".")
    (found,) = _one(
        connection,
        "select count(*) from information_schema.tables where table_schema = $dataset and table_name = $table",
        {"dataset": dataset, "table": table},
    )
    return found > 0


def _involved(stages: Sequence[Stage]) -> list[TableContract]:
    """The staged tables, everything their queries read, and the views on them, each once, views last."""
    names = {stage.contract.name for stage in stages} | {_STATUS}
    names |= {view for stage in stages for view in views_on(stage.contract.name)}
    names |= {name for stage in stages if isinstance(stage.rows, Query) for name in stage.contract.upstreams}
    given = {stage.contract.name: stage.contract for stage in stages}
    return in_order(names, given)


def _bound(label: str, query: Query) -> tuple[str, dict[str, Value]]:
    """Rendered text and the values of the parameters it names."""
    sql, names = render(query.sql)
    missing = names - query.parameters.keys()
    if missing:
        raise PipelineError(f"{label}: no value for parameter {', '.join(sorted(missing))}.")
    return sql, {name: query.parameters[name] for name in names}


def _staged(stage: Stage) -> str:
    return f"staged_{stage.contract.dataset}_{stage.contract.table}"


def _one(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Value] | None = None
) -> tuple[int, ...]:
    row = connection.execute(sql, parameters).fetchone()
    assert row is not None, "an aggregate without grouping returns one row"
    return row
