"""The season calendar: seasons, named windows, ranges of dates.

A partition is a slate: the US-Eastern calendar date on which games tip off. Which games a slate has is
``dim_game``'s business; this module knows seasons, their boundaries, and why a date may rightly be empty.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from nba_pipeline.errors import UsageError
from nba_pipeline.home import pipeline_home

EPOCH = dt.date(2021, 10, 19)
BOOTSTRAP_DAYS = 14
TIMEZONE = "America/New_York"

#: Seasons that a home adds to the packaged ones, or knows better.
CALENDAR_FILE = "season_calendar.csv"
_LABEL = re.compile(r"^\d{4}-\d{2}$")


@dataclass(frozen=True)
class Season:
    """One season; all dates inclusive, US-Eastern."""

    season_year: int
    label: str
    regular_start: dt.date
    regular_end: dt.date
    season_end: dt.date
    all_star_start: dt.date
    all_star_end: dt.date


@dataclass(frozen=True)
class DateRange:
    """An inclusive range of slates.

    Raises:
        UsageError: when the range is reversed.
    """

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise UsageError(
                f"Range {self.start}...{self.end} is reversed: write the earlier date first, {self.end}...{self.start}."
            )

    def dates(self) -> Iterator[dt.date]:
        """Every date of the range in order."""
        for offset in range(len(self)):
            yield self.start + dt.timedelta(days=offset)

    def __len__(self) -> int:
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start}...{self.end}"

    @property
    def words(self) -> str:
        """The range as people write it: a single date stands alone."""
        return f"{self.start}" if self.start == self.end else f"{self}"


def merged(days: Iterable[dt.date], among: Iterable[dt.date] = ()) -> tuple[DateRange, ...]:
    """Dates as ranges: two belong together when no other date of ``among`` lies between, or when they are adjacent."""
    listed, context = sorted(set(days)), set(among)
    others = context.difference(listed)
    ranges: list[DateRange] = []
    for day in listed:
        last = ranges[-1].end if ranges else None
        adjacent = last is not None and (day - last).days == 1
        joined = bool(context) and last is not None and not any(last < other < day for other in others)
        if adjacent or joined:
            ranges[-1] = DateRange(ranges[-1].start, day)
        else:
            ranges.append(DateRange(day, day))
    return tuple(ranges)


#: The first four weeks of the data, and the two weeks every table is tried on.
WINDOWS = {
    "first_four_weeks": DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 15)),
    "smoke": DateRange(dt.date(2024, 1, 15), dt.date(2024, 1, 28)),
}


def season_rows() -> list[dict[str, str]]:
    """The season calendar as text: the packaged seasons and those of ``<home>/season_calendar.csv``, which win.

    Raises:
        UsageError: for a file of the home that lacks a column or holds a value that is none.
    """
    known = {row["season_year"]: row for row in _packaged_rows()}
    path = pipeline_home() / CALENDAR_FILE
    if path.is_file():
        known |= {row["season_year"]: row for row in _own_rows(path, path.stat().st_mtime_ns)}
    return [known[year] for year in sorted(known)]


def seasons() -> tuple[Season, ...]:
    """All known seasons, oldest first.

    Raises:
        UsageError: for a calendar file of the home that cannot be read.
    """
    return _as_seasons(tuple(tuple(row.items()) for row in season_rows()))


@cache
def _as_seasons(rows: tuple[tuple[tuple[str, str], ...], ...]) -> tuple[Season, ...]:
    return tuple(_season(dict(row)) for row in rows)


@cache
def _packaged_rows() -> tuple[dict[str, str], ...]:
    text = files("nba_pipeline").joinpath("reference/season_calendar.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _own_rows(
    path: Path,
    changed: int,  # noqa: ARG001  a changed file is read again
) -> tuple[dict[str, str], ...]:
    wanted = list(_packaged_rows()[0])
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    for number, row in enumerate(rows, start=2):
        lacking = [name for name in wanted if not row.get(name)]
        if lacking:
            raise UsageError(f"{path}:{number} has no {lacking[0]}: write {','.join(wanted)} in the first line.")
        try:
            one = _season(row)
        except ValueError as error:
            raise UsageError(f"{path}:{number}: {error}; years are numbers, dates YYYY-MM-DD.") from error
        in_order = [one.regular_start, one.all_star_start, one.all_star_end, one.regular_end, one.season_end]
        if in_order != sorted(in_order) or season_year_of(one.regular_start) != one.season_year:
            raise UsageError(
                f"{path}:{number}: the dates of {one.label} are not in order, or not of {one.season_year}."
            )
    return tuple(rows)


def _season(row: Mapping[str, str]) -> Season:
    day = dt.date.fromisoformat
    return Season(
        season_year=int(row["season_year"]),
        label=row["season"],
        regular_start=day(row["regular_start"]),
        regular_end=day(row["regular_end"]),
        season_end=day(row["season_end"]),
        all_star_start=day(row["all_star_start"]),
        all_star_end=day(row["all_star_end"]),
    )


def season_year_of(date: dt.date) -> int:
    """Starting year of the season that ``date`` belongs to: October begins a new one."""
    return date.year if date.month >= 10 else date.year - 1


def season(label: str) -> Season:
    """The season called ``label`` (``2021-22``).

    Raises:
        UsageError: for a label that is not in the calendar; names the valid ones.
    """
    for known in seasons():
        if label == known.label:
            return known
    valid = ", ".join(known.label for known in seasons())
    remedy = f" A season that is not listed: {_remedy()}" if _LABEL.match(label) else ""
    raise UsageError(f"Unknown season {label!r}: choose one of {valid}.{remedy}")


def _remedy() -> str:
    return f"write its row into {pipeline_home() / CALENDAR_FILE}, with the first line {','.join(_packaged_rows()[0])}."


def season_on(date: dt.date) -> Season | None:
    """The season of ``date``, None before the first one the calendar knows.

    Raises:
        UsageError: for a date of a later season than the calendar knows: nothing is assumed about it.
    """
    year, known = season_year_of(date), seasons()
    if year > known[-1].season_year:
        raise UsageError(
            f"{date} belongs to a season that is not in the season calendar, which ends with {known[-1].label}: "
            f"{_remedy()}"
        )
    return next((one for one in known if one.season_year == year), None)


def all_star_dates(dates: DateRange) -> tuple[dt.date, ...]:
    """The All-Star dates of a range, Friday and Sunday of each season: no games of this project's schedule."""
    days = (one.all_star_start + dt.timedelta(days=offset) for one in seasons() for offset in (0, 2))
    return tuple(day for day in days if dates.start <= day <= dates.end)


def history_start(date: dt.date) -> dt.date:
    """First date whose facts a row dated ``date`` may use: opening night of its season.

    A date before opening night has no history; before the first known season 1 October stands for it.
    """
    known = season_on(date)
    return known.regular_start if known else dt.date(season_year_of(date), 10, 1)


def days_into_season(date: dt.date) -> int:
    """Days since opening night: 0 on opening night, negative before."""
    return (date - history_start(date)).days


def is_bootstrap(date: dt.date) -> bool:
    """True on the first fourteen days of a season, on which no precompute row exists."""
    return 0 <= days_into_season(date) < BOOTSTRAP_DAYS


def empty_reason(date: dt.date) -> str:
    """Why the calendar expects no games on ``date``; ``no_games`` when only the schedule can tell."""
    known = season_on(date)
    if known is None or date > known.season_end or date < known.regular_start:
        return "off_season"
    if known.all_star_start <= date <= known.all_star_end:
        return "all_star_break"
    return "no_games"


def parse_range(start: str, end: str | None = None) -> DateRange:
    """Read a range given as two ISO dates (or one) and place it inside the calendar.

    Raises:
        UsageError: for text that is no date, a reversed range, or a date outside the calendar.
    """
    first, last = _date(start), _date(end or start)
    chosen = DateRange(first, last)
    final = last_partition()
    if first < EPOCH or last > final:
        raise UsageError(f"Range {chosen} is outside the calendar: choose dates from {EPOCH} to {final}.")
    return chosen


def window(name: str) -> DateRange:
    """A range people speak of by name.

    Raises:
        UsageError: for a name nobody gave; names the valid ones.
    """
    if name not in WINDOWS:
        raise UsageError(f"Unknown window {name!r}: choose one of {', '.join(WINDOWS)}.")
    return WINDOWS[name]


def season_range(known: Season) -> DateRange:
    """The dates of a season up to its end, or up to today while it goes on.

    Raises:
        UsageError: when the season has not begun.
    """
    if known.regular_start > last_partition():
        raise UsageError(f"The season {known.label} begins on {known.regular_start}: there is nothing of it yet.")
    return DateRange(known.regular_start, min(known.season_end, last_partition()))


def named_range(
    given: Sequence[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    label: str | None = None,
    named: str | None = None,
) -> DateRange:
    """The range a user named in one of the ways that every command and job understands.

    Raises:
        UsageError: when nothing is named, two ways contradict each other, or a date is none.
    """
    ways = [bool(given), bool(start or end), bool(label), bool(named)]
    if sum(ways) != 1:
        raise UsageError(
            "Name the dates in one way: FIRST LAST, FIRST...LAST, --start/--end, --season 2021-22 or "
            "--window first_four_weeks."
        )
    if label:
        return season_range(season(label))
    if named:
        return window(named)
    if given:
        words = [word for text in given for word in text.split("...") if word]
        if len(words) > 2:
            raise UsageError(f"{' '.join(given)!r} names {len(words)} dates: write FIRST LAST or FIRST...LAST.")
        return parse_range(words[0], words[-1])
    if not (start and end):
        raise UsageError("Give both --start and --end.")
    return parse_range(start, end)


def all_dates() -> DateRange:
    """From the first date of the data to the end of the last season, or to today while it goes on."""
    return DateRange(EPOCH, min(seasons()[-1].season_end, last_partition()))


def last_partition() -> dt.date:
    """The newest slate: today in US-Eastern time."""
    return dt.datetime.now(ZoneInfo(TIMEZONE)).date()


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date: write it as YYYY-MM-DD, for example 2021-10-19.") from error
