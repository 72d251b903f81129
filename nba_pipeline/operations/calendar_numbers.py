"""Game dates and games of seasons and ranges: what the documents of this project state beside what the schedule says.

The documented numbers (``reference/documented_seasons.csv``) are only ever shown; nothing is computed from them. They
count the league's own list of games: with the All-Star weekend where stated, without the final of the NBA Cup.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nba_pipeline.calendar import DateRange, all_star_dates, is_bootstrap, seasons
from nba_pipeline.completeness.coverage import expected_dates, games_by_kind
from nba_pipeline.document import Part, Table, Told, as_data, pct, share
from nba_pipeline.warehouse.seam import Warehouse

_SEASON_TYPES = ("regular", "play_in", "playoffs")
#: The range of the documents' 918 dates.
DOCUMENTED_RANGE = DateRange(dt.date(2021, 10, 19), dt.date(2026, 1, 3))


@dataclass(frozen=True)
class Documented:
    """What the documents state about a season or a named window, up to ``through``; None where they are silent.

    ``estimates`` are the numbers a plan guessed before the schedule was counted.
    """

    scope: str
    first_day: dt.date
    last_day: dt.date | None
    through: dt.date
    dates_with_all_star: int
    all_star_days: tuple[dt.date, ...]
    dates: int
    bootstrap_dates: int
    phase4_dates: int
    games: int | None
    regular: tuple[int, int] | None
    play_in: tuple[int, int] | None
    playoffs: tuple[int, int] | None
    estimates: Mapping[str, int]


@dataclass(frozen=True)
class Numbers:
    """Counts of final game dates and games in a range; All-Star dates apart, those between its first and last game.

    ``cup_dates`` are dates whose only game is a Cup final; ``unknown`` counts dates inside a season about which the
    schedule never spoke. ``by_type`` is (dates, games) by kind of game.
    """

    first_day: dt.date | None
    last_day: dt.date | None
    dates: int
    bootstrap_dates: int
    games: int
    all_star_dates: int
    cup_dates: tuple[dt.date, ...] = ()
    unknown: int = 0
    by_type: Mapping[str, tuple[int, int]] | None = None

    @property
    def phase4_dates(self) -> int:
        """Dates on which precompute rows can exist."""
        return self.dates - self.bootstrap_dates


@dataclass(frozen=True)
class Coverage:
    """Dates of a range, those of them in a bootstrap, and the rest; ``games`` None where not stated."""

    source: str
    dates: int
    bootstrap: int
    expected: int
    games: int | None

    KEYS = ("source", "dates", "bootstrap", "expected", "pct", "games")

    @property
    def pct(self) -> float | None:
        """Share of dates outside the bootstrap in percent."""
        return share(self.expected, self.dates)


@dataclass(frozen=True)
class GameDate:
    """One date with final games."""

    date: dt.date
    games: int
    bootstrap: bool


@cache
def documented() -> tuple[Documented, ...]:
    """Every documented season and window, in the file's order."""
    text = files("nba_pipeline").joinpath("reference/documented_seasons.csv").read_text(encoding="utf-8")
    return tuple(_documented(row) for row in csv.DictReader(text.splitlines()))


def documented_seasons() -> tuple[Documented, ...]:
    """The documented seasons, oldest first."""
    labels = {one.label for one in seasons()}
    return tuple(one for one in documented() if one.scope in labels)


def _documented(row: Mapping[str, str]) -> Documented:
    day = dt.date.fromisoformat

    def pair(name: str) -> tuple[int, int] | None:
        return (int(row[f"{name}_dates"]), int(row[f"{name}_games"])) if row[f"{name}_dates"] else None

    return Documented(
        scope=row["scope"],
        first_day=day(row["first_day"]),
        last_day=day(row["last_day"]) if row["last_day"] else None,
        through=day(row["through"]),
        dates_with_all_star=int(row["dates_with_all_star"]),
        all_star_days=tuple(day(text) for text in row["all_star_days"].split()),
        dates=int(row["dates"]),
        bootstrap_dates=int(row["bootstrap_dates"]),
        phase4_dates=int(row["phase4_dates"]),
        games=int(row["games"]) if row["games"] else None,
        regular=pair("regular"),
        play_in=pair("play_in"),
        playoffs=pair("playoff"),
        estimates={name: int(row[f"estimated_{name}"]) for name in ("dates", "games", "player_rows")}
        if row["estimated_dates"]
        else {},
    )


def numbers(warehouse: Warehouse, dates: DateRange) -> Numbers:
    """What the stored schedule says about a range, final games only.

    Raises:
        WarehouseBusyError: when another process keeps the warehouse.
    """
    expected = expected_dates(warehouse, dates)
    games = games_by_kind(warehouse, dates)
    kinds: dict[dt.date, set[str]] = {}
    by_type: dict[str, tuple[int, int]] = {}
    for (day, kind), count in games.items():
        kinds.setdefault(day, set()).add(kind)
        days, held = by_type.get(kind, (0, 0))
        by_type[kind] = (days + 1, held + count)
    first, last = min(expected.final, default=None), max(expected.final, default=None)
    return Numbers(
        first_day=first,
        last_day=last,
        dates=len(expected.final),
        bootstrap_dates=len(expected.bootstrap),
        games=sum(games.values()),
        all_star_dates=len(all_star_dates(DateRange(first, last))) if first and last else 0,
        cup_dates=tuple(sorted(day for day, held in kinds.items() if held == {"cup_final"})),
        unknown=len(expected.unknown),
        by_type=by_type,
    )


def documented_coverage(dates: DateRange, *, include_all_star: bool) -> Coverage | None:
    """What the documents state about a range: a window, or whole documented seasons; None when they say nothing."""
    known = [one for one in documented() if (one.first_day, one.through) == (dates.start, dates.end)]
    if not known:
        known = [one for one in documented_seasons() if one.first_day <= dates.end and dates.start <= one.through]
        known = known if _covers(dates, known) else []
    if not known:
        return None
    counted = sum(one.dates_with_all_star if include_all_star else one.dates for one in known)
    bootstrap = sum(one.bootstrap_dates for one in known)
    games = [one.games for one in known if one.games is not None]
    return Coverage(
        "documented, with All-Star" if include_all_star else "documented",
        counted,
        bootstrap,
        counted - bootstrap,
        sum(games) if len(games) == len(known) else None,
    )


def _covers(dates: DateRange, known: Sequence[Documented]) -> bool:
    """Whether a range holds documented seasons whole, and an unfinished one exactly as far as it is documented."""
    return all(
        dates.start <= one.first_day and (one.through <= dates.end if one.last_day else one.through == dates.end)
        for one in known
    )


def estimates_of(dates: DateRange) -> Mapping[str, int]:
    """What a plan had guessed about a documented scope; empty for every other range."""
    return next((one.estimates for one in documented() if (one.first_day, one.through) == (dates.start, dates.end)), {})


def computed_coverage(found: Numbers, *, include_all_star: bool) -> Coverage:
    """What the schedule says about a range; the All-Star dates come from the calendar."""
    counted = found.dates + (found.all_star_dates if include_all_star else 0)
    source = "schedule, with All-Star" if include_all_star else "schedule"
    return Coverage(source, counted, found.bootstrap_dates, counted - found.bootstrap_dates, found.games)


def game_dates(warehouse: Warehouse, dates: DateRange) -> list[GameDate]:
    """The dates with final games, in order."""
    expected = expected_dates(warehouse, dates)
    return [GameDate(day, expected.games[day], is_bootstrap(day)) for day in sorted(expected.final)]


def as_csv(listed: Iterable[GameDate]) -> list[str]:
    """Game dates as lines of a CSV file, header first."""
    return ["game_date,games,is_bootstrap", *(f"{one.date},{one.games},{str(one.bootstrap).lower()}" for one in listed)]


def differences(one: Documented, found: Numbers) -> list[str]:
    """Why a season of the schedule has other numbers than the documents state; empty when it has the same."""
    told = []
    if found.cup_dates:
        told.append(f"the Cup final of {', '.join(map(str, found.cup_dates))} is not in the documented list")
    if found.unknown:
        told.append(f"the schedule says nothing about {found.unknown} dates")
    gap = found.dates - len(found.cup_dates) - one.dates
    if gap and not found.unknown:
        told.append(f"{abs(gap)} dates {'more' if gap > 0 else 'fewer'} than documented")
    return told


# What the command shows


def seasons_told(warehouse: Warehouse) -> Told:
    """The documented numbers of every season beside what the stored schedule says."""
    stated = {one.scope: one for one in documented_seasons()}
    rows: list[tuple[object, ...]] = []
    notes, documents = [], []
    for known in seasons():
        if one := stated.get(known.label):
            last = known.season_end if one.last_day else one.through
            found = numbers(warehouse, DateRange(known.regular_start, last))
            rows += [_documented_row(one), _schedule_row(known.label, found)]
            told = differences(one, found)
            notes += [f"{known.label}: {'; '.join(told)}"] if told else []
            documents.append({"season": known.label, "documented": one, "schedule": found, "differences": told})
    finished = [one for one in stated.values() if one.last_day]
    sums = (sum(counts) for counts in zip(*(_sums(one) for one in finished), strict=True))
    rows.append((f"Σ {len(finished)} seasons", "documented", None, None, *sums, None, None, None))
    headings = (
        *("season", "source", "first day", "last day", "with All-Star", "All-Star", "dates", "bootstrap", "phase 4"),
        *("games", "regular", "play-in", "playoffs"),
    )
    table = Table("Seasons; regular, play-in and playoffs as dates/games", headings, rows)
    return Told([table, *notes], documents)


def _sums(one: Documented) -> tuple[int, ...]:
    days = len(one.all_star_days)
    return (one.dates_with_all_star, days, one.dates, one.bootstrap_dates, one.phase4_dates, one.games or 0)


def _documented_row(one: Documented) -> tuple[object, ...]:
    by_type = [f"{held[0]}/{held[1]}" if held else None for held in (one.regular, one.play_in, one.playoffs)]
    last = one.last_day or f"to {one.through}"
    return (one.scope, "documented", one.first_day, last, *_sums(one)[:5], one.games, *by_type)


def _schedule_row(label: str, found: Numbers) -> tuple[object, ...]:
    if not found.dates:
        return (label, "schedule", *(None,) * 11)
    held = found.by_type or {}
    by_type = [f"{held[name][0]}/{held[name][1]}" if name in held else None for name in _SEASON_TYPES]
    return (
        *(label, "schedule", found.first_day, found.last_day, found.dates + found.all_star_dates),
        *(found.all_star_dates, found.dates, found.bootstrap_dates, found.phase4_dates, found.games, *by_type),
    )


def dates_told(warehouse: Warehouse, dates: DateRange) -> Told:
    """The dates with final games, and how many there are."""
    listed = game_dates(warehouse, dates)
    rows = [(one.date, one.games, "bootstrap" if one.bootstrap else None) for one in listed]
    total = f"{dates}: {len(listed)} game dates, {sum(one.games for one in listed)} games"
    document = {**as_data(dates), "count": len(listed), "dates": listed}
    return Told([Table("Final games", ("date", "games", ""), rows), total], document, 0 if listed else 4)


def coverage_told(warehouse: Warehouse, dates: DateRange, *, include_all_star: bool) -> Told:
    """Total, bootstrap and expected dates of a range, as documented and as the schedule says."""
    found = numbers(warehouse, dates)
    ways = (False, True) if include_all_star else (False,)
    stated = [one for way in ways if (one := documented_coverage(dates, include_all_star=way))]
    listed = [*stated, *(computed_coverage(found, include_all_star=way) for way in ways)]
    estimates = estimates_of(dates)
    rows = [
        (one.source, one.dates, one.bootstrap, one.expected, pct(one.pct), one.games and f"{one.games:,}")
        for one in listed
    ]
    headings = ("source", "dates", "bootstrap", "expected", "%", "games")
    parts: list[Part] = [Table(f"Coverage, {dates}, {len(dates)} calendar days", headings, rows)]
    if not stated:
        parts.append("The documents state nothing about this range.")
    if estimates:
        guessed = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in estimates.items())
        parts.append(f"A plan had estimated {guessed}; the schedule refutes it.")
    if found.unknown:
        parts.append(f"The schedule says nothing about {found.unknown} dates of the range.")
    if found.cup_dates:
        days = ", ".join(map(str, found.cup_dates))
        parts.append(f"Dates with only a Cup final, in no documented number: {days}")
    document = {
        **as_data(dates),
        "calendar_days": len(dates),
        "coverage": listed,
        "schedule_unknown": found.unknown,
        "cup_final_dates": found.cup_dates,
        "estimates": estimates,
    }
    return Told(parts, document, 0 if found.dates else 4)
