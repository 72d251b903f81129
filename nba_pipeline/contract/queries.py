"""What a GoogleSQL query reads and produces, by name; types and origins of columns belong to the warehouse."""

from functools import cache

import sqlglot
from sqlglot import exp

from nba_pipeline.contract.cache import remembered


def tables_read(query: str) -> tuple[str, ...]:
    """Two-part names of the stored tables a GoogleSQL query reads, sorted."""
    return names_in(query)[0]


@cache
def names_in(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stored tables a query reads, sorted, and the columns its last select produces, in order."""

    def parse() -> list[list[str]]:
        tree = sqlglot.parse_one(query, read="bigquery")
        ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
        names = {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db or table.name not in ctes}
        return [sorted(names), list(tree.named_selects) if isinstance(tree, exp.Query) else []]

    tables, produced = remembered("names", query, parse)
    return tuple(tables), tuple(produced)
