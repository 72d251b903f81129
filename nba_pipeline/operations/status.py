"""What every table holds against the schedule, how urgent what is missing is, and what the runs made of it.

Nothing is judged here that a gate judges (``completeness.coverage``), and nothing is changed. What to do about holes is
in ``gaps``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import Seen, judge_gates
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.gate_report import TableCoverage
from nba_pipeline.completeness.states import States
from nba_pipeline.contract.catalog import in_flow, load_contracts, phase_tables, runnable_contracts
from nba_pipeline.document import Part, Table, Verdict, as_data, duration, exit_code, pct
from nba_pipeline.home import current_home
from nba_pipeline.inputs import stale_dates
from nba_pipeline.keys import asset_key, run_range
from nba_pipeline.phases import PHASES
from nba_pipeline.remedies import backfill
from nba_pipeline.validation.lookback import SCHEDULE
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Warehouse

#: What an estimate says when the table has never run.
UNMEASURED = "unknown (never run)"
_URGENT: Mapping[str, Verdict] = {"P0": "FAIL", "P1": "WARN", "DONE": "PASS", "": "NOT_APPLICABLE"}


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
class TableExtent:
    """What one stored table holds of a range; the dates are those with rows."""

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
class Status:
    """Phases against the schedule, what their tables hold, what the runs made of them."""

    dates: DateRange
    phases: list[PhaseStatus]
    tables: list[TableExtent]
    run_history: list[TableHistory]

    @property
    def run_history_by_phase(self) -> list[TableHistory]:
        """The run history of all tables of a phase together."""
        return phase_history(self.run_history)

    @property
    def exit_code(self) -> int:
        """0 everything is done, 1 something urgent or not to be judged, 2 something missing, 4 nothing to judge."""
        found = [_URGENT[table.priority] for one in self.phases for table in one.tables]
        return exit_code(*found, *("ERROR" for one in self.phases if one.error))

    @property
    def document(self) -> dict[str, Any]:
        """The status for machines."""
        names = ("phases", "tables", "run_history", "run_history_by_phase")
        return as_data({**as_data(self.dates), **{name: getattr(self, name) for name in names}})

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """A table per phase; in detail what the tables hold and what the runs made of them."""
        parts: list[Part] = []
        headings = ("table", "current", "target", "missing", "stale", "%", "bootstrap", "priority", "estimate")
        for one in self.phases:
            rows = [
                (
                    *(table.table, table.current, table.target, table.missing, table.stale or None),
                    *(pct(table.pct), table.bootstrap, table.priority, table.estimate),
                )
                for table in one.tables
            ]
            parts.append(Table(f"Phase {one.phase}, {self.dates}", headings, rows))
            parts += [f"Phase {one.phase} could not be judged: {one.error}"] if one.error else []
        if any(table.stale for one in self.phases for table in one.tables):
            parts.append(
                f"Stale: a source file came or changed after these dates were computed. Run {backfill(self.dates)}."
            )
        parts.append("Targets are game dates after the bootstrap; estimates take the pace of each table's last run.")
        return [*parts, *self.extent] if detailed else parts

    @property
    def extent(self) -> list[Part]:
        """What the tables hold, and what the runs made of them."""
        stored = [(one.table, one.phase, one.earliest, one.latest, one.dates, f"{one.rows:,}") for one in self.tables]
        history = [
            (one.table, one.phase, one.dates, one.ok, one.failed, one.earliest, one.latest)
            for one in (*self.run_history, *self.run_history_by_phase)
        ]
        headings = ("table", "phase", "dates", "ok", "failed", "earliest", "latest")
        return [
            Table(f"Stored, {self.dates}", ("table", "phase", "earliest", "latest", "dates", "rows"), stored),
            Table("Run history, the latest run of each date", headings, history),
        ]


def status(warehouse: Warehouse, instance: dg.DagsterInstance, phases: Sequence[int], dates: DateRange) -> Status:
    """Look at the tables of some phases: everything is read once."""
    dated = [table for table in in_flow(runnable_contracts()) if table.partition]
    with warehouse.session():
        seen = Seen(warehouse, dates)
        gates = judge_gates(seen, phases)
        states = {} if any(gate.error for gate in gates.values()) else seen.states
        failed = failed_dates(instance, warehouse, dated, dates, lambda: seen.states)
        stale = stale_dates(warehouse, current_home().landing, dated, dates, failed)
        extents = _extents(states, phases)
    found = []
    for phase, gate in gates.items():
        needed, unknown = threshold("V21", PHASES[phase].percent), len(gate.untracked.get(SCHEDULE, ()))
        rows = [
            table_status(
                one, seconds_per_date(instance, one.table), needed, len(stale.get(one.table, ())), unknown=unknown
            )
            for one in gate.tables
        ]
        found.append(PhaseStatus(phase, tuple(rows), gate.error))
    return Status(dates, found, extents, run_history(instance, failed, phases, dates))


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
        bootstrap=one.bootstrap,
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
    return UNMEASURED if seconds is None else duration(missing * seconds)


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


def _extents(states: States, phases: Sequence[int]) -> list[TableExtent]:
    """Earliest and latest date, dates and rows of every table of the phases."""
    found = []
    for phase in phases:
        for table in phase_tables(phase):
            rows = {day: held.stored_rows for day, held in states.get(table.name, {}).items() if held.stored_rows}
            earliest, latest = min(rows, default=None), max(rows, default=None)
            found.append(TableExtent(phase, table.name, earliest, latest, len(rows), sum(rows.values())))
    return found


def run_history(
    instance: dg.DagsterInstance, failed: Mapping[str, Iterable[dt.date]], phases: Sequence[int], dates: DateRange
) -> list[TableHistory]:
    """What Dagster's runs made of every table of the phases, given the dates that last failed."""
    return [
        _history(phase, table.name, _succeeded(instance, table.name, dates), set(failed.get(table.name, ())))
        for phase in phases
        for table in phase_tables(phase)
    ]


def _history(phase: int, table: str, succeeded: set[dt.date], broken: set[dt.date]) -> TableHistory:
    tried = succeeded | broken
    earliest, latest = min(tried, default=None), max(tried, default=None)
    return TableHistory(phase, table, len(tried), len(succeeded - broken), len(broken), earliest, latest)


def _succeeded(instance: dg.DagsterInstance, table: str, dates: DateRange) -> set[dt.date]:
    days = map(dt.date.fromisoformat, instance.get_materialized_partitions(asset_key(table)))
    return {day for day in days if dates.start <= day <= dates.end}


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
