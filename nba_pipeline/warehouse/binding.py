"""Proof that a model's query produces what its contract documents, before anything runs.

Queries are bound against empty tables made from the contracts; no data is needed, and nothing is kept but that a proof
succeeded.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import cached_property

import duckdb

from nba_pipeline.contract.cache import remembered
from nba_pipeline.contract.catalog import in_order
from nba_pipeline.contract.table import TableContract
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES, render, table_ddl

_PARAMETER_TYPES = {"run_id": "varchar", "processor_name": "varchar", "run_at": "timestamp with time zone"}


def require_documented_columns(contracts: Iterable[TableContract]) -> None:
    """Bind every query whose binding is not remembered, with the tables and views behind it.

    Raises:
        ContractError: names the file, the line of the column, the documented and the produced type.
    """
    given = {contract.name: contract for contract in contracts}
    with closing(_EmptyTables()) as tables:
        for contract in given.values():
            if contract.query:
                behind = in_order(contract.upstreams, given)
                remembered("binds", repr((contract, behind)), lambda: tables.require(contract, behind))  # noqa: B023


class _EmptyTables:
    """An engine in memory, opened for the first query that needs it, with an empty table for each contract."""

    def __init__(self) -> None:
        self._created: set[str] = set()

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def close(self) -> None:
        if "_connection" in vars(self):
            self._connection.close()

    def require(self, contract: TableContract, behind: Sequence[TableContract]) -> bool:
        """Bind one query, after the tables and views behind it are there; always true."""
        for one in behind:
            self._create(one)
        sql, names = render(contract.query or "")
        for name in names:
            sql = sql.replace(f"${name}", f"cast(null as {_PARAMETER_TYPES.get(name, 'date')})")
        try:
            produced = self._connection.execute(f"describe {sql}").fetchall()
        except duckdb.Error as error:
            raise _does_not_run(contract, error) from error
        types = {row[0]: row[1].lower() for row in produced}
        for column in contract.columns:
            expected = DUCKDB_TYPES[column.type]
            # DuckDB widens the sum of whole numbers; storing narrows it again, and fails on overflow.
            if types[column.name] != expected and (expected, types[column.name]) != ("bigint", "hugeint"):
                raise contract.error(
                    column.name,
                    f"column {column.name} is documented as {column.type} ({expected}) but the query produces "
                    f"{types[column.name]}; correct the header or cast in the last select.",
                )
        return True

    def _create(self, contract: TableContract) -> None:
        if contract.name in self._created:
            return
        try:
            self._connection.execute(f"create schema if not exists {contract.dataset}")
            self._connection.execute(table_ddl(contract))
        except duckdb.Error as error:
            raise _does_not_run(contract, error) from error
        self._created.add(contract.name)


def _does_not_run(contract: TableContract, error: duckdb.Error) -> Exception:
    return contract.error("query", f"the query does not run on the embedded engine: {error}")
