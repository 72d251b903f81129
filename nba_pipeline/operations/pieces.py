"""The runs of a backfill: pieces of tables and dates, upstream first, around what must be stored before what reads it.

Which partitions are needed is decided in ``plan``, what becomes of a piece in ``backfill``.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.failures import Partition
from nba_pipeline.contract.catalog import in_flow, load_contracts, runnable_contracts, stored_tables
from nba_pipeline.validation.lookback import pregame_upstreams


@dataclass(frozen=True)
class Piece:
    """What one run computes: tables, upstream first, over a range."""

    tables: tuple[str, ...]
    dates: DateRange

    @property
    def partitions(self) -> list[Partition]:
        """Every partition of the run; a table without partitions stands for its first date."""
        return [(name, day) for name in self.tables for day in days_of(name, self.dates)]

    def __str__(self) -> str:
        names = ", ".join(self.tables) if len(self.tables) <= 3 else f"{len(self.tables)} tables"
        return f"{names} {self.dates}"


def pieces_of(needed: Mapping[str, Collection[dt.date]], whole: Collection[str], dates: DateRange) -> list[Piece]:
    """The runs that compute exactly these partitions, in the order they must be launched.

    ``whole`` are needed tables without partitions: they go with the first run of what may read them, over ``dates``
    when there is none.
    """
    pieces: list[Piece] = []
    for names in _tiers([*needed, *whole]):
        dated = {name: needed[name] for name in names if needed.get(name)}
        pieces += runs_of(dated, [name for name in names if name in whole], dates)
    return pieces


def _tiers(names: Iterable[str]) -> list[list[str]]:
    """Tables before those with a look-back, those with one, and what reads them: each must be stored before the next.

    A look-back is judged on what is stored, so that blocked slates can be left out before a run is launched.
    """
    contracts = load_contracts()
    tiers: tuple[list[str], list[str], list[str]] = ([], [], [])
    for contract in in_flow(names):
        behind = any(contracts[one].guards for one in _everything_behind(contract.name))
        tiers[1 if contract.guards else 2 if behind else 0].append(contract.name)
    return [tier for tier in tiers if tier]


@cache
def _everything_behind(name: str) -> frozenset[str]:
    """All stored tables a table reads, directly or through others."""
    direct = [one for one in stored_tables(load_contracts()[name].upstreams) if one != name]
    return frozenset(direct).union(*(_everything_behind(one) for one in direct))


@cache
def same_day_upstreams(name: str) -> tuple[str, ...]:
    """What must be sound on a date for a table to be computed for the same date."""
    contract = load_contracts()[name]
    if contract.guards:
        return pregame_upstreams(contract)
    return tuple(one for one in stored_tables(contract.upstreams) if one != name)


def days_of(name: str, dates: DateRange) -> list[dt.date]:
    """The dates of a table's partitions in a range; the first one stands for a table without partitions."""
    return list(dates.dates()) if runnable_contracts()[name].partition else [dates.start]


def runs_of(needed: Mapping[str, Collection[dt.date]], whole: Sequence[str], dates: DateRange) -> list[Piece]:
    """The runs for partitions of one tier; tables without partitions go with the first, or over ``dates`` alone."""
    found = list(_contiguous(needed))
    if not whole:
        return found
    first = found[0] if found else Piece((), dates)
    together = tuple(one.name for one in in_flow([*first.tables, *whole]))
    return [Piece(together, first.dates), *found[1:]]


def _contiguous(needed: Mapping[str, Collection[dt.date]]) -> Iterator[Piece]:
    """The fewest ranges in date order on each of which the same tables are needed on every date."""
    order = [one.name for one in in_flow(needed)]
    wanted = {name: set(days) for name, days in needed.items()}
    first = last = None
    tables: tuple[str, ...] = ()
    for day in sorted(set().union(*wanted.values())):
        here = tuple(name for name in order if day in wanted[name])
        if first and last and here == tables and day - last == dt.timedelta(days=1):
            last = day
            continue
        if first and last:
            yield Piece(tables, DateRange(first, last))
        first, last, tables = day, day, here
    if first and last:
        yield Piece(tables, DateRange(first, last))
