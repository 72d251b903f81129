"""Reads ``nba_processing.partition_state``: what every tracked table holds of every date of a range.

The states and their reasons are decided by that model alone; here they become objects and words.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared
from nba_pipeline.warehouse.seam import Warehouse

STATE = "nba_processing.partition_state"
STORED_GAMES = "nba_processing.stored_games"
STATES = tuple(sorted(declared(STATE).column("state").choices))
#: The date has what it should have, or rightly nothing.
COVERED = frozenset({"whole", "broken", "empty", "accepted"})
#: A run could fill the date, if its sources have landed.
TO_COMPUTE = frozenset({"missing", "unknown", "not_applicable"})
_WORDS = {
    "never_computed": "never materialised",
    "rows_vanished": "rows vanished",
    "rows_added": "more rows than were published",
    "unjudged": "stored, but its checks never judged it",
}


class PartitionState(NamedTuple):
    """One date of one table; the fields are those of the model."""

    state: str
    reason: str | None
    is_expected: bool
    is_published: bool
    missing_games: int
    published_rows: int
    stored_rows: int
    stored_reason: str | None
    open_errors: int
    open_warnings: int
    acceptance: str | None

    @property
    def is_covered(self) -> bool:
        """Whether the date has what it should have, or rightly nothing."""
        return self.state in COVERED

    @property
    def is_to_redo(self) -> bool:
        """Whether the rows are not those that were published, or were never judged."""
        return self.reason in ("rows_vanished", "rows_added", "unjudged")

    @property
    def label(self) -> str:
        """The state, with its reason where it is not whole."""
        return self.state if self.reason is None else f"{self.state} ({self.words})"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        if self.reason == "games_missing":
            return f"{self.missing_games} games missing"
        return _WORDS.get(self.reason or "", self.reason or self.state)


#: By table and date, in date order.
States = Mapping[str, Mapping[dt.date, PartitionState]]


def partition_states(warehouse: Warehouse, dates: DateRange) -> States:
    """The state of every date of the range by table and date, in date order; a table without any date is left out."""
    warehouse.create([declared(STATE)])
    columns = warehouse.read(
        f"select table_name, partition_date, {', '.join(PartitionState._fields)} from {STATE}"
        " where partition_date between @start_date and @end_date order by table_name, partition_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).columns
    states: dict[str, dict[dt.date, PartitionState]] = {}
    for table, day, *held in zip(*(column.to_pylist() for column in columns), strict=True):
        states.setdefault(table, {})[day] = PartitionState(*held)
    return states
