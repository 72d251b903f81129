"""What a backfill would do: which partitions of which tables are needed, in which runs, and how long that took before.

Planning reads only; running a plan is ``backfill``'s, dividing it into runs is ``pieces``'.
"""

import datetime as dt
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.failures import failed_dates, open_errors
from nba_pipeline.completeness.states import TO_COMPUTE, States, partition_states
from nba_pipeline.completeness.stored_counts import row_counts
from nba_pipeline.contract.catalog import declared, in_flow, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Part, duration, shortened
from nba_pipeline.errors import UsageError
from nba_pipeline.home import current_home
from nba_pipeline.inputs import stale_dates
from nba_pipeline.keys import checks_step_of, run_range, step_of
from nba_pipeline.landing import files
from nba_pipeline.operations.notifier import ADDRESSES_VARIABLE
from nba_pipeline.operations.pieces import Piece, pieces_of
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.validation.lookback import NO_SOURCE
from nba_pipeline.warehouse.seam import Warehouse

MODES = ("missing", "missing+failed", "all")
#: Reasons that make an empty partition of a game date a gap to close.
GAPS = frozenset({*NO_SOURCE, "not_final"})

_NO_FILE = "no_landing_file"
_MEASURED_RUNS = 20


@dataclass(frozen=True)
class TablePlan:
    """One table of a plan; dates count inside the range that was asked for.

    ``stored`` dates hold rows or are rightly empty, ``no_source`` dates lack a source that is still not there.
    ``stale`` dates are stored, but their source files, or what stands between, have changed since. ``needed`` dates
    will run; of these ``overwritten_dates`` hold ``overwritten_rows`` rows now. A table without partitions is needed
    as a whole or not at all.
    """

    table: str
    stored: int
    rows: int
    missing: tuple[dt.date, ...]
    failed: tuple[dt.date, ...]
    no_source: tuple[dt.date, ...]
    stale: tuple[dt.date, ...]
    needed: tuple[dt.date, ...]
    overwritten_dates: int
    overwritten_rows: int
    is_partitioned: bool = True
    is_needed: bool = False


@dataclass(frozen=True)
class BackfillPlan:
    """What a backfill would do; nothing has happened yet.

    ``seconds`` is what earlier runs of the same tables took, None when there is none.
    """

    mode: str
    dates: DateRange
    tables: tuple[TablePlan, ...]
    pieces: tuple[Piece, ...]
    seconds: float | None
    switches: Switches
    exit_code: ClassVar[int] = 0

    @property
    def partitions(self) -> int:
        """How many partitions will run; a table without partitions counts as one."""
        return sum(len(one.needed) if one.is_partitioned else one.is_needed for one in self.tables)

    @property
    def lines(self) -> list[str]:
        """What exists, what will be overwritten, what runs, how long it takes, who hears of it."""
        lines = [f"Plan {self.dates}, mode {self.mode}: {self.partitions} partitions of {len(self.tables)} tables"]
        for one in self.tables:
            if not one.is_partitioned:
                lines.append(f"  {one.table}: {one.rows:,} rows, {'to run' if one.is_needed else 'nothing to run'}")
                continue
            said = [f"{one.stored} dates stored ({one.rows:,} rows)"]
            said += [f"missing {listed(one.missing)}"] if one.missing else []
            said += [f"failed {listed(one.failed)}"] if one.failed else []
            said += [f"stale {listed(one.stale)}"] if one.stale else []
            said += [f"no source for {listed(one.no_source)}"] if one.no_source else []
            said.append(f"to run {len(one.needed)}" if one.needed else "nothing to run")
            lines.append(f"  {one.table}: {', '.join(said)}")
        dates = sum(one.overwritten_dates for one in self.tables)
        rows = sum(one.overwritten_rows for one in self.tables)
        lines.append(
            f"Overwritten: {dates} partitions with {rows:,} rows, each replaced whole"
            if dates
            else "Overwritten: nothing that holds rows"
        )
        lines.append(f"Runs: {len(self.pieces)}, {self._estimate}")
        lines.append(f"Switches: {_switches_said(self.switches)}")
        lines.append(f"Alerts: {_alerts_said(self.switches)}")
        return lines

    @property
    def _estimate(self) -> str:
        if not self.pieces:
            return "nothing to do"
        if self.seconds is None:
            return "no earlier run to estimate the time from"
        return f"about {duration(self.seconds)}, as long as earlier runs took"

    def parts(self, *, detailed: bool = False) -> list[Part]:  # noqa: ARG002  there are no more details
        """The plan for people."""
        return [*self.lines]

    @property
    def document(self) -> dict[str, Any]:
        """The plan for machines."""
        return {
            "mode": self.mode,
            "start": self.dates.start,
            "end": self.dates.end,
            "partitions": self.partitions,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "switches": self.switches.tags,
            "tables": [
                {
                    "table": one.table,
                    "stored_dates": one.stored,
                    "rows": one.rows,
                    "missing": list(one.missing),
                    "failed": list(one.failed),
                    "no_source": list(one.no_source),
                    "stale_dates": list(one.stale),
                    "needed": list(one.needed) if one.is_partitioned else one.is_needed,
                    "overwritten_dates": one.overwritten_dates,
                    "overwritten_rows": one.overwritten_rows,
                }
                for one in self.tables
            ],
            "runs": [
                {"tables": list(one.tables), "start": one.dates.start, "end": one.dates.end} for one in self.pieces
            ],
        }


def plan(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    tables: Sequence[TableContract],
    dates: DateRange,
    mode: str = "missing",
    *,
    switches: Switches = DEFAULT,
) -> BackfillPlan:
    """Which partitions of the tables a backfill runs. Reads only.

    ``missing`` were never computed, never judged by their checks, have lost rows, or are a gap on a game date; one
    whose sources have still nothing for the date is not missing, because nothing could fill it. Stale ones, made of
    other source files than are there now, run as missing ones do. ``failed`` are those whose latest run failed before
    it stored them, and those that break an error-level check.

    Raises:
        UsageError: for an unknown mode.
    """
    if mode not in MODES:
        raise UsageError(f"Unknown mode {mode!r}: choose one of {', '.join(MODES)}.")
    return _plan(warehouse, instance, tables, dates, mode=mode, switches=switches, exactly=None)


def plan_of(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    partitions: Mapping[str, Collection[dt.date]],
    *,
    switches: Switches = DEFAULT,
) -> BackfillPlan:
    """The plan that runs exactly these partitions, named by table.

    Raises:
        UsageError: when no partition is named.
    """
    days = sorted({day for listed in partitions.values() for day in listed})
    if not days:
        raise UsageError("No partition is named: there is nothing to retry.")
    tables = [runnable_contracts()[name] for name in partitions]
    dates = DateRange(days[0], days[-1])
    return _plan(warehouse, instance, tables, dates, mode="failed", switches=switches, exactly=partitions)


def _plan(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    tables: Sequence[TableContract],
    dates: DateRange,
    *,
    mode: str,
    switches: Switches,
    exactly: Mapping[str, Collection[dt.date]] | None,
) -> BackfillPlan:
    ordered = in_flow(table.name for table in tables)
    dated = [table for table in ordered if table.partition]
    states = partition_states(warehouse, dates)
    failed = failed_dates(instance, warehouse, dated, dates)
    for name, day in open_errors(warehouse, [table.name for table in dated], dates):
        failed[name] = sorted({*failed.get(name, ()), day})
    stale = stale_dates(warehouse, current_home().landing, dated, dates, failed)
    sizes = row_counts(warehouse, [table for table in ordered if not table.partition])

    @cache
    def landed(source: str) -> frozenset[dt.date]:
        return frozenset(file.date for file in files(current_home().landing, source, dates.start, dates.end))

    planned = []
    for table in ordered:
        if not table.partition:
            rows = sizes[table.name]
            is_needed = (mode == "all" or rows == 0) if exactly is None else table.name in exactly
            overwritten = rows if is_needed else 0
            planned.append(
                TablePlan(
                    table.name, 0, rows, (), (), (), (), (), 0, overwritten, is_partitioned=False, is_needed=is_needed
                )
            )
            continue
        planned.append(
            _table_plan(
                table,
                dates,
                states=states,
                failed=failed.get(table.name, []),
                landed=landed,
                stale=stale.get(table.name, []),
                mode=mode,
                exactly=None if exactly is None else exactly[table.name],
            )
        )
    pieces = pieces_of(
        {one.table: one.needed for one in planned if one.needed},
        [one.table for one in planned if one.is_needed and not one.is_partitioned],
        dates,
    )
    return BackfillPlan(mode, dates, tuple(planned), tuple(pieces), _estimate(instance, pieces), switches)


def _can_be_filled(
    table: TableContract,
    day: dt.date,
    states: States,
    landed: Callable[[str], Collection[dt.date]],
) -> bool:
    """Whether computing an empty partition again could give rows.

    A raw table needs a file that has landed; a table that may lack games needs rows, or a landed file, in one of the
    sources it reads.
    """
    if table.source:
        return states[table.name][day].stored_reason != _NO_FILE or day in landed(table.source)
    if table.covers or table.level:
        return True
    sources = [one for name in stored_tables(table.upstreams) if (one := declared(name)).dataset == "nba_raw"]
    return not sources or any(
        (held := states.get(one.name, {}).get(day)) is None
        or held.stored_rows
        or (one.source and day in landed(one.source))
        for one in sources
    )


def _table_plan(
    table: TableContract,
    dates: DateRange,
    *,
    states: States,
    failed: Sequence[dt.date],
    landed: Callable[[str], Collection[dt.date]],
    stale: Sequence[dt.date],
    mode: str,
    exactly: Collection[dt.date] | None,
) -> TablePlan:
    missing, no_source, rows, whole = [], [], 0, 0
    held_by_date = states.get(table.name, {})
    for day in dates.dates():
        held = held_by_date.get(day)
        if held is None or not held.is_published or held.is_to_redo:
            missing.append(day)
        elif held.state in TO_COMPUTE and held.stored_reason in GAPS:
            (missing if _can_be_filled(table, day, states, landed) else no_source).append(day)
        else:
            rows += held.stored_rows
            whole += 1
    if exactly is not None:
        needed = [day for day in dates.dates() if day in exactly]
    elif mode == "all":
        needed = list(dates.dates())
    else:
        wanted = {*missing, *stale, *(failed if mode == "missing+failed" else ())}
        needed = [day for day in dates.dates() if day in wanted]
    overwritten = [held.stored_rows for day in needed if (held := held_by_date.get(day)) and held.stored_rows]
    return TablePlan(
        table=table.name,
        stored=whole,
        rows=rows,
        missing=tuple(missing),
        failed=tuple(failed),
        no_source=tuple(no_source),
        stale=tuple(day for day in stale if day not in missing),
        needed=tuple(needed),
        overwritten_dates=len(overwritten),
        overwritten_rows=sum(overwritten),
        is_needed=bool(needed),
    )


def _estimate(instance: dg.DagsterInstance, pieces: Sequence[Piece]) -> float | None:
    """Seconds that the steps of these runs took the last time, scaled up where more dates are asked for."""
    if not pieces:
        return None
    measured: dict[str, list[tuple[int, float]]] = {}
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]), limit=_MEASURED_RUNS):
        dates = run_range(run.tags)
        for step in instance.event_log_storage.get_step_stats_for_run(run.run_id) if dates else ():
            if step.start_time and step.end_time:
                measured.setdefault(step.step_key, []).append((len(dates or ()), step.end_time - step.start_time))
    seconds, known = 0.0, False
    for piece in pieces:
        days = len(piece.dates)
        for step in (step for name in piece.tables for step in (step_of(name), checks_step_of(name))):
            if step in measured:
                known = True
                nearest, took = min(measured[step], key=lambda one: abs(one[0] - days))
                seconds += took * max(1.0, days / nearest)
    return seconds if known else None


def listed(days: Sequence[dt.date]) -> str:
    """How many dates, and the first ones."""
    return f"{len(days)} ({shortened(days, 3)})"


def _switches_said(switches: Switches) -> str:
    said = [
        "backfill mode (a broken look-back is reported, not blocking)"
        if switches.backfill_mode
        else "a broken look-back blocks"
        if switches.strict_mode
        else "strict mode off (a broken look-back is reported, not blocking)",
        "nothing downstream launches by itself"
        if switches.skip_downstream_trigger
        else "downstream may launch by itself",
    ]
    if switches.gate_override_reason:
        said.append(f"gate overridden: {switches.gate_override_reason}")
    return "; ".join(said)


def _alerts_said(switches: Switches) -> str:
    heard = "the log and reports/alerts.log"
    if os.environ.get(ADDRESSES_VARIABLE):
        heard += f", and the addresses in {ADDRESSES_VARIABLE}"
    quiet = "only critical ones and one digest at the end" if switches.backfill_mode else "each failure and one digest"
    return f"{quiet}, to {heard}"
