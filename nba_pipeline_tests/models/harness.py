"""Given rows, run a model, read its rows: the smallest warehouse a model test needs.

Expected values stand in the tests, beside the given rows; nothing here knows a particular table.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb

from nba_pipeline.calendar import history_start
from nba_pipeline.contract.catalog import declared, in_order
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.validation.written import written
from nba_pipeline.warehouse.dialect import DUCKDB_TYPES, render, table_ddl

Row = Mapping[str, object]
#: The engine's integer widths are one type in a contract: the stored table has the width.
INTEGERS = {"integer": "bigint", "hugeint": "bigint"}


def warehouse() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory; a table appears when a test gives it rows or a model reads it."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set TimeZone = 'UTC'")
    return con


def given(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows. Columns that are not named are NULL, also where the contract forbids it."""
    _create(con, table)
    known = {column.name for column in declared(table).columns}
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        assert row.keys() <= known, f"{table} has no column {', '.join(sorted(row.keys() - known))}"
        alike.setdefault(tuple(row), []).append(row)
    for names, group in alike.items():
        marks = f"({', '.join('?' * len(names))})"
        values = [value for row in group for value in row.values()]
        con.execute(f"insert into {table} ({', '.join(names)}) values {', '.join([marks] * len(group))}", values)


def _create(con: duckdb.DuckDBPyConnection, *tables: str) -> None:
    for contract in in_order(tables):
        con.execute(f"create schema if not exists {contract.dataset}")
        ddl = table_ddl(contract)
        con.execute(ddl if contract.is_view else ddl.replace(" not null", ""))


def run(
    con: duckdb.DuckDBPyConnection, table: str, start: dt.date, end: dt.date | None = None, **parameters: object
) -> list[dict]:
    """Compute a partition range of a model, store it in its table, and return its rows in key order.

    Names, types and the key are compared with the contract on the way. A view is given rows through the tables it
    reads, and ``rows_of`` reads it.
    """
    contract = declared(table)
    _create(con, table, *contract.upstreams)
    sql, names = render(contract.query or "")
    values = {"start_date": start, "end_date": end or start, "history_start": history_start(start), **parameters}
    result = con.execute(sql, {name: values[name] for name in names} or None)
    produced = {
        column[0]: INTEGERS.get(str(column[1]).lower(), str(column[1]).lower()) for column in result.description
    }
    assert produced == {column.name: DUCKDB_TYPES[column.type] for column in contract.columns}
    rows = [dict(zip(produced, row, strict=True)) for row in result.fetchall()]
    for key in (contract.key, *contract.unique):
        repeated = [
            found for found, count in Counter(tuple(row[name] for name in key) for row in rows).items() if count > 1
        ]
        assert not repeated, f"{table}: {key} is not unique: {repeated}"
    for column in contract.columns:
        assert not (column.not_null and any(row[column.name] is None for row in rows)), f"{column.name} is NULL"
    bounds = {"start": start, "end": end or start}
    con.execute(f"delete from {table} where {contract.partition} between $start and $end", bounds)
    given(con, table, rows)
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in contract.key))


def rows_of(con: duckdb.DuckDBPyConnection, view: str) -> list[dict]:
    """All rows of a view, in key order."""
    contract = declared(view)
    _create(con, view)
    names = [column.name for column in contract.columns]
    rows = con.execute(f"select {', '.join(names)} from {view}").fetchall()
    return sorted(
        (dict(zip(names, row, strict=True)) for row in rows),
        key=lambda row: tuple(str(row[name]) for name in contract.key),
    )


def broken_checks(con: duckdb.DuckDBPyConnection, table: str, start: dt.date, end: dt.date | None = None) -> list[str]:
    """Names of the hand-written checks that stored rows of the range violate."""
    contract = declared(table)
    broken = []
    for check in contract.checks:
        violations = written(check, contract).violations
        _create(con, *tables_read(violations))
        sql, names = render(f"select count(*) from ({violations})")
        values = {"start_date": start, "end_date": end or start}
        (count,) = con.execute(sql, {name: values[name] for name in names}).fetchone() or (0,)
        if count:
            broken.append(check.name)
    return broken
