"""What is noted while one file is read: rows left out and why, dates, and what the rest of the folder needs of it."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from nba_pipeline.archive.words import Rows

#: No game of the league is older, no schedule reaches further; other years are slips of the pen.
_FIRST, _LAST = "1946-11-01", "2099-12-31"


@dataclass(frozen=True)
class Window:
    """The Eastern dates that are wanted, both inclusive; None is open."""

    start: dt.date | None = None
    end: dt.date | None = None

    def holds(self, dates: pd.Series) -> pd.Series:
        """Which ISO dates are inside; missing ones are not."""
        inside = dates.notna()
        if self.start:
            inside &= dates.fillna("") >= self.start.isoformat()
        if self.end:
            inside &= dates.fillna("9") <= self.end.isoformat()
        return inside

    def __str__(self) -> str:
        return f"{self.start or 'the beginning'} to {self.end or 'the end'}"


@dataclass
class Notes:
    """One file's account; ``dates`` are those of kept rows, ``outside`` counts rows of dates nobody wants."""

    window: Window = field(default_factory=Window)
    skipped: Counter[str] = field(default_factory=Counter)
    other_markets: Counter[str] = field(default_factory=Counter)
    outside: int = 0
    dates: set[str] = field(default_factory=set)
    played: set[str] = field(default_factory=set)
    seen: list[Rows] = field(default_factory=list)

    def keep(self, rows: Rows, mask: pd.Series, reason: str) -> Rows:
        """The rows of the mask; the others are counted under the reason."""
        dropped = int((~mask).sum())
        if dropped:
            self.skipped[reason] += dropped
        return rows[mask]

    def dated(self, rows: Rows, name: str) -> Rows:
        """The rows whose ISO date in the column is one."""
        rows = self.keep(rows, rows[name].notna(), "no readable game date")
        return self.keep(rows, rows[name].between(_FIRST, _LAST), f"game date not in {_FIRST[:4]} to {_LAST[:4]}")

    def wanted(self, rows: Rows, name: str) -> Rows:
        """The rows inside the window; they are what the file gives."""
        inside = self.window.holds(rows[name])
        self.outside += int((~inside).sum())
        rows = rows[inside]
        self.dates.update(rows[name].unique())
        return rows
