"""The season calendar and the one daily partitions definition.

A partition is a slate: the US-Eastern calendar date on which games tip off. Which games a slate has is
``dim_game``'s business; this module knows seasons, their boundaries, and why a date may rightly be empty.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import dagster as dg

from nba_pipeline.errors import UsageError

EPOCH = dt.date(2021, 10, 19)
BOOTSTRAP_DAYS = 14
TIMEZONE = "America/New_York"

#: One partition per Eastern date from the first game of the data, today's slate included (``end_offset=1``).
DAILY = dg.DailyPartitionsDefinition(start_date=EPOCH.isoformat(), timezone=TIMEZONE, end_offset=1)


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


#: The first four weeks of the data, and the two weeks every table is tried on.
WINDOWS = {
    "first_four_weeks": DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 15)),
    "smoke": DateRange(dt.date(2024, 1, 15), dt.date(2024, 1, 28)),
}


@cache
def seasons() -> tuple[Season, ...]:
    """All known seasons, oldest first."""
    text = files("nba_pipeline").joinpath("reference/season_calendar.csv").read_text(encoding="utf-8")
    day = dt.date.fromisoformat
    return tuple(
        Season(
            season_year=int(row["season_year"]),
            label=row["season"],
            regular_start=day(row["regular_start"]),
            regular_end=day(row["regular_end"]),
            season_end=day(row["season_end"]),
            all_star_start=day(row["all_star_start"]),
            all_star_end=day(row["all_star_end"]),
        )
        for row in csv.DictReader(text.splitlines())
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
    raise UsageError(f"Unknown season {label!r}: choose one of {valid}.")


def season_on(date: dt.date) -> Season | None:
    """The season of ``date``, None when the calendar does not know it."""
    return next((known for known in seasons() if known.season_year == season_year_of(date)), None)


def history_start(date: dt.date) -> dt.date:
    """First date whose facts a row dated ``date`` may use: opening night of its season.

    A date before opening night has no history; a season the calendar does not know yet starts on 1 October.
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


def last_partition() -> dt.date:
    """The newest slate: today in US-Eastern time."""
    key = DAILY.get_last_partition_key()
    assert key is not None, "the daily definition always has a last partition after its epoch"
    return dt.date.fromisoformat(key)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date: write it as YYYY-MM-DD, for example 2021-10-19.") from error
