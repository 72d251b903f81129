"""How stored DuckDB tables and views follow their contracts without losing rows.

New nullable columns at the end are added, and columns that may be NULL now lose their constraint. Everything else, a
column that changed its name, type or place or that is needed now, is no change that stored rows could follow.
"""

from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from threading import RLock

import duckdb

from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES, table_ddl


class StoredCatalog:
    """Tables and views of one open file, read once: while the file is open, no other process can change them.

    A view carries the fingerprint of its statement as a comment, so that an unchanged one is not made again.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._agreed: dict[str, str] = {}
        self._columns: dict[str, list[tuple[str, str, bool]]] = {}
        for table, column, kind, is_nullable in connection.execute(
            "select schema_name || '.' || table_name, column_name, lower(data_type), is_nullable"
            " from duckdb_columns() where not internal order by schema_name, table_name, column_index"
        ).fetchall():
            self._columns.setdefault(table, []).append((column, kind, is_nullable))
        self._views = dict(
            connection.execute(
                "select schema_name || '.' || view_name, comment from duckdb_views() where not internal"
            ).fetchall()
        )

    def follow(self, connection: duckdb.DuckDBPyConnection, contract: TableContract) -> None:
        """Create the table or view of a contract, or let what is stored follow it.

        Not to be called inside a transaction that may be rolled back.

        Raises:
            PipelineError: when the stored rows cannot follow; nothing was changed.
        """
        statement = table_ddl(contract)
        with self._lock:
            if self._agreed.get(contract.name) == statement:
                return
            if contract.is_view:
                self._follow_view(connection, contract, statement)
            elif contract.name in self._columns:
                self._follow_table(connection, contract, statement)
            else:
                self._made(connection, contract, statement)
            self._agreed[contract.name] = statement

    def _made(self, connection: duckdb.DuckDBPyConnection, contract: TableContract, statement: str) -> None:
        connection.execute(f"create schema if not exists {contract.dataset}")
        connection.execute(statement)
        self._is_as_stated(contract)

    def _is_as_stated(self, contract: TableContract) -> None:
        self._columns[contract.name] = [
            (column.name, DUCKDB_TYPES[column.type], not column.not_null) for column in contract.columns
        ]
        self._views.clear()

    def _follow_view(self, connection: duckdb.DuckDBPyConnection, contract: TableContract, statement: str) -> None:
        fingerprint = blake2b(statement.encode(), digest_size=16).hexdigest()
        if self._views.get(contract.name) == fingerprint:
            return
        connection.execute(f"create schema if not exists {contract.dataset}")
        connection.execute(statement)
        connection.execute(f"comment on view {contract.name} is '{fingerprint}'")
        self._views[contract.name] = fingerprint

    def _follow_table(self, connection: duckdb.DuckDBPyConnection, contract: TableContract, statement: str) -> None:
        changed = self._unlike(connection, contract)
        if not changed:
            return
        row = connection.execute(f"select count(*) from {contract.name}").fetchone()
        if row and row[0]:
            raise PipelineError(
                f"{contract.name} in {self._path} holds {row[0]} rows with other columns than {contract.path.name} "
                f"states ({', '.join(changed)}). Drop the table and materialise it again; nothing was changed."
            )
        connection.execute(f"drop table {contract.name}")
        self._made(connection, contract, statement)

    def _unlike(self, connection: duckdb.DuckDBPyConnection, contract: TableContract) -> list[str]:
        """Alter the stored table where its rows allow it.

        Returns:
            the columns in which it cannot follow, ``their order`` when that alone differs; empty when it now agrees.
        """
        found = self._columns[contract.name]
        stored = [(name, kind) for name, kind, _ in found]
        expected = [(column.name, DUCKDB_TYPES[column.type]) for column in contract.columns]
        gained = contract.columns[len(stored) :]
        if stored != expected[: len(stored)] or any(column.not_null for column in gained):
            return sorted({name for name, _ in set(stored) ^ set(expected)}) or ["their order"]
        relaxed = [
            column
            for column, (_, _, is_nullable) in zip(contract.columns, found, strict=False)
            if not (is_nullable or column.not_null)
        ]
        for column in gained:
            connection.execute(f"alter table {contract.name} add column {column.name} {DUCKDB_TYPES[column.type]}")
        for column in relaxed:
            connection.execute(f"alter table {contract.name} alter column {column.name} drop not null")
        if gained or relaxed:
            self._is_as_stated(contract)
        return []


#: The file this process closed last, the state it left it in, and what is stored there.
_LEFT: dict[Path, tuple[list[tuple[int, ...]], StoredCatalog | None]] = {}


def catalog_of(connection: duckdb.DuckDBPyConnection, path: Path) -> StoredCatalog:
    """What is stored in a file that was just opened; not read again when the file is as this process left it."""
    state, catalog = _LEFT.get(path, ([], None))
    return catalog if catalog and state == _state(path) else StoredCatalog(connection, path)


def leave(connection: duckdb.DuckDBPyConnection, path: Path, catalog: StoredCatalog | None) -> None:
    """Close a file, remembering what is stored in it if that is certain."""
    with closing(connection):
        with suppress(duckdb.Error):  # closing would write it; written now, the state is known while nobody else writes
            connection.execute("checkpoint")
        _LEFT.clear()
        _LEFT[path] = (_state(path), catalog)


def _state(path: Path) -> list[tuple[int, ...]]:
    """Identity, size and time of the file and of the log of what is not yet in it."""
    files = [file.stat() for file in (path, path.with_name(f"{path.name}.wal")) if file.exists()]
    return [(file.st_ino, file.st_size, file.st_mtime_ns) for file in files]
