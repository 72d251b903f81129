"""Rendering of GoogleSQL for the embedded engine.

Only text and types are translated here; connections and transactions belong to the engine's module.
"""

from functools import cache

import sqlglot
from sqlglot import exp

from nba_pipeline.contract.cache import remembered
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError

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
        _refuse_what_differs(tree)
        _count_nothing_as_zero(tree)
        names = sorted({parameter.name for parameter in tree.find_all(exp.Parameter)})
        return [tree.transform(_as_duckdb_means_it).sql(dialect="duckdb"), names]

    text, names = remembered("duckdb", sql, translate)
    return text, frozenset(names)


@cache
def readable(sql: str) -> str:
    """One GoogleSQL statement, a clause per line."""
    return remembered(
        "readable", sql, lambda: sqlglot.parse_one(sql, read="bigquery").sql(dialect="bigquery", pretty=True)
    )


#: Functions whose rendering gives other values on DuckDB than GoogleSQL does, and what to write instead.
_DIFFERENT = {
    exp.TimestampDiff: "DuckDB counts boundaries, GoogleSQL whole units: subtract unix_seconds()",
    exp.DatetimeDiff: "DuckDB counts boundaries of another kind: compare dates, or subtract unix_seconds()",
    exp.TimestampTrunc: "DuckDB truncates in the session's zone: cast to a date",
    exp.DateTrunc: "DuckDB may give a timestamp: use extract()",
    exp.Format: "format specifiers differ: use concat() and cast()",
}
_SAME_PARTS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE"})


def _refuse_what_differs(tree: exp.Expr) -> None:
    """Stop an expression that has another value on the two engines before it reaches either.

    Raises:
        PipelineError: names the expression and what to write instead.
    """
    for node in tree.walk():
        remedy = _DIFFERENT.get(type(node))
        if isinstance(node, exp.Extract) and node.this.name.upper() not in _SAME_PARTS:
            remedy = f"only {', '.join(sorted(_SAME_PARTS))} mean the same on both engines"
        elif isinstance(node, exp.Substring) and isinstance(start := node.args.get("start"), exp.Literal):
            remedy = "positions begin at 1; 0 means something else on DuckDB" if start.name == "0" else None
        if remedy:
            raise PipelineError(f"{node.sql(dialect='bigquery')!r} differs between the engines: {remedy}.")


def _count_nothing_as_zero(tree: exp.Expr) -> None:
    """COUNTIF over no rows or over NULLs only is 0 in GoogleSQL; DuckDB's own ``count_if`` says NULL."""
    for node in reversed(list(tree.find_all(exp.CountIf))):
        node.replace(exp.Count(this=exp.Case().when(node.this.copy(), exp.Literal.number(1))))


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
