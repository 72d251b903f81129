"""Gaps somebody has decided to live with, read from the home folder: which dates of which table, why, who, until when.

What follows from an accepted gap is the business of those who judge.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import load_contracts
from nba_pipeline.errors import UsageError

ACCEPTED_FILE = "accepted_gaps.yaml"


@dataclass(frozen=True)
class AcceptedGap:
    """A decision to live with a gap until a date, and who took it."""

    table: str
    dates: DateRange
    reason: str
    owner: str
    expires: dt.date

    def holds(self, day: dt.date) -> bool:
        """Whether a date is one of the accepted ones."""
        return self.dates.start <= day <= self.dates.end

    def is_open(self, today: dt.date) -> bool:
        """Whether the decision still counts; it does on the day it expires."""
        return today <= self.expires


def accepted_gaps(home: Path) -> list[AcceptedGap]:
    """The gaps somebody accepted, from ``accepted_gaps.yaml`` of a home folder; none without the file.

    Raises:
        UsageError: for an entry without table, start, end, reason, owner or expires, or with an unknown table.
    """
    path = home / ACCEPTED_FILE
    if not path.exists():
        return []
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    if not isinstance(entries, list):
        raise UsageError(f"{path}: write a list of entries with table, start, end, reason, owner and expires.")
    return [_accepted(path, number, entry) for number, entry in enumerate(entries, start=1)]


def _accepted(path: Path, number: int, entry: Any) -> AcceptedGap:
    wanted = {"table": str, "start": dt.date, "end": dt.date, "reason": str, "owner": str, "expires": dt.date}
    for name, kind in wanted.items():
        value = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(value, kind) or not value:
            meant = "a date, YYYY-MM-DD" if kind is dt.date else "text"
            raise UsageError(f"{path}: entry {number} has {name} = {value!r}; write {meant}.")
    if entry["table"] not in load_contracts():
        raise UsageError(f"{path}: entry {number} names the unknown table {entry['table']!r}; write dataset.table.")
    dates = DateRange(entry["start"], entry["end"])
    return AcceptedGap(entry["table"], dates, entry["reason"], entry["owner"], entry["expires"])
