"""The table files of a folder together: who reads whom, in which order, which of them have runs of their own.

What a single file may say belongs to ``format``.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path

from nba_pipeline.contract.format import load_contract
from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.contract.table import TableContract
from nba_pipeline.phases import PHASES

MODELS = Path(str(files("nba_pipeline").joinpath("models")))
#: Tables that the publication or the checks of other tables write, or that hold decisions.
_WRITTEN_ALONG = frozenset(
    {
        "nba_raw.quarantine",
        "nba_processing.partition_status",
        "nba_processing.check_violations",
        "nba_processing.accepted_gaps",
    }
)


def stored_tables(names: Iterable[str], contracts: Mapping[str, TableContract] | None = None) -> tuple[str, ...]:
    """The stored tables behind tables and views, sorted: a view stands for what it reads."""
    found: set[str] = set()
    for name in names:
        contract = contracts[name] if contracts else declared(name)
        found |= set(stored_tables(contract.upstreams, contracts)) if contract.is_view else {name}
    return tuple(sorted(found))


@cache
def declared(name: str) -> TableContract:
    """The packaged contract of one table by its two-part name, read without loading the others."""
    dataset, _, table = name.partition(".")
    return load_contract(MODELS / dataset / f"{table}.sql")


@cache
def load_contracts(root: Path | None = None) -> Mapping[str, TableContract]:
    """All table files below ``root`` (default: the package's ``models``), by two-part name.

    Raises:
        ContractError: for a file in a folder that is no dataset, or a query that reads a table nobody declares.
    """
    folder = root or MODELS
    contracts = {}
    for path in sorted(folder.glob("*/*.sql")):
        contract = load_contract(path)
        contracts[contract.name] = contract
    for contract in contracts.values():
        unknown = [name for name in contract.upstreams if name not in contracts]
        if unknown:
            raise Mistake.UNKNOWN_UPSTREAM.at(
                contract.path, contract.line_of["query"], tables=", ".join(unknown), folder=folder
            )
    for contract in contracts.values():
        if contract.guards and contract.guards.table not in stored_tables(contract.upstreams, contracts):
            line = contract.line_of["guards"]
            raise Mistake.GUARDS_NO_UPSTREAM.at(contract.path, line, table=contract.guards.table)
    return contracts


def forget() -> None:
    """Read table files again from now on, after this process wrote some."""
    for answers in (declared, load_contracts, views_on):
        answers.cache_clear()


def runnable_contracts() -> Mapping[str, TableContract]:
    """Contracts of the tables that have a run of their own: no view, and no table that others' publications write."""
    contracts = load_contracts()
    shared = _WRITTEN_ALONG | {one.misses for one in contracts.values()}
    return {name: one for name, one in contracts.items() if not one.is_view and name not in shared}


@cache
def views_on(name: str) -> tuple[str, ...]:
    """The packaged views that read a table, directly or through other views."""
    contracts = load_contracts()
    return tuple(
        view for view, contract in contracts.items() if contract.is_view and name in stored_tables([view], contracts)
    )


def in_order(names: Iterable[str], given: Mapping[str, TableContract] | None = None) -> list[TableContract]:
    """Contracts of tables and views with everything behind the views, each view after what it reads.

    ``given`` overrules the packaged contracts.
    """
    ordered: dict[str, TableContract] = {}
    for name in sorted(names):
        contract = (given or {}).get(name) or declared(name)
        if contract.is_view:
            ordered |= {one.name: one for one in in_order(contract.upstreams, given)}
        ordered[name] = contract
    return list(ordered.values())


def in_flow(names: Iterable[str]) -> list[TableContract]:
    """Packaged contracts of stored tables, each after everything it reads."""
    contracts = load_contracts()
    reads = {
        name: [one for one in stored_tables(contract.upstreams, contracts) if one != name]
        for name, contract in contracts.items()
        if not contract.is_view
    }
    chosen = set(names)
    return [contracts[name] for name in TopologicalSorter(reads).static_order() if name in chosen]


def phase_tables(*phases: int) -> list[TableContract]:
    """Runnable tables of phases in reading order: by level and what they read where they have levels, else by name."""
    runnable = {name: one for name, one in runnable_contracts().items() if one.partition}
    found = []
    for phase in phases:
        own = [name for name, one in sorted(runnable.items()) if PHASES[phase].has(one.dataset, one.level)]
        has_levels = any(runnable[name].level for name in own)
        found += (
            sorted(in_flow(own), key=lambda one: one.level or "") if has_levels else [runnable[name] for name in own]
        )
    return found
