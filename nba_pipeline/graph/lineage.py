"""Column lineage of a model, found in its query: which stored columns each output column is computed from."""

from collections.abc import Iterable
from functools import cache

import dagster as dg
from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from nba_pipeline.contract.cache import remembered
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.table import TableContract

Lineage = dict[str, list[tuple[str, str, str]]]


def column_lineage(contract: TableContract) -> dg.TableColumnLineage:
    """Lineage as the Dagster catalogue shows it."""
    return dg.TableColumnLineage(
        deps_by_column={
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(list(source[:2])), column_name=source[2]) for source in sources
            ]
            for column, sources in lineage_of(contract.name).items()
        }
    )


@cache
def lineage_of(name: str) -> Lineage:
    """Stored columns (dataset, table, column) behind every output column of a model, sorted."""
    contracts = load_contracts()
    contract = contracts[name]
    read = [contracts[upstream] for upstream in contract.upstreams]
    found = remembered("lineage", repr((contract, read)), lambda: _traced(contract, read))
    return {
        column: [(dataset, table, source) for dataset, table, source in sources] for column, sources in found.items()
    }


def _traced(contract: TableContract, read: Iterable[TableContract]) -> dict[str, list[list[str]]]:
    tables: dict[str, dict[str, dict[str, str]]] = {}
    for one in read:
        tables.setdefault(one.dataset, {})[one.table] = {column.name: column.type for column in one.columns}
    tree = qualify(
        parse_one(contract.query or "", read="bigquery"),
        schema={**tables},
        dialect="bigquery",
        quote_identifiers=False,
        validate_qualify_columns=False,
        identify=False,
    )
    root = build_scope(tree)
    found = _Tracer().outputs(root) if root else {}
    return {column: [list(source) for source in sorted(sources)] for column, sources in found.items()}


class _Tracer:
    """Follows columns from a scope to stored tables, each scope once."""

    def __init__(self) -> None:
        self.known: dict[int, dict[str, set[tuple[str, str, str]]]] = {}

    def outputs(self, scope: Scope) -> dict[str, set[tuple[str, str, str]]]:
        if id(scope) not in self.known:
            self.known[id(scope)] = {}
            self.known[id(scope)] = self._outputs(scope)
        return self.known[id(scope)]

    def _outputs(self, scope: Scope) -> dict[str, set[tuple[str, str, str]]]:
        if scope.set_operation_scopes:
            branches = [self.outputs(branch) for branch in scope.set_operation_scopes]
            names = list(branches[0])
            return {
                name: set().union(*(list(branch.values())[position] for branch in branches if len(branch) > position))
                for position, name in enumerate(names)
            }
        select = scope.expression
        if not isinstance(select, exp.Select):
            return {}
        return {
            projection.alias_or_name: set().union(
                *(self._sources(scope, column) for column in projection.find_all(exp.Column)), set()
            )
            for projection in select.selects
        }

    def _sources(self, scope: Scope, column: exp.Column) -> set[tuple[str, str, str]]:
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            return {(source.db, source.name, column.name)}
        if isinstance(source, Scope):
            return self.outputs(source).get(column.name, set())
        return set()
