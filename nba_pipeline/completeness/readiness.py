"""Readiness of a range: per table the coverage of the schedule, the rows, and the verdicts of its checks.

Computed from the warehouse; checks that a run has just judged over the same range are not judged again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import dagster as dg

from nba_pipeline.calendar import DateRange, is_bootstrap
from nba_pipeline.completeness.coverage import Seen
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.format import DATASETS
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Verdict, evaluate
from nba_pipeline.warehouse.seam import Warehouse

_NOTHING_JUDGED: Mapping[tuple[str, str], int] = MappingProxyType({})
_SCHEDULES = frozenset({"nba_raw.nbac_schedule", "nba_reference.dim_game"})


@dataclass(frozen=True)
class TableReadiness:
    """One table over one range.

    ``expected_dates`` and ``covered_dates`` count slates with games; None for a table without partitions.
    ``gaps`` are dates that are empty for a reason other than a rest day, ``unknown_dates`` have never been computed.
    """

    table: str
    rows: int
    expected_dates: int | None
    covered_dates: int | None
    gaps: Mapping[dt.date, str]
    unknown_dates: Sequence[dt.date]
    must_cover: bool
    verdicts: Sequence[Verdict]

    @property
    def coverage(self) -> float | None:
        """Share of expected slates that have rows; None when none is expected."""
        return (
            self.covered_dates / self.expected_dates if self.expected_dates and self.covered_dates is not None else None
        )

    @property
    def errors(self) -> list[Verdict]:
        return [one for one in self.verdicts if not one.passed and one.fact.severity is dg.AssetCheckSeverity.ERROR]

    @property
    def warnings(self) -> list[Verdict]:
        return [one for one in self.verdicts if not one.passed and one.fact.severity is dg.AssetCheckSeverity.WARN]

    @property
    def verdict(self) -> str:
        """READY, WARN or NOT READY; a gap is an error only in a table that must cover the schedule."""
        if self.errors or self.unknown_dates or (self.must_cover and self.gaps):
            return "NOT READY"
        return "WARN" if self.warnings or self.gaps else "READY"


def readiness(
    warehouse: Warehouse,
    tables: Sequence[TableContract],
    dates: DateRange,
    violations: Mapping[tuple[str, str], int] = _NOTHING_JUDGED,
) -> list[TableReadiness]:
    """Judge tables over a range, in the order the data flow; ``violations`` are what a run over it just counted."""
    with warehouse.session():
        warehouse.create(load_contracts().values())
        seen = Seen(warehouse, dates)
        in_order = sorted(tables, key=lambda one: DATASETS.index(one.dataset))
        return [_judge(seen, table, _verdicts(seen, table, violations)) for table in in_order]


def _verdicts(seen: Seen, table: TableContract, violations: Mapping[tuple[str, str], int]) -> list[Verdict]:
    facts = checks_of(table)
    counted = {fact.name: violations.get((table.name, fact.name)) for fact in facts}
    if None in counted.values():
        return list(evaluate(seen.warehouse, facts, seen.dates if table.partition else None))
    return [Verdict(fact, not counted[fact.name], counted[fact.name] or 0, ()) for fact in facts]


def _judge(seen: Seen, table: TableContract, verdicts: Sequence[Verdict]) -> TableReadiness:
    dates, states = seen.dates, seen.of(table.name)
    if table.partition is None:
        rows = seen.warehouse.read(f"select count(*) as row_count from {table.name}")["row_count"][0].as_py()
        unknown = () if rows else (dates.start,)
        return TableReadiness(table.name, rows, None, None, {}, unknown, must_cover=True, verdicts=verdicts)
    expected = {day for day in seen.expected.scheduled if not (table.empty_in_bootstrap and is_bootstrap(day))}
    filled = {day for day, held in states.items() if held.stored_rows and not held.is_to_redo}
    return TableReadiness(
        table=table.name,
        rows=sum(held.stored_rows for held in states.values()),
        expected_dates=len(expected),
        covered_dates=len(filled & expected),
        gaps={
            day: held.words
            for day, held in states.items()
            # A source need not speak of a rest day; that it was one is the schedule's to say.
            if held.is_published and not held.is_covered and (day in expected or table.name in _SCHEDULES)
        },
        unknown_dates=[day for day in dates.dates() if day not in states or not states[day].is_published],
        must_cover=table.covers is not None or table.empty_in_bootstrap,
        verdicts=verdicts,
    )
