"""Names the registry did not know, from ``nba_processing.registry_failures``: by state, and which are known by now.

What is done about them, and when, is decided in ``operations.names_registry``.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from nba_pipeline.contract.catalog import declared, in_order
from nba_pipeline.warehouse.seam import Query, Value, Warehouse

FAILURES = "nba_processing.registry_failures"
REGISTRY = "nba_reference.nba_players_registry"
ALIASES = "nba_reference.player_aliases"
SPELLINGS = "nba_reference.registry_spellings"
UNIVERSE = "nba_reference.player_universe"
#: State, the name a report gives it, and what it means.
STATES = {
    "pending": "PENDING_RESOLUTION",
    "ready": "READY_TO_REPROCESS",
    "complete": "COMPLETE",
    "closed": "CLOSED",
}
METERS = ("nba_analytics.player_game_summary", "nba_analytics.upcoming_player_game_context")

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

#: What resolves a name, as the models do it.
_KNOWN = f"""
known as (
    select
        spelling as sent_lookup,
        player_lookup as canonical_lookup,
        match_method as method
    from {SPELLINGS}
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
    for name in METERS
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

#: Known persons who may have played on the dates of a pending name: for the same team, and with a row of their own.
_EVIDENCE = f"""
with
unknown as (
    select distinct
        player_lookup,
        game_date,
        team_abbr
    from {FAILURES}
    where {_STATE} = 'pending' and team_abbr is not null
)

select
    unknown.player_lookup,
    universe.player_lookup as candidate,
    countif(unknown.team_abbr = universe.team_abbr) as team_dates,
    countif(summary.player_lookup is not null) as own_dates
from unknown
inner join nba_reference.player_universe as universe on unknown.game_date = universe.game_date
left join nba_analytics.player_game_summary as summary
    on universe.game_date = summary.game_date and universe.player_lookup = summary.player_lookup
where universe.universal_player_id is not null
group by unknown.player_lookup, universe.player_lookup
"""

_BY_STATE = f"""
select
    state,
    count(distinct player_lookup) as players,
    count(distinct game_date) as dates,
    count(*) as records
from (select *, {_STATE} as state from {FAILURES})
group by state
"""


def counts_by_state(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Players, dates and rows by state; states without rows are left out."""
    return {row["state"]: row for row in _read(warehouse, _BY_STATE)}


def pending_names(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Pending names, those of most dates first, with who they are where that is known by now."""
    return _read(warehouse, _PENDING)


def ready_rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Rows whose name is known by now and whose date was not rebuilt since."""
    return _read(warehouse, _READY)


def registry_names(warehouse: Warehouse) -> list[str]:
    """Every name of the registry."""
    names = _read(warehouse, f"select distinct player_lookup from {REGISTRY} order by player_lookup")
    return [row["player_lookup"] for row in names]


def registry_persons(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Every person of the registry: ids and names."""
    columns = "universal_player_id, player_lookup, player_name, nba_player_id"
    return _read(warehouse, f"select {columns} from {REGISTRY} order by universal_player_id")


def active_aliases(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Spellings that count, and the names they stand for."""
    return _read(warehouse, f"select alias_lookup, nba_canonical_lookup from {ALIASES} where is_active")


def evidence(warehouse: Warehouse) -> dict[str, dict[str, tuple[int, int]]]:
    """By pending name and known person: the name's dates on which he was of its team, and had a row of his own."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for row in _read(warehouse, _EVIDENCE):
        found.setdefault(row["player_lookup"], {})[row["candidate"]] = row["team_dates"], row["own_dates"]
    return found


def dates_of(warehouse: Warehouse, lookup: str) -> list[dt.date]:
    """The dates on which a name was met while the registry did not know it."""
    sql = f"select distinct game_date from {FAILURES} where player_lookup = @lookup order by game_date"
    return [row["game_date"] for row in _read(warehouse, sql, {"lookup": lookup})]


def marked_pending(lookup: str) -> Query:
    """All rows, those of a name as if it had never been resolved."""
    changed = {
        name: f"if(failures.player_lookup = @lookup, null, failures.{name})"
        for name in ("resolved_at", "reprocessed_at", "outcome")
    }
    return Query(f"select {_rewritten(**changed)} from {FAILURES} as failures", {"lookup": lookup})


def marked_resolved(now: dt.datetime) -> Query:
    """All rows, those pending whose name is known marked as resolved."""
    return Query(_RESOLVED, {"run_at": now})


def marked_reprocessed(now: dt.datetime, dates: list[dt.date]) -> Query:
    """All rows, those ready on rebuilt dates that their table no longer misses marked as reprocessed."""
    return Query(_REPROCESSED, {"run_at": now, "dates": ",".join(day.isoformat() for day in dates)})


def _read(warehouse: Warehouse, sql: str, parameters: Mapping[str, Value] | None = None) -> list[dict[str, Any]]:
    warehouse.create(in_order([FAILURES, REGISTRY, ALIASES, SPELLINGS, UNIVERSE, *METERS]))
    return warehouse.read(sql, parameters).to_pylist()
