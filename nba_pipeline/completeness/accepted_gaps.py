"""Gaps somebody has decided to live with: taking the decision, withdrawing it, listing what was decided.

A decision about a table holds for its raw sources and for every table of final games that is made of it. What follows
from an accepted gap is the business of those who judge: they read ``nba_processing.accepted_gaps``.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby, product

import pyarrow as pa

from nba_pipeline.calendar import DateRange, merged
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.contract.catalog import declared, in_flow, runnable_contracts, stored_tables
from nba_pipeline.document import Table, Told
from nba_pipeline.errors import UsageError
from nba_pipeline.validation.lookback import ACCEPTED
from nba_pipeline.warehouse.seam import Arrow, Deletion, Stage, Warehouse, arrow_schema, range_parameters

#: Tables outside the final games whose dates a source may not have either.
_OF_ONE_SOURCE = (
    "nba_reference.shot_events",
    "nba_reference.player_injuries",
    "nba_reference.game_lines",
    "nba_reference.points_lines",
)


@dataclass(frozen=True)
class AcceptedGap:
    """A decision to live with a gap, and who took it; ``expires`` is its last date, None when it counts for good."""

    table: str
    dates: DateRange
    reason: str
    owner: str
    expires: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Whether a date is one of the accepted ones."""
        return self.dates.start <= day <= self.dates.end

    def is_open(self, today: dt.date) -> bool:
        """Whether the decision still counts; it does on the day it expires."""
        return self.expires is None or today <= self.expires

    @property
    def words(self) -> str:
        """Reason, owner and end of the decision."""
        return f"{self.reason} ({self.owner}{f', until {self.expires}' if self.expires else ''})"


def acceptable() -> tuple[str, ...]:
    """The tables whose gaps can be accepted, in flow order: those of final games and those that one source feeds."""
    runnable = runnable_contracts()
    names = [name for name, one in runnable.items() if one.covers == "final_games"]
    return tuple(one.name for one in in_flow([*names, *_OF_ONE_SOURCE]))


def accept(warehouse: Warehouse, *gaps: AcceptedGap) -> tuple[str, ...]:
    """Record that dates of tables will stay without what no source has, all in one publication.

    Returns every table the decisions hold for.

    Raises:
        UsageError: for a table whose gaps cannot be accepted, or without reason or owner.
    """
    contract = declared(ACCEPTED)
    now = dt.datetime.now(dt.UTC)
    decided = {}
    for gap in gaps:
        for name, value in (("reason", gap.reason), ("owner", gap.owner)):
            if not value.strip():
                raise UsageError(f"An accepted gap needs its {name}: give --{name} TEXT.")
        for table, day in product(_reached(gap.table), gap.dates.dates()):
            decided[table, day] = {
                "table_name": table,
                "partition_date": day,
                "reason": gap.reason.strip(),
                "owner": gap.owner.strip(),
                "accepted_at": now,
                "expires": gap.expires,
            }
    if not decided:
        return ()
    span = DateRange(min(day for _, day in decided), max(day for _, day in decided))
    with warehouse.session():
        warehouse.create([contract])
        columns = ", ".join(column.name for column in contract.columns)
        stored = warehouse.read(
            f"select {columns} from {ACCEPTED} where partition_date between @start_date and @end_date",
            range_parameters(span),
        ).to_pylist()
        kept = {(row["table_name"], row["partition_date"]): row for row in stored}
        chunk = pa.Table.from_pylist(list((kept | decided).values()), schema=arrow_schema(contract))
        warehouse.publish([Stage(contract, Arrow([chunk]), span)])
    return tuple(one.name for one in in_flow({table for table, _ in decided}))


def withdraw(warehouse: Warehouse, table: str, dates: DateRange, owner: str | None = None) -> int:
    """Take decisions back, of the table and of all it held for; returns how many dates of tables count again.

    With ``owner`` only those of this owner.

    Raises:
        UsageError: for a table whose gaps cannot be accepted.
    """
    contract = declared(ACCEPTED)
    warehouse.create([contract])
    owned = {"owner": owner} if owner else {}
    deletions = [Deletion(contract, dates, {"table_name": name, **owned}) for name in _reached(table)]
    return warehouse.delete(deletions)[contract.name]


def not_whole(warehouse: Warehouse, table: str, dates: DateRange) -> tuple[DateRange, ...]:
    """The dates of a range on which a table, named with its dataset or without, is not whole, in as few ranges.

    Raises:
        UsageError: for a table whose gaps cannot be accepted.
    """
    (name,) = (name for name in _reached(table) if table in (name, name.split(".")[1]))
    states = partition_states(warehouse, dates).get(name, {})
    return merged(day for day in dates.dates() if day not in states or states[day].state != "whole")


def accepted_gaps(warehouse: Warehouse) -> list[AcceptedGap]:
    """What was accepted, as ranges of consecutive dates, by table and date."""
    warehouse.create([declared(ACCEPTED)])
    rows = warehouse.read(
        f"select table_name, reason, owner, expires, partition_date from {ACCEPTED} "
        "order by table_name, reason, owner, expires, partition_date"
    ).to_pylist()
    found = []
    for (table, reason, owner, expires), group in groupby(
        rows, key=lambda row: (row["table_name"], row["reason"], row["owner"], row["expires"])
    ):
        days = [row["partition_date"] for row in group]
        found += [AcceptedGap(table, one, reason, owner, expires) for one in merged(days)]
    return sorted(found, key=lambda one: (one.table, one.dates.start))


def gaps_told(warehouse: Warehouse) -> Told:
    """What was accepted, and why."""
    found = accepted_gaps(warehouse)
    rows = [(one.table, one.dates.words, one.reason, one.owner, one.expires) for one in found]
    headings = ("table", "dates", "reason", "owner", "expires")
    return Told([Table("Accepted gaps", headings, rows) if rows else "None"], found, 0 if found else 4)


def _reached(table: str) -> tuple[str, ...]:
    """The table, its raw sources, and the tables of final games that are made of it."""
    known = acceptable()
    chosen = [name for name in known if table in (name, name.split(".")[1])]
    if not chosen:
        raise UsageError(f"Gaps of {table!r} cannot be accepted: name one of {', '.join(known)}.")
    reached = set(chosen)
    if declared(chosen[0]).covers:
        for contract in in_flow(runnable_contracts()):
            if contract.covers == "final_games" and reached.intersection(stored_tables(contract.upstreams)):
                reached.add(contract.name)
    # What a table lacks its sources lack, except the schedule, which is never excused.
    sources = {name for name in declared(chosen[0]).upstreams if name.startswith("nba_raw.")}
    reached |= sources - {"nba_raw.nbac_schedule"}
    return tuple(one.name for one in in_flow(reached))
