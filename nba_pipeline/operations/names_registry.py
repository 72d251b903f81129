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
from typing import Any

import dagster as dg

from nba_pipeline import remedies
from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.unknown_names import (
    ALIASES,
    FAILURES,
    METERS,
    REGISTRY,
    STATES,
    counts_by_state,
    dates_of,
    evidence,
    marked_pending,
    marked_reprocessed,
    marked_resolved,
    pending_names,
    ready_rows,
    registry_names,
)
from nba_pipeline.contract.catalog import declared, in_flow, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError
from nba_pipeline.operations.cascade import affected_by
from nba_pipeline.operations.launch import Progress, materialise
from nba_pipeline.operations.name_decisions import MEANS, NEW_PERSON, REASON
from nba_pipeline.operations.rebuild import Rebuilt, rebuild
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.warehouse.seam import Query, Stage, Warehouse

_LEAST_SIMILAR, _LEAST_SIMILAR_MATE = 0.6, 0.45
_SHOWN_CANDIDATES = 3


@dataclass(frozen=True)
class StateCount:
    """Rows in one state; ``label`` is the name the final report gives it."""

    state: str
    label: str
    players: int
    dates: int
    records: int


@dataclass(frozen=True)
class Candidate:
    """A known person whom a pending name may mean.

    ``team_dates`` are the name's dates on which he was of the same team, ``own_dates`` those on which he had a row of
    his own, so that the name must be somebody else's.
    """

    player_lookup: str
    similarity: float
    team_dates: int = 0
    own_dates: int = 0

    @property
    def likelihood(self) -> tuple[bool, float, str]:
        """Sorts the likeliest first: nobody stands twice in one game; a team-mate counts as three tenths more alike."""
        return self.own_dates > 0, -self.similarity - (0.3 if self.team_dates else 0), self.player_lookup

    @property
    def words(self) -> str:
        """The person with the evidence."""
        text = f"{self.player_lookup} {self.similarity:.2f}"
        if self.own_dates:
            return f"{text} (not he: a row of his own on {self.own_dates} dates)"
        return f"{text} (same team on {self.team_dates} dates)" if self.team_dates else text


@dataclass(frozen=True)
class PendingName:
    """A name nobody knows yet: where it was met, and whom it may mean, likeliest first."""

    player_lookup: str
    team_abbr: str | None
    records: int
    dates: int
    first_date: dt.date
    last_date: dt.date
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class ResolvedName:
    """A pending name that is known now, and how: ``exact`` in the registry, ``alias`` or ``suffix`` of a name in it."""

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

    ``still_missed`` are names that stayed unknown on their date although they are ready, ``known`` the pending names
    that became ready just now, or would.
    """

    dry_run: bool
    ready: tuple[Mapping[str, object], ...]
    tables: tuple[str, ...]
    dates: DateRange | None
    completed: int = 0
    still_ready: int = 0
    still_missed: tuple[Mapping[str, object], ...] = ()
    rebuilt: Rebuilt | None = field(default=None, repr=False)
    known: tuple[ResolvedName, ...] = ()


def status(warehouse: Warehouse) -> list[StateCount]:
    """Players, dates and rows by state, one entry per state, also the empty ones."""
    found = counts_by_state(warehouse)
    return [
        StateCount(
            state,
            label,
            *(found[state][name] if state in found else 0 for name in ("players", "dates", "records")),
        )
        for state, label in STATES.items()
    ]


def pending(warehouse: Warehouse, limit: int | None = 20) -> list[PendingName]:
    """The pending names met on most dates that nobody knows yet, with candidates; all of them without a limit."""
    unknown = [row for row in pending_names(warehouse) if not row["method"]]
    return _with_candidates(warehouse, unknown[:limit])


def resolve(
    warehouse: Warehouse, *, now: dt.datetime, dry_run: bool = True, review_file: Path | None = None
) -> Resolution:
    """Mark the pending rows whose name is known now; list the others with candidates.

    The list is written to ``review_file`` as CSV unless this is a dry run.
    """
    resolved = mark_known(warehouse, now=now, dry_run=dry_run)
    review = tuple(pending(warehouse, None))
    if dry_run:
        return Resolution(dry_run, resolved, review)
    if review_file:
        review_file.parent.mkdir(parents=True, exist_ok=True)
        review_file.write_text(review_table(review), encoding="utf-8")
    return Resolution(dry_run, resolved, review, review_file)


def mark_known(warehouse: Warehouse, *, now: dt.datetime, dry_run: bool = False) -> tuple[ResolvedName, ...]:
    """Mark the pending rows whose name is known now; nobody looks for candidates of the others here."""
    known = tuple(
        ResolvedName(row["player_lookup"], row["canonical_lookup"], row["method"], row["records"])
        for row in pending_names(warehouse)
        if row["method"]
    )
    if known and not dry_run:
        _rewrite(warehouse, marked_resolved(now))
    return known


def read_again(definitions: dg.Definitions, instance: dg.DagsterInstance, now: dt.datetime) -> None:
    """Read the sources of the registry and the aliases again.

    Raises:
        PipelineError: when the tables could not be computed.
    """
    tables = [declared(REGISTRY), declared(ALIASES)]
    read = materialise(definitions, instance, tables, DateRange(now.date(), now.date()))
    if not read.success:
        raise PipelineError(f"The registry could not be read again: {'; '.join(read.failures)}")


def reopen(warehouse: Warehouse, lookup: str) -> str | None:
    """Make a name pending again; the command that computes its dates again, None when it was never met."""
    days = dates_of(warehouse, lookup)
    if not days:
        return None
    _rewrite(warehouse, marked_pending(lookup))
    tables, dates = _reach(warehouse, days, analytics_only=False)
    return remedies.materialize(dates, [table.name for table in tables])


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

    Pending rows whose name is known by now are ready too, and marked so first.
    A row stays ready when its date failed or its table misses the name as before; asking again tries again.
    ``analytics_only`` leaves what stands on the analytics tables to a later run.
    """
    known = mark_known(warehouse, now=now, dry_run=dry_run)
    waiting = tuple(ready_rows(warehouse))
    if not waiting:
        return Reprocessing(dry_run, waiting, (), None, known=known)
    tables, dates = _reach(warehouse, sorted({row["game_date"] for row in waiting}), analytics_only=analytics_only)
    names = tuple(table.name for table in tables)
    if dry_run:
        return Reprocessing(dry_run, waiting, names, dates, still_ready=len(waiting), known=known)
    rebuilt = rebuild(definitions, instance, tables, dates, progress, switches=switches)
    _rewrite(warehouse, marked_reprocessed(now, rebuilt.succeeded))
    left = tuple(ready_rows(warehouse))
    return Reprocessing(
        dry_run,
        waiting,
        names,
        dates,
        completed=len(waiting) - len(left),
        still_ready=len(left),
        still_missed=tuple(row for row in left if row["game_date"] not in rebuilt.failed),
        rebuilt=rebuilt,
        known=known,
    )


def _reach(
    warehouse: Warehouse, days: Sequence[dt.date], *, analytics_only: bool
) -> tuple[list[TableContract], DateRange]:
    """The tables that hold a name, upstream first, and the one range over which their rows may change."""
    found = [one for day in days for one in affected_by(warehouse, day)]
    wanted = {one.table.name: one.table for one in found} | {name: declared(name) for name in METERS}
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


def _rewrite(warehouse: Warehouse, rows: Query) -> None:
    warehouse.publish([Stage(declared(FAILURES), rows, None)])


def _with_candidates(warehouse: Warehouse, rows: Sequence[Mapping[str, Any]]) -> list[PendingName]:
    if not rows:
        return []
    registry, mates = registry_names(warehouse), evidence(warehouse)
    met = ("player_lookup", "team_abbr", "records", "dates", "first_date", "last_date")
    return [
        PendingName(
            **{name: row[name] for name in met},
            candidates=_candidates(row["player_lookup"], registry, mates.get(row["player_lookup"], {})),
        )
        for row in rows
    ]


def _candidates(lookup: str, registry: Sequence[str], mates: Mapping[str, tuple[int, int]]) -> tuple[Candidate, ...]:
    """Names that look alike, team-mates even when they look less so."""
    matcher = SequenceMatcher(b=lookup)
    found = []
    for name in registry:
        least = _LEAST_SIMILAR_MATE if mates.get(name, (0, 0))[0] else _LEAST_SIMILAR
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least:
            found.append(Candidate(name, round(matcher.ratio(), 3), *mates.get(name, (0, 0))))
    return tuple(sorted(found, key=lambda candidate: candidate.likelihood)[:_SHOWN_CANDIDATES])


def review_table(review: Sequence[PendingName]) -> str:
    """The names as CSV for a reviewer to fill in: whom each means, or the new person, and why."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    candidates = [f"candidate_{number}" for number in range(1, _SHOWN_CANDIDATES + 1)]
    met = ["player_lookup", "team_abbr", "dates", "first_date", "last_date"]
    writer.writerow([*met, *candidates, MEANS, NEW_PERSON, REASON])
    for one in review:
        similar = [candidate.words for candidate in one.candidates]
        similar += [""] * (_SHOWN_CANDIDATES - len(similar))
        writer.writerow(
            [one.player_lookup, one.team_abbr, one.dates, one.first_date, one.last_date, *similar, "", "", ""]
        )
    return text.getvalue()
