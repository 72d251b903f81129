"""The commands that messages tell people to run, spelt in one place so that each can be run as it is printed.

When which of them is the remedy is decided where the message is made.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from nba_pipeline.calendar import DateRange

Days = DateRange | Sequence[dt.date]


def backfill(days: Days, tables: Iterable[str] = (), mode: str = "", *, sequential: bool = False) -> str:
    """Compute what is missing among these dates, of all tables when none is named."""
    words = ["nba-pipeline backfill", *tables, *(["--sequential"] if sequential else []), _dates(days)]
    return " ".join([*words, *([f"--mode {mode}"] if mode else [])])


def orchestrate(days: Days, level: str, mode: str) -> str:
    """Compute precompute behind its gate from a level on."""
    return f"nba-pipeline orchestrate {_dates(days)} --from-level {level} --mode {mode}"


def materialize(days: Days, tables: Iterable[str]) -> str:
    """Compute exactly these tables over these dates in one run."""
    return f"nba-pipeline materialize {' '.join(tables)} --partition-range {_range(days).words}"


def _range(days: Days) -> DateRange:
    return days if isinstance(days, DateRange) else DateRange(min(days), max(days))


def _dates(days: Days) -> str:
    dates = _range(days)
    return f"--start {dates.start} --end {dates.end}"
