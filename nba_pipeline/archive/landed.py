"""Landing files of an archive: one per source and date, with the same bytes for the same content.

Archives say nothing about when they were captured, so the capture time of a landing file is noon UTC of the day after
its date: always the same, and after every game of that date. A later ingestion with other content for that date counts
a second more, so that a corrected archive wins. Captured odds keep the archive's own time inside the record.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nba_pipeline.archive.notes import Window
from nba_pipeline.archive.report import Landed
from nba_pipeline.archive.words import Rows
from nba_pipeline.calendar import season_year_of
from nba_pipeline.landing import LandingFile, content_hash, files, put

ORIGIN = "archive"


class Held:
    """The landing files of one source from earlier ingestions, and the place for new ones."""

    def __init__(self, landing_root: Path, source: str) -> None:
        self.landing_root = landing_root
        self.source = source
        self.by_day: dict[dt.date, list[LandingFile]] = defaultdict(list)
        for file in files(landing_root, source):
            if file.origin == ORIGIN:
                self.by_day[file.date].append(file)

    def put(self, day: dt.date, rows: Rows) -> None:
        """Write a date unless an earlier ingestion wrote the same; newer than any earlier one."""
        payload = rows.to_csv(index=False, lineterminator="\n").encode()
        earlier = self.by_day[day]
        if content_hash(payload) in {file.hash16 for file in earlier}:
            return
        noon = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(12), dt.UTC)
        captured = max([noon, *(file.fetched_at + dt.timedelta(seconds=1) for file in earlier)])
        put(self.landing_root, self.source, day, captured, ORIGIN, payload, "csv")


def write_dates(landing_root: Path, source: str, dates: Iterable[tuple[str, Rows]]) -> Landed:
    """One landing file per date, rows in a fixed order so that equal content has equal bytes."""
    landed, held = Landed(), Held(landing_root, source)
    for day_text, rows in dates:
        day = dt.date.fromisoformat(day_text)
        held.put(day, _ordered(rows.fillna("").astype(str)))
        landed.add(day, len(rows))
    return landed


def _ordered(rows: Rows) -> Rows:
    """Rows by all their columns; many times faster than ``sort_values`` where columns are many and rows few."""
    records = list(zip(*(rows[name] for name in rows.columns), strict=True))
    return rows.iloc[sorted(range(len(records)), key=records.__getitem__)]


def write_dates_without_games(landing_root: Path, played: Iterable[str], window: Window, like: Rows) -> None:
    """An empty schedule file for every wanted date between a season's first and last game that has none.

    ``like`` is a table with the schedule's columns. A season's game log is complete, so it says that nothing was
    played; without a file the date would count as a gap.
    """
    held = Held(landing_root, "nbac_schedule")
    days = {dt.date.fromisoformat(day) for day in played}
    for year in {season_year_of(day) for day in days}:
        season = [day for day in days if season_year_of(day) == year]
        for offset in range((max(season) - min(season)).days):
            day = min(season) + dt.timedelta(days=offset)
            if day not in days and (not window.start or day >= window.start) and (not window.end or day <= window.end):
                held.put(day, like)
