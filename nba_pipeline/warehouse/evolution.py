"""How a stored DuckDB table follows its contract without losing rows.

New nullable columns at the end are added, and columns that may be NULL now lose their constraint. Everything else, a
column that changed its name, type or place or that is needed now, is no change that stored rows could follow.
"""

import duckdb

from nba_pipeline.contract import TableContract
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES


def unlike(connection: duckdb.DuckDBPyConnection, contract: TableContract) -> list[str]:
    """Alter the stored table where its rows allow it.

    Returns:
        the columns in which it cannot follow, ``their order`` when that alone differs; empty when it now agrees.
    """
    found = connection.execute(
        "select column_name, lower(data_type), is_nullable = 'YES' from information_schema.columns"
        " where table_schema = $dataset and table_name = $table order by ordinal_position",
        {"dataset": contract.dataset, "table": contract.table},
    ).fetchall()
    stored = [(name, kind) for name, kind, _ in found]
    expected = [(column.name, DUCKDB_TYPES[column.type]) for column in contract.columns]
    gained = contract.columns[len(stored) :]
    if stored != expected[: len(stored)] or any(column.not_null for column in gained):
        return sorted({name for name, _ in set(stored) ^ set(expected)}) or ["their order"]
    for column in gained:
        connection.execute(f"alter table {contract.name} add column {column.name} {DUCKDB_TYPES[column.type]}")
    for column, (_, _, is_nullable) in zip(contract.columns, found, strict=False):
        if not (is_nullable or column.not_null):
            connection.execute(f"alter table {contract.name} alter column {column.name} drop not null")
    return []
