"""What a stored partition was computed from, so that a source file that comes late or corrected is noticed.

Every publication records a fingerprint (``built_from`` in ``nba_processing.partition_status``): of a raw partition
that of its landing files, of any other that of the fingerprints of everything it reads, for a table with history from
opening night up to its date. A partition is stale when the fingerprint it would get now is another one. Tables without
dates (registry, arenas) take no part.
"""

import datetime as dt
import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from nba_pipeline.calendar import DateRange, history_start, season_year_of
from nba_pipeline.contract.catalog import declared, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.landing import file_names
from nba_pipeline.warehouse.seam import Warehouse

STATUS = "nba_processing.partition_status"

#: Raw tables that between them speak of every game of a date.
_GAMES = (
    "nba_raw.nbac_schedule",
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_raw.bdl_player_boxscores",
)

#: Fingerprints by table and date; a date made of nothing has none.
Fingerprints = Mapping[str, Mapping[dt.date, str]]


def recorded(warehouse: Warehouse, dates: DateRange) -> tuple[dict[str, dict[dt.date, str]], set[tuple[str, dt.date]]]:
    """The fingerprints of what is stored, the history of the first date included, and which partitions are stored."""
    warehouse.create([declared(STATUS)])
    first = min(dates.start, history_start(dates.start))
    columns = warehouse.read(
        f"select table_name, partition_date, built_from from {STATUS} "
        "where partition_date between @start_date and @end_date",
        {"start_date": first, "end_date": dates.end},
    ).columns
    found: dict[str, dict[dt.date, str]] = {}
    stored = set()
    for table, day, built_from in zip(*(column.to_pylist() for column in columns), strict=True):
        stored.add((table, day))
        if built_from:
            found.setdefault(table, {})[day] = built_from
    return found, stored


def origins(warehouse: Warehouse, dates: DateRange) -> dict[dt.date, tuple[str, ...]]:
    """The origins (simulated, archive, live) of the files that the games of each date were read from."""
    contracts = [declared(name) for name in _GAMES]
    warehouse.create(contracts)
    held = " union all ".join(
        f"select {one.partition} as game_date, origin from {one.name} "
        f"where {one.partition} between @start_date and @end_date"
        for one in contracts
    )
    rows = warehouse.read(
        f"select distinct game_date, origin from ({held}) as games order by game_date, origin",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    found: dict[dt.date, tuple[str, ...]] = {}
    for row in rows:
        found[row["game_date"]] = (*found.get(row["game_date"], ()), row["origin"])
    return found


def of_files(landing_root: Path, source: str, dates: DateRange) -> dict[dt.date, str]:
    """The fingerprint of the landing files of every date that has some."""
    found = file_names(landing_root, source, dates.start, dates.end)
    return {day: _digest(sorted(names)) for day, names in found.items()}


def of_upstreams(
    contract: TableContract,
    dates: DateRange,
    known: Fingerprints,
    histories: dict[str, dict[dt.date, str]] | None = None,
) -> dict[dt.date, str]:
    """The fingerprint of every date of a table that reads others, by what is known of these.

    ``histories`` remembers those of tables with history for the next table, as long as nothing known of them changes.
    """
    read = [name for name in _dated_upstreams(contract) if known.get(name)]
    if not contract.history:
        held_by_table = [known[name] for name in read]
    else:
        remembered = {} if histories is None else histories
        for name in read:
            if name not in remembered:
                remembered[name] = _histories(known[name], dates)
        held_by_table = [remembered[name] for name in read]
    found = {day: [held.get(day, "") for held in held_by_table] for day in dates.dates()}
    return {day: _digest(parts) for day, parts in found.items() if any(parts)}


def stale_dates(
    warehouse: Warehouse,
    landing_root: Path,
    tables: Sequence[TableContract],
    dates: DateRange,
    failed: Mapping[str, Collection[dt.date]],
) -> dict[str, list[dt.date]]:
    """Stored dates of the tables, given upstream first, that would be made of something else now.

    What is outside the tables and the range counts as it is stored, as does a raw partition whose files are all gone:
    computing it again would only lose its rows. A partition that was never stored counts as coming, unless it failed
    the last time: else one that cannot be computed would make everything behind it stale.
    """
    marks, stored = recorded(warehouse, dates)
    histories: dict[str, dict[dt.date, str]] = {}
    found: dict[str, list[dt.date]] = {}
    for table in tables:
        if not table.partition:
            continue
        held = marks.setdefault(table.name, {})
        if table.source:
            now = {**held, **of_files(landing_root, table.source, dates)}
        else:
            now = of_upstreams(table, dates, marks, histories)
        for day in dates.dates():
            if (table.name, day) in stored:
                if held.get(day) != now.get(day):
                    found.setdefault(table.name, []).append(day)
            elif day in failed.get(table.name, ()):
                continue
            if day in now:
                held[day] = now[day]
            else:
                held.pop(day, None)
    return found


def _dated_upstreams(contract: TableContract) -> list[str]:
    runnable = runnable_contracts()
    names = stored_tables(contract.upstreams)
    return [name for name in names if name != contract.name and name in runnable and runnable[name].partition]


def _histories(held: Mapping[dt.date, str], dates: DateRange) -> dict[dt.date, str]:
    """By date the fingerprint of everything from opening night up to it; empty when there is nothing."""
    found: dict[dt.date, str] = {}
    days = sorted(held)
    year, position, running = None, 0, ""
    for day in dates.dates():
        if year != season_year_of(day):
            year, running = season_year_of(day), ""
            position = bisect_left(days, history_start(day))
        while position < len(days) and days[position] <= day:
            running = _digest([running, days[position].isoformat(), held[days[position]]])
            position += 1
        found[day] = running
    return found


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
