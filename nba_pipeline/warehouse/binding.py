"""Proof that a model's query produces what its contract documents, before anything runs.

Queries are bound against empty tables made from the contracts; no data is needed and nothing is stored.
"""

from collections.abc import Iterable
from contextlib import closing

import duckdb

from nba_pipeline.contract import TableContract, in_order
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES, render, table_ddl

_PARAMETER_TYPES = {"run_id": "varchar", "processor_name": "varchar", "run_at": "timestamp with time zone"}


def require_documented_columns(contracts: Iterable[TableContract]) -> None:
    """Bind every query.

    Raises:
        ContractError: names the file, the line of the column, the documented and the produced type.
    """
    listed = list(contracts)
    with closing(duckdb.connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for contract in listed:
            connection.execute(f"create schema if not exists {contract.dataset}")
        given = {contract.name: contract for contract in listed}
        for contract in in_order(given, given):
            connection.execute(table_ddl(contract))
        for contract in listed:
            if contract.query:
                _require(connection, contract)


def _require(connection: duckdb.DuckDBPyConnection, contract: TableContract) -> None:
    sql, names = render(contract.query or "")
    for name in names:
        sql = sql.replace(f"${name}", f"cast(null as {_PARAMETER_TYPES.get(name, 'date')})")
    try:
        produced = connection.execute(f"describe {sql}").fetchall()
    except duckdb.Error as error:
        raise contract.error("query", f"the query does not run on the embedded engine: {error}") from error
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
