"""What is stored and what happened, as plain numbers: coverage with priority, extent, run history, recorded failures.

Nothing is judged here that a gate judges (``completeness.coverage``), and nothing is changed. What to do about holes is
in ``gaps``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import TableCoverage, judge_gate
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.contract.catalog import in_flow, load_contracts, phase_tables, runnable_contracts
from nba_pipeline.home import current_home
from nba_pipeline.inputs import stale_dates
from nba_pipeline.keys import asset_key, run_range
from nba_pipeline.phases import PHASES
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES
from nba_pipeline.validation.lookback import SCHEDULE
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Query, Warehouse

#: What an estimate says when the table has never run.
UNMEASURED = "unknown (never run)"


@dataclass(frozen=True)
class TableStatus:
    """One table against the schedule, in game dates after the bootstrap; bootstrap dates are counted apart.

    ``stale`` dates are stored, but made of other source files than are there now. ``priority`` is P0 below the gate's
    threshold or while dates have no schedule, P1 below 100 % or with stale dates, DONE, or empty when nothing is
    expected. ``estimate`` is the time the missing and stale dates take at the pace of the table's last run.
    """

    table: str
    current: int
    target: int
    missing: int
    stale: int
    pct: float | None
    bootstrap: str
    priority: str
    estimate: str


@dataclass(frozen=True)
class PhaseStatus:
    """The tables of one phase; ``error`` when they could not be judged."""

    phase: int
    tables: tuple[TableStatus, ...]
    error: str | None


@dataclass(frozen=True)
class TableState:
    """Extent of one stored table in a range; the dates are those with rows."""

    phase: int
    table: str
    earliest: dt.date | None
    latest: dt.date | None
    dates: int
    rows: int


@dataclass(frozen=True)
class TableHistory:
    """What the runs made of one table's dates: of several runs of a date the latest counts."""

    phase: int
    table: str
    dates: int
    ok: int
    failed: int
    earliest: dt.date | None
    latest: dt.date | None


@dataclass(frozen=True)
class FailureCount:
    """Recorded failures of one table and category in a range; an entity is a player, a team or a whole date."""

    processor: str
    category: str
    failures: int
    entities: int
    dates: int
    is_correctable: bool


# Status


def phase_status(warehouse: Warehouse, instance: dg.DagsterInstance, phase: int, dates: DateRange) -> PhaseStatus:
    """Every table of a phase against the schedule, with what its missing dates would take."""
    report = judge_gate(warehouse, phase, dates)
    dated = [table for table in in_flow(runnable_contracts()) if table.partition]
    stale = stale_dates(
        warehouse, current_home().landing, dated, dates, failed_dates(instance, warehouse, dated, dates)
    )
    needed = threshold("V21", PHASES[phase].percent)
    unknown = len(report.untracked.get(SCHEDULE, ()))
    return PhaseStatus(
        phase,
        tuple(
            table_status(
                one, seconds_per_date(instance, one.table), needed, len(stale.get(one.table, ())), unknown=unknown
            )
            for one in report.tables
        ),
        report.error,
    )


def table_status(
    one: TableCoverage, seconds: float | None, needed: float, stale: int = 0, *, unknown: int = 0
) -> TableStatus:
    """The status of a table from its coverage, the seconds a date takes (None: never measured) and its stale dates.

    ``unknown`` dates have no schedule: nobody can say that the table is done.
    """
    shares = [one.pct] if one.pct is not None else []
    early_missing = 0
    if one.bootstrap_expected and not load_contracts()[one.table].empty_in_bootstrap:
        shares.append(100 * one.bootstrap_actual / one.bootstrap_expected)
        early_missing = one.bootstrap_expected - one.bootstrap_actual
    missing = one.expected - one.actual + early_missing
    return TableStatus(
        table=one.table,
        current=one.actual,
        target=one.expected,
        missing=missing,
        stale=stale,
        pct=one.pct,
        bootstrap=f"{one.bootstrap_actual}/{one.bootstrap_expected}" if one.bootstrap_expected else "",
        priority="P0" if unknown else priority(min(shares), needed, stale) if shares else "",
        estimate=estimate(missing + stale, seconds) + (f", no schedule of {unknown} dates" if unknown else ""),
    )


def priority(pct: float, needed: float = 95.0, stale: int = 0) -> str:
    """P0 below what the gate needs, P1 below all or with stale dates, else DONE."""
    return "P0" if pct < needed else "P1" if pct < 100 or stale else "DONE"


def estimate(missing: int, seconds: float | None) -> str:
    """What ``missing`` dates take at ``seconds`` each; a dash when nothing is missing."""
    if not missing:
        return "-"
    if seconds is None:
        return UNMEASURED
    total = missing * seconds
    if total < 60:
        return f"{max(1, round(total))} s"
    return f"{total / 60:.1f} min" if total < 3600 else f"{total / 3600:.1f} h"


def seconds_per_date(instance: dg.DagsterInstance, table: str) -> float | None:
    """Seconds a date of a table took in its newest run, checks not counted; None when it never ran."""
    entry = instance.get_latest_materialization_event(asset_key(table))
    if entry is None or entry.asset_materialization is None:
        return None
    measured = entry.asset_materialization.metadata.get("range_seconds")
    run = instance.get_run_by_id(entry.run_id)
    if measured is None or run is None:
        return None
    dates = run_range(run.tags)
    return float(str(measured.value)) / (len(dates) if dates else 1)


# State and history


def table_states(warehouse: Warehouse, phases: Sequence[int], dates: DateRange) -> list[TableState]:
    """Earliest and latest date, dates and rows of every table of the phases, counted in the tables."""
    listed = [(phase, table) for phase in phases for table in phase_tables(phase)]
    warehouse.create([table for _, table in listed])
    bounds = {"start_date": dates.start, "end_date": dates.end}
    counted = warehouse.read_many(
        [
            Query(
                f"select min({table.partition}) as earliest, max({table.partition}) as latest, "
                f"count(distinct {table.partition}) as dates, count(*) as row_total from {table.name} "
                f"where {table.partition} between @start_date and @end_date",
                bounds,
            )
            for _, table in listed
        ]
    )
    return [
        TableState(phase, table.name, row["earliest"], row["latest"], row["dates"], row["row_total"])
        for (phase, table), (row,) in zip(listed, (rows.to_pylist() for rows in counted), strict=True)
    ]


def run_history(
    instance: dg.DagsterInstance, warehouse: Warehouse, phases: Sequence[int], dates: DateRange
) -> list[TableHistory]:
    """What Dagster's runs made of every table of the phases, and how many of its dates last failed."""
    found = []
    for phase in phases:
        failed = failed_dates(instance, warehouse, phase_tables(phase), dates)
        for table in phase_tables(phase):
            succeeded = _inside(instance.get_materialized_partitions(asset_key(table.name)), dates)
            broken = set(failed.get(table.name, ()))
            tried = succeeded | broken
            found.append(
                TableHistory(
                    phase=phase,
                    table=table.name,
                    dates=len(tried),
                    ok=len(succeeded - broken),
                    failed=len(broken),
                    earliest=min(tried, default=None),
                    latest=max(tried, default=None),
                )
            )
    return found


def phase_history(tables: Sequence[TableHistory]) -> list[TableHistory]:
    """The same by phase: partitions of all its tables together."""
    return [
        TableHistory(
            phase=phase,
            table=f"all {len(members)} tables",
            dates=sum(one.dates for one in members),
            ok=sum(one.ok for one in members),
            failed=sum(one.failed for one in members),
            earliest=min((one.earliest for one in members if one.earliest), default=None),
            latest=max((one.latest for one in members if one.latest), default=None),
        )
        for phase in sorted({one.phase for one in tables})
        if (members := [one for one in tables if one.phase == phase])
    ]


def _inside(partitions: Iterable[str], dates: DateRange) -> set[dt.date]:
    days = {dt.date.fromisoformat(partition) for partition in partitions}
    return {day for day in days if dates.start <= day <= dates.end}


# Failures


def failure_summary(warehouse: Warehouse, dates: DateRange) -> list[FailureCount]:
    """Recorded failures by table and category, by table, the most frequent category first."""
    warehouse.create([load_contracts()[PRECOMPUTE_FAILURES]])
    rows = warehouse.read(
        "select processor_name, failure_category, count(*) as failures, count(distinct entity_id) as entities, "
        "count(distinct analysis_date) as dates, logical_or(is_correctable) as is_correctable "
        f"from {PRECOMPUTE_FAILURES} where analysis_date between @start_date and @end_date "
        "group by processor_name, failure_category order by processor_name, failures desc, failure_category",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    return [
        FailureCount(
            row["processor_name"],
            row["failure_category"],
            row["failures"],
            row["entities"],
            row["dates"],
            bool(row["is_correctable"]),
        )
        for row in rows
    ]


def totals(counts: Iterable[FailureCount]) -> Mapping[str, int]:
    """Failures in all, and those that can be repaired."""
    listed = list(counts)
    return {
        "failures": sum(one.failures for one in listed),
        "correctable": sum(one.failures for one in listed if one.is_correctable),
    }
