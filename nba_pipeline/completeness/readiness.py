"""Readiness of a range: per table the coverage of the schedule, the rows, and the verdicts of its checks.

Computed from the warehouse; checks that a run has just judged over the same range are not judged again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import dagster as dg

from nba_pipeline.calendar import DateRange, is_bootstrap
from nba_pipeline.completeness.states import PartitionState, partition_states
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
    """Judge tables over a range, in the order the data flow.

    Args:
        warehouse: what is judged.
        tables: the tables to judge.
        dates: the range.
        violations: what a run over this range counted, by table and check.
    """
    with warehouse.session():
        return _readiness(warehouse, tables, dates, violations)


def _readiness(
    warehouse: Warehouse,
    tables: Sequence[TableContract],
    dates: DateRange,
    violations: Mapping[tuple[str, str], int],
) -> list[TableReadiness]:
    contracts = load_contracts()
    warehouse.create(contracts.values())
    bounds = {"start_date": dates.start, "end_date": dates.end}
    slates = warehouse.read(
        "select distinct game_date from nba_reference.dim_game where game_date between @start_date and @end_date",
        bounds,
    )
    expected = set(slates["game_date"].to_pylist())
    states = partition_states(warehouse, dates)
    return [
        _judge(
            warehouse,
            table,
            dates,
            expected={day for day in expected if not (table.empty_in_bootstrap and is_bootstrap(day))},
            states=states.get(table.name, {}),
            verdicts=_verdicts(warehouse, table, dates, violations),
        )
        for table in sorted(tables, key=lambda one: DATASETS.index(one.dataset))
    ]


def _verdicts(
    warehouse: Warehouse, table: TableContract, dates: DateRange, violations: Mapping[tuple[str, str], int]
) -> list[Verdict]:
    facts = checks_of(table)
    counted = {fact.name: violations.get((table.name, fact.name)) for fact in facts}
    if None in counted.values():
        return list(evaluate(warehouse, facts, dates if table.partition else None))
    return [Verdict(fact, not counted[fact.name], counted[fact.name] or 0, ()) for fact in facts]


def _judge(
    warehouse: Warehouse,
    table: TableContract,
    dates: DateRange,
    *,
    expected: set[dt.date],
    states: Mapping[dt.date, PartitionState],
    verdicts: Sequence[Verdict],
) -> TableReadiness:
    if table.partition is None:
        rows = warehouse.read(f"select count(*) as row_count from {table.name}")["row_count"][0].as_py()
        unknown = () if rows else (dates.start,)
        return TableReadiness(table.name, rows, None, None, {}, unknown, must_cover=True, verdicts=verdicts)
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
