"""Facts about tables: each is a query whose rows break it, so each can fail; here they are judged.

The audit before publication guards keys and dates; facts look at what is stored, so they can be judged at any time.
Which facts there are belongs to ``implied`` and ``written``; how a verdict becomes a Dagster check result belongs to
``graph.checks``.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, last_partition
from nba_pipeline.contract.table import TableContract
from nba_pipeline.warehouse.seam import Query, Value, Warehouse

SHOWN_ROWS = 5
PRECOMPUTE_FAILURES = "nba_processing.precompute_failures"
#: Column that lists the game dates a row was made of, oldest first.
TRAIL = "contributing_game_dates"


@dataclass(frozen=True)
class Fact:
    """One check of one table.

    ``violations`` is the GoogleSQL query whose rows break it. ``date`` names the column of these rows that says which
    partition is broken; None when the fact can only be judged over a range as a whole. ``id`` is the catalogue entry,
    empty for a fact of one table alone; ``thresholds`` are the numbers the query is given as parameters.
    """

    name: str
    sentence: str
    severity: dg.AssetCheckSeverity
    blocking: bool
    violations: str
    date: str | None
    id: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    #: For a fact about single rows: the table, and the condition that a row breaks it by. They share one scan.
    of_rows: tuple[str, str] | None = None
    #: For a fact about all rows of a range together: what is read, and the condition on aggregates that breaks it.
    of_range: tuple[str, str] | None = None

    @property
    def scope(self) -> str:
        """``date`` when broken partitions can be told apart, else ``range``."""
        return "date" if self.date else "range"


@dataclass(frozen=True)
class Verdict:
    """Outcome of one fact over one range; ``by_date`` counts violations of the partitions that can be told apart."""

    fact: Fact
    passed: bool
    violations: int
    rows: Sequence[Mapping[str, object]]
    by_date: Mapping[dt.date, int] = field(default_factory=dict)


def evaluate(warehouse: Warehouse, facts: Sequence[Fact], dates: DateRange | None) -> Iterator[Verdict]:
    """Judge facts over a range (None: everything stored), all that is counted on one snapshot of the warehouse."""
    bounds: dict[str, Value] = {
        "start_date": dates.start if dates else dt.date.min,
        "end_date": dates.end if dates else dt.date.max,
        "today": last_partition(),
    }
    scans: dict[tuple[str, str | None], list[Fact]] = {}
    for fact in facts:
        scans.setdefault(_scan(fact), []).append(fact)
    tables = warehouse.read_many(
        [Query(_counted(scanned), bounds | _thresholds(scanned)) for scanned in scans.values()]
    )
    broken: dict[str, dict[dt.date | None, int]] = {fact.name: {} for fact in facts}
    for scanned, table in zip(scans.values(), tables, strict=True):
        for row in table.to_pylist():
            for number, fact in enumerate(scanned):
                if row[f"violations_{number}"]:
                    broken[fact.name][row["violation_date"]] = row[f"violations_{number}"]
    failing = [fact for fact in facts if broken[fact.name]]
    examples = warehouse.read_many(
        [
            Query(f"select * from ({fact.violations}) limit {SHOWN_ROWS}", bounds | _thresholds([fact]))
            for fact in failing
        ]
    )
    shown = {fact.name: table.to_pylist() for fact, table in zip(failing, examples, strict=True)}
    for fact in facts:
        by_date = broken[fact.name]
        yield Verdict(
            fact=fact,
            passed=not by_date,
            violations=sum(by_date.values()),
            rows=shown.get(fact.name, []),
            by_date={day: by_date[day] for day in sorted(day for day in by_date if day)} if fact.date else {},
        )


def _thresholds(facts: Sequence[Fact]) -> dict[str, Value]:
    return {name: value for fact in facts for name, value in fact.thresholds.items()}


def _scan(fact: Fact) -> tuple[str, str | None]:
    """Facts that share it are counted by one query."""
    if fact.of_rows:
        return fact.of_rows[0], fact.date
    return (fact.of_range[0], "range") if fact.of_range else (fact.name, "alone")


def _counted(facts: Sequence[Fact]) -> str:
    """Violations per date of one fact, or of all facts of a scan."""
    date = facts[0].date or "cast(null as date)"
    if facts[0].of_range:
        broken = [f"if({fact.of_range[1]}, 1, 0) as violations_{n}" for n, fact in enumerate(facts) if fact.of_range]
        return f"select {date} as violation_date, {', '.join(broken)} from {facts[0].of_range[0]}"
    if not facts[0].of_rows:
        return f"select {date} as violation_date, count(*) as violations_0 from ({facts[0].violations}) group by 1"
    table = facts[0].of_rows[0]
    broken = [f"({fact.of_rows[1]}) as is_broken_{number}" for number, fact in enumerate(facts) if fact.of_rows]
    counts = [f"countif(is_broken_{number}) as violations_{number}" for number in range(len(facts))]
    within = f"{facts[0].date} between @start_date and @end_date" if facts[0].date else "true"
    return (
        f"select violation_date, {', '.join(counts)} from "
        f"(select {date} as violation_date, {', '.join(broken)} from {table} where {within}) as judged group by 1"
    )


def of_rows(contract: TableContract, condition: str) -> dict[str, Any]:
    """The part of a fact that says which rows of the table break it."""
    return {
        "violations": f"select * from {contract.name} where {in_range(contract)} and ({condition})",
        "date": contract.partition,
        "of_rows": (contract.name, condition),
    }


def of_range(contract: TableContract, shown: str, condition: str) -> dict[str, Any]:
    """The part of a fact that says what aggregates over the range break it, and which are shown then."""
    rows = f"{contract.name} where {in_range(contract)}"
    return {
        "violations": f"select {shown}, count(*) as row_count from {rows} having {condition}",
        "date": None,
        "of_range": (rows, condition),
    }


def in_range(contract: TableContract) -> str:
    return f"{contract.partition} between @start_date and @end_date" if contract.partition else "true"
