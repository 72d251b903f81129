"""The life of a name the registry did not know: pending, ready when it becomes resolvable, complete when rebuilt.

Names are resolved by the models, from ``nba_players_registry`` and ``player_aliases``; here is only what is done about
the ones they missed. Nothing is guessed: a name becomes ready when a reviewed source knows it. Similar names are
candidates that a person may turn into an alias.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared, in_flow, in_order, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.operations.cascade import affected_by
from nba_pipeline.operations.launch import Progress
from nba_pipeline.operations.rebuild import Rebuilt, rebuild
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.warehouse.seam import Query, Stage, Warehouse

FAILURES = "nba_processing.registry_failures"
REGISTRY = "nba_reference.nba_players_registry"
ALIASES = "nba_reference.player_aliases"
SPELLINGS = "nba_reference.registry_spellings"
#: State, the name a report gives it, and what it means.
STATES = {
    "pending": "PENDING_RESOLUTION",
    "ready": "READY_TO_REPROCESS",
    "complete": "COMPLETE",
    "closed": "CLOSED",
}
_LEAST_SIMILAR = 0.6
_SHOWN_CANDIDATES = 3
_METERS = ("nba_analytics.player_game_summary", "nba_analytics.upcoming_player_game_context")

#: The state of a row, from its times. ``closed``: it ended without being resolved, because a later rebuild no longer
#: met the name or a reviewer rejected it.
_STATE = """
case
    when reprocessed_at is not null then 'complete'
    when resolved_at is not null then 'ready'
    when outcome in ('vanished', 'rejected') then 'closed'
    else 'pending'
end
"""

#: What resolves a name: the registry or an alias; a spelling that only a suffix tells apart is left to a reviewer.
_KNOWN = f"""
known as (
    select
        spelling as sent_lookup,
        player_lookup as canonical_lookup,
        match_method as method
    from {SPELLINGS}
    where match_method in ('exact', 'alias')
)
"""

_PENDING = f"""
with
{_KNOWN}

select
    failures.player_lookup,
    max(failures.team_abbr) as team_abbr,
    count(*) as records,
    count(distinct failures.game_date) as dates,
    min(failures.game_date) as first_date,
    max(failures.game_date) as last_date,
    max(known.canonical_lookup) as canonical_lookup,
    max(known.method) as method
from (select * from {FAILURES} where {_STATE} = 'pending') as failures
left join known on failures.player_lookup = known.sent_lookup
group by failures.player_lookup
order by dates desc, failures.player_lookup
"""

_COLUMNS = tuple(column.name for column in declared(FAILURES).columns)


def _rewritten(**changed: str) -> str:
    """The select list of a failures row with some columns given anew."""
    return ",\n    ".join(f"{changed[name]} as {name}" if name in changed else f"failures.{name}" for name in _COLUMNS)


_RESOLVED = f"""
with
{_KNOWN},

failures as (
    select
        *,
        {_STATE} as state
    from {FAILURES}
)

select
    {
    _rewritten(
        resolved_at="if(failures.state = 'pending' and known.sent_lookup is not null, @run_at, failures.resolved_at)",
        outcome="if(failures.state = 'pending' and known.sent_lookup is not null, 'resolved', failures.outcome)",
    )
}
from failures
left join known on failures.player_lookup = known.sent_lookup
"""

#: Names a table misses now, so a failure of the date is not over.
_MISSED = "\n    union all\n".join(
    f"    select distinct '{name.partition('.')[2]}' as processor_name, player_lookup, game_date from {name} "
    "where universal_player_id is null"
    for name in _METERS
)

_REPROCESSED = f"""
with
missed as (
{_MISSED}
),

failures as (
    select
        *,
        {_STATE} as state
    from {FAILURES}
)

select
    {
    _rewritten(
        reprocessed_at="if(failures.state = 'ready' and missed.player_lookup is null "
        "and strpos(@dates, cast(failures.game_date as string)) > 0, @run_at, failures.reprocessed_at)",
    )
}
from failures
left join missed
    on failures.processor_name = missed.processor_name
    and failures.player_lookup = missed.player_lookup
    and failures.game_date = missed.game_date
"""

_READY = f"""
select
    player_lookup,
    game_date,
    processor_name,
    resolved_at
from {FAILURES}
where {_STATE} = 'ready'
order by game_date, player_lookup, processor_name
"""


@dataclass(frozen=True)
class StateCount:
    """Rows in one state; ``label`` is the name the final report gives it."""

    state: str
    label: str
    players: int
    dates: int
    records: int


@dataclass(frozen=True)
class PendingName:
    """A name nobody knows yet: where it was met, and similar registry names, most similar first."""

    player_lookup: str
    team_abbr: str | None
    records: int
    dates: int
    first_date: dt.date
    last_date: dt.date
    candidates: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ResolvedName:
    """A pending name that is known now, and how: ``exact`` in the registry, or ``alias`` of the canonical name."""

    player_lookup: str
    canonical_lookup: str
    method: str
    records: int


@dataclass(frozen=True)
class Resolution:
    """What resolving found; nothing is stored when ``dry_run``."""

    dry_run: bool
    resolved: tuple[ResolvedName, ...]
    review: tuple[PendingName, ...]
    review_file: Path | None = None


@dataclass(frozen=True)
class Reprocessing:
    """What reprocessing would do or did: the ready rows, the tables and dates rebuilt, and the rows now complete.

    ``still_missed`` are names that stayed unknown on their date although they are ready.
    """

    dry_run: bool
    ready: tuple[Mapping[str, object], ...]
    tables: tuple[str, ...]
    dates: DateRange | None
    completed: int = 0
    still_ready: int = 0
    still_missed: tuple[Mapping[str, object], ...] = ()
    rebuilt: Rebuilt | None = field(default=None, repr=False)


def status(warehouse: Warehouse) -> list[StateCount]:
    """Players, dates and rows by state, one entry per state, also the empty ones."""
    _create(warehouse)
    counted = warehouse.read(
        "select state, count(distinct player_lookup) as players, count(distinct game_date) as dates, "
        f"count(*) as records from (select *, {_STATE} as state from {FAILURES}) group by state"
    ).to_pylist()
    found = {row["state"]: row for row in counted}
    return [
        StateCount(
            state,
            label,
            *(found[state][name] if state in found else 0 for name in ("players", "dates", "records")),
        )
        for state, label in STATES.items()
    ]


def pending(warehouse: Warehouse, limit: int = 20) -> list[PendingName]:
    """The pending names met on most dates, with candidates."""
    _create(warehouse)
    registry = _registry_names(warehouse)
    rows = warehouse.read(_PENDING).to_pylist()[:limit]
    return [_pending_name(row, registry) for row in rows]


def ready(warehouse: Warehouse) -> list[Mapping[str, object]]:
    """Rows whose name is known by now and whose date was not rebuilt since."""
    _create(warehouse)
    return warehouse.read(_READY).to_pylist()


def resolve(
    warehouse: Warehouse, *, now: dt.datetime, dry_run: bool = True, review_file: Path | None = None
) -> Resolution:
    """Mark the pending rows whose name is known now; list the others with candidates.

    The list is written to ``review_file`` as CSV unless this is a dry run.
    """
    _create(warehouse)
    rows = warehouse.read(_PENDING).to_pylist()
    registry = _registry_names(warehouse)
    resolved = tuple(
        ResolvedName(row["player_lookup"], row["canonical_lookup"], row["method"], row["records"])
        for row in rows
        if row["method"]
    )
    review = tuple(_pending_name(row, registry) for row in rows if not row["method"])
    if dry_run:
        return Resolution(dry_run, resolved, review)
    if resolved:
        _rewrite(warehouse, _RESOLVED, {"run_at": now})
    if review_file:
        review_file.parent.mkdir(parents=True, exist_ok=True)
        review_file.write_text(_review_table(review), encoding="utf-8")
    return Resolution(dry_run, resolved, review, review_file)


def reprocess(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    *,
    now: dt.datetime,
    dry_run: bool = True,
    analytics_only: bool = False,
    switches: Switches = DEFAULT,
    progress: Progress = lambda _: None,
) -> Reprocessing:
    """Rebuild the dates of the ready rows and everything that used them; stamp the rows whose date succeeded.

    A row stays ready when its date failed or its table misses the name as before; asking again tries again.
    ``analytics_only`` leaves what stands on the analytics tables to a later run.
    """
    _create(warehouse)
    waiting = tuple(warehouse.read(_READY).to_pylist())
    if not waiting:
        return Reprocessing(dry_run, waiting, (), None)
    tables, dates = _reach(warehouse, sorted({row["game_date"] for row in waiting}), analytics_only=analytics_only)
    names = tuple(table.name for table in tables)
    if dry_run:
        return Reprocessing(dry_run, waiting, names, dates, still_ready=len(waiting))
    rebuilt = rebuild(definitions, instance, tables, dates, progress, switches=switches)
    succeeded = ",".join(day.isoformat() for day in rebuilt.succeeded)
    _rewrite(warehouse, _REPROCESSED, {"run_at": now, "dates": succeeded})
    left = tuple(warehouse.read(_READY).to_pylist())
    return Reprocessing(
        dry_run,
        waiting,
        names,
        dates,
        completed=len(waiting) - len(left),
        still_ready=len(left),
        still_missed=tuple(row for row in left if row["game_date"] not in rebuilt.failed),
        rebuilt=rebuilt,
    )


def _reach(
    warehouse: Warehouse, days: Sequence[dt.date], *, analytics_only: bool
) -> tuple[list[TableContract], DateRange]:
    """The tables that hold a name, upstream first, and the one range over which their rows may change."""
    found = [one for day in days for one in affected_by(warehouse, day)]
    wanted = {one.table.name: one.table for one in found} | {name: declared(name) for name in _METERS}
    if analytics_only:
        wanted = {name: table for name, table in wanted.items() if table.dataset == "nba_analytics"}
    reached = [*days, *(day for one in found if one.table.name in wanted for day in one.dates)]
    tables = in_flow([*(contract.name for contract in _resolving()), *wanted])
    return tables, DateRange(min(reached), max(reached))


def _resolving() -> list[TableContract]:
    """The partitioned reference tables whose names come from the registry and the aliases."""
    contracts = runnable_contracts()
    behind = {REGISTRY, ALIASES}
    found = []
    for contract in in_flow(contracts):
        if contract.dataset == "nba_reference" and behind.intersection(stored_tables(contract.upstreams)):
            behind.add(contract.name)
            found.append(contract)
    return [contract for contract in found if contract.partition]


def _create(warehouse: Warehouse) -> None:
    warehouse.create(in_order([FAILURES, REGISTRY, SPELLINGS, *_METERS]))


def _rewrite(warehouse: Warehouse, sql: str, parameters: Mapping[str, dt.datetime | str]) -> None:
    warehouse.publish([Stage(declared(FAILURES), Query(sql, parameters), None)])


def _registry_names(warehouse: Warehouse) -> list[str]:
    return warehouse.read(f"select distinct player_lookup from {REGISTRY} order by 1")["player_lookup"].to_pylist()


def _pending_name(row: Mapping[str, object], registry: Sequence[str]) -> PendingName:
    stated = {name: row[name] for name in ("player_lookup", "team_abbr", "records", "dates", "first_date", "last_date")}
    return PendingName(**stated, candidates=_candidates(str(row["player_lookup"]), registry))  # ty: ignore[invalid-argument-type]


def _candidates(lookup: str, registry: Sequence[str]) -> tuple[tuple[str, float], ...]:
    matcher = SequenceMatcher(b=lookup)
    scored = []
    for name in registry:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= _LEAST_SIMILAR and matcher.quick_ratio() >= _LEAST_SIMILAR:
            ratio = matcher.ratio()
            if ratio >= _LEAST_SIMILAR:
                scored.append((name, round(ratio, 3)))
    return tuple(sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_CANDIDATES])


def _review_table(review: Sequence[PendingName]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    numbers = range(1, _SHOWN_CANDIDATES + 1)
    writer.writerow(
        [
            "player_lookup",
            "team_abbr",
            "dates",
            "first_date",
            "last_date",
            *(f"candidate_{number}" for number in numbers),
        ]
    )
    for one in review:
        names = [f"{name} ({score:.2f})" for name, score in one.candidates]
        writer.writerow([one.player_lookup, one.team_abbr, one.dates, one.first_date, one.last_date, *names])
    return text.getvalue()
