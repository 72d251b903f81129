"""Rendering of GoogleSQL for the embedded engine.

Only text and types are translated here; connections and transactions belong to the engine's module.
"""

from functools import cache

import sqlglot
from sqlglot import exp

from nba_pipeline.contract import TableContract
from nba_pipeline.derived_cache import remembered

DUCKDB_TYPES = {
    "string": "varchar",
    "int64": "bigint",
    "float64": "double",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
}


@cache
def render(sql: str) -> tuple[str, frozenset[str]]:
    """DuckDB text of one GoogleSQL statement, and the names of the parameters it binds."""

    def translate() -> list:
        tree = sqlglot.parse_one(sql, read="bigquery")
        names = sorted({parameter.name for parameter in tree.find_all(exp.Parameter)})
        return [tree.transform(_as_duckdb_means_it).sql(dialect="duckdb"), names]

    text, names = remembered("duckdb", sql, translate)
    return text, frozenset(names)


def _as_duckdb_means_it(node: exp.Expression) -> exp.Expression:
    """GoogleSQL reads 0.44 as FLOAT64, DuckDB as DECIMAL, which rounds differently; ``div`` loses its parentheses."""
    if isinstance(node, exp.IntDiv):
        for side in (node.left, node.right):
            if isinstance(side, exp.Binary):
                side.replace(exp.paren(side.copy()))
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:
        return exp.cast(node.copy(), "double", copy=False) if not isinstance(node.parent, exp.Cast) else node
    return node


def table_ddl(contract: TableContract) -> str:
    """DuckDB statement that creates the table of a contract when it is not there, or its view as it is stated now."""
    if contract.is_view:
        return f"create or replace view {contract.name} as {render(contract.query or '')[0]}"
    columns = ", ".join(
        f"{column.name} {DUCKDB_TYPES[column.type]}{' not null' if column.not_null else ''}"
        for column in contract.columns
    )
    return f"create table if not exists {contract.name} ({columns})"
