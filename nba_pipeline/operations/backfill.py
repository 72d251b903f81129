"""Backfills: which partitions of which tables a request needs, and the runs that fill exactly those.

What is stored is the checkpoint: a backfill that was ended anywhere goes on by being asked again. How one run is
launched is in ``launch``, the order of phases behind their gates in ``orchestrate``.

What a reader may rely on:

- Planning reads only.
- Upstream tables run before what reads them, earlier dates before later ones, in as few runs as that allows.
- A slate whose look-back is broken, or a date that fails, takes nothing else along but what reads it on that date.
- Every run carries ``nba_pipeline/backfill`` with the id of its backfill.
"""

import datetime as dt
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import shortened
from nba_pipeline.completeness.failures import Partition, failed_dates, open_errors
from nba_pipeline.completeness.states import TO_COMPUTE, States, partition_states
from nba_pipeline.contract.catalog import declared, in_flow, load_contracts, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import current_home
from nba_pipeline.inputs import stale_dates
from nba_pipeline.keys import BACKFILL_TAG, checks_step_of, run_range, step_in_words, step_of
from nba_pipeline.landing import files
from nba_pipeline.operations.launch import Outcome, Progress, materialise
from nba_pipeline.operations.notifier import ADDRESSES_VARIABLE
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.validation.defence import blocked_slates
from nba_pipeline.validation.lookback import NO_SOURCE, pregame_upstreams
from nba_pipeline.warehouse.seam import Query, Warehouse

MODES = ("missing", "missing+failed", "all")
#: Reasons that make an empty partition of a game date a gap to close.
GAPS = frozenset({*NO_SOURCE, "not_final"})

_NO_FILE = "no_landing_file"
_MEASURED_RUNS = 20
#: A piece that fails is divided until the dates at fault stand alone, but not into more failed runs than this.
_MOST_FAILED_RUNS = 24
_REASONS_SHOWN = 5

Say = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """What one run computes: tables, upstream first, over a range."""

    tables: tuple[str, ...]
    dates: DateRange

    @property
    def partitions(self) -> list[Partition]:
        """Every partition of the run; a table without partitions stands for its first date."""
        return [(name, day) for name in self.tables for day in _days_of(name, self.dates)]

    def __str__(self) -> str:
        names = ", ".join(self.tables) if len(self.tables) <= 3 else f"{len(self.tables)} tables"
        return f"{names} {self.dates}"


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
            said += [f"missing {_listed(one.missing)}"] if one.missing else []
            said += [f"failed {_listed(one.failed)}"] if one.failed else []
            said += [f"stale {_listed(one.stale)}"] if one.stale else []
            said += [f"no source for {_listed(one.no_source)}"] if one.no_source else []
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
        return f"about {_duration(self.seconds)}, as long as earlier runs took"

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


@dataclass(frozen=True)
class Summary:
    """How a backfill ended, partition by partition.

    ``skipped`` counts computed partitions that are rightly empty by reason, ``gaps`` those that are empty for want of
    a source; both are in ``ok``. ``not_run`` counts partitions that were left when somebody ended the backfill.
    """

    id: str
    dates: DateRange
    requested: int
    ok: int
    skipped: Mapping[str, int]
    gaps: Mapping[str, int]
    failed: Mapping[Partition, str]
    not_run: int
    run_ids: tuple[str, ...]
    seconds: float
    resume: str
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 everything asked for is there, 1 something failed or was left."""
        return 1 if self.failed or self.not_run else 0

    @property
    def lines(self) -> list[str]:
        """The end of the backfill, in a few lines."""
        said = [f"{self.ok} ok", f"{len(self.failed)} failed"]
        skipped = sum(self.skipped.values())
        if skipped:
            said.append(f"{skipped} of the ok ones rightly empty ({_counted(self.skipped)})")
        if self.gaps:
            said.append(f"{sum(self.gaps.values())} empty for want of a source ({_counted(self.gaps)})")
        if self.not_run:
            said.append(f"{self.not_run} not run")
        how = "interrupted" if self.interrupted else "ended"
        done = f"{len(self.run_ids)} runs: {self.requested} partitions, {', '.join(said)}"
        lines = [f"Backfill {self.id} {how} after {_duration(self.seconds)}, {done}"]
        reasons = Counter(self.failed.values())
        for reason, count in reasons.most_common(_REASONS_SHOWN):
            table, day = next(one for one, why in self.failed.items() if why == reason)
            others = f" and {count - 1} more" if count > 1 else ""
            lines.append(f"failed {table} {day}{others}: {reason}")
        if len(reasons) > _REASONS_SHOWN:
            lines.append(f"and {len(reasons) - _REASONS_SHOWN} more reasons: nba-pipeline failed --backfill {self.id}")
        if self.resume:
            lines.append(f"Resume: {self.resume}")
        return lines

    @property
    def document(self) -> dict[str, Any]:
        """The end of the backfill for machines."""
        return {
            "backfill": self.id,
            "start": self.dates.start,
            "end": self.dates.end,
            "requested": self.requested,
            "ok": self.ok,
            "skipped": dict(self.skipped),
            "gaps": dict(self.gaps),
            "failed": [{"table": table, "date": day, "reason": reason} for (table, day), reason in self.failed.items()],
            "not_run": self.not_run,
            "runs": list(self.run_ids),
            "seconds": round(self.seconds, 1),
            "interrupted": self.interrupted,
            "resume": self.resume or None,
            "exit_code": self.exit_code,
        }


def new_backfill_id() -> str:
    """An id that sorts by time and tells two backfills of one second apart."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


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


def pieces_of(needed: Mapping[str, Collection[dt.date]], whole: Collection[str], dates: DateRange) -> list[Piece]:
    """The runs that compute exactly these partitions, in the order they must be launched.

    ``whole`` are needed tables without partitions: they go with the first run of what may read them, over ``dates``
    when there is none.
    """
    pieces: list[Piece] = []
    for names in _tiers([*needed, *whole]):
        dated = {name: needed[name] for name in names if needed.get(name)}
        pieces += _runs(dated, [name for name in names if name in whole], dates)
    return pieces


def run_plan(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    todo: BackfillPlan,
    *,
    id: str = "",  # noqa: A002  what everybody calls it
    say: Say = lambda _: None,
    progress: Progress = lambda _: None,
    retries: int = 0,
    stop_on_error: bool = False,
    force: bool = False,
    failed_before: Mapping[Partition, str] | None = None,
    on_end: Callable[[dg.DagsterInstance, str], None] | None = None,
) -> Summary:
    """Run a plan, piece by piece, and say how every partition ended; ``on_end`` hears the backfill's id at the end.

    Args:
        definitions: the code location whose assets are run.
        instance: the runs' history.
        warehouse: where the tables are.
        todo: the plan.
        id: the backfill's id; a new one when empty.
        say: hears a line per run.
        progress: hears every finished step.
        retries: how often a run that failed is launched again before its partitions count as failed.
        stop_on_error: leave the rest after the first partition that failed.
        force: ignore active runs in the history.
        failed_before: partitions of other tables that failed, so that what reads them is not computed.
        on_end: called once with the instance and the id.

    Raises:
        PipelineError: when another run works on one of the tables before anything was launched.
    """
    execution = _Execution(
        definitions=definitions,
        instance=instance,
        warehouse=warehouse,
        todo=todo,
        id=id or new_backfill_id(),
        say=say,
        progress=progress,
        retries=retries,
        stop_on_error=stop_on_error,
        force=force,
        broken=dict(failed_before or {}),
    )
    started = time.monotonic()
    execution.run()
    summary = execution.summary(time.monotonic() - started)
    if on_end:
        on_end(instance, summary.id)
    return summary


class _EndedError(Exception):
    """The rest of the plan is left."""


@dataclass
class _Execution:
    """One backfill while it runs.

    ``broken`` partitions may not be read by others; ``failed`` ones are reported. A partition that breaks a check
    which does not block is failed, not broken.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    warehouse: Warehouse
    todo: BackfillPlan
    id: str
    say: Say
    progress: Progress
    retries: int
    stop_on_error: bool
    force: bool
    broken: dict[Partition, str]
    broken_tables: set[str] = field(default_factory=set)
    blocked: dict[Partition, str] = field(default_factory=dict)
    failed: dict[Partition, str] = field(default_factory=dict)
    done: set[Partition] = field(default_factory=set)
    run_ids: list[str] = field(default_factory=list)
    interrupted: bool = False
    failed_runs: int = 0

    def run(self) -> None:
        try:
            for piece in self.todo.pieces:
                self.failed_runs = 0
                self._fill(piece)
        except _EndedError:
            pass
        except KeyboardInterrupt:
            self.interrupted = True

    def summary(self, seconds: float) -> Summary:
        wanted = [one for piece in self.todo.pieces for one in piece.partitions]
        ok = [one for one in wanted if one in self.done and one not in self.failed]
        left = [one for one in wanted if one not in self.done and one not in self.failed]
        skipped, gaps = self._empty(ok)
        return Summary(
            id=self.id,
            dates=self.todo.dates,
            requested=len(wanted),
            ok=len(ok),
            skipped=skipped,
            gaps=gaps,
            failed=dict(sorted(self.failed.items(), key=lambda one: (one[0][1], one[0][0]))),
            not_run=len(left),
            run_ids=tuple(self.run_ids),
            seconds=seconds,
            resume=self._resume(left),
            interrupted=self.interrupted,
        )

    def _resume(self, left: Sequence[Partition]) -> str:
        again = [*self.failed, *left]
        if not again:
            return ""
        names = [one.name for one in in_flow({name for name, _ in again})]
        days = [day for _, day in again]
        mode = "all" if left and self.todo.mode == "all" else "missing+failed"
        return f"nba-pipeline backfill {' '.join(names)} --start {min(days)} --end {max(days)} --mode {mode}"

    def _empty(self, partitions: Collection[Partition]) -> tuple[Counter[str], Counter[str]]:
        skipped: Counter[str] = Counter()
        gaps: Counter[str] = Counter()
        wanted = set(partitions)
        for table, days in partition_states(self.warehouse, self.todo.dates).items():
            for day, held in days.items():
                if (table, day) in wanted and not held.stored_rows:
                    (skipped if held.is_covered else gaps)[held.reason or "unexplained"] += 1
        return skipped, gaps

    def _fill(self, piece: Piece) -> None:
        """Launch a piece around what may not be computed."""
        self._set_aside(piece)
        rest = self._open(piece.partitions)
        blocked = self._blocked(piece, rest)
        for one in self._pieces(partition for partition in rest if partition not in blocked):
            self._launch(one, self.retries)
        for one in self._pieces(blocked):
            # A run of their own, so that the history and the alerts show them with the command that repairs them.
            self._launch(one, 0, divide=False)

    def _set_aside(self, piece: Piece) -> None:
        """Fail what reads a partition that failed, without launching it."""
        for name, day in self._open(piece.partitions):
            broken = (
                one for one in _same_day_upstreams(name) if (one, day) in self.broken or one in self.broken_tables
            )
            if culprit := next(broken, None):
                self._fail((name, day), f"not run: {culprit} failed on this date")

    def _blocked(self, piece: Piece, rest: Collection[Partition]) -> list[Partition]:
        """Partitions whose look-back is broken, with what reads them on the same date."""
        if self.todo.switches.backfill_mode or not self.todo.switches.strict_mode:
            return []
        found: dict[Partition, None] = {}
        contracts = runnable_contracts()
        for name in piece.tables:
            contract = contracts[name]
            slates = blocked_slates(self.warehouse, contract, piece.dates) if contract.guards else {}
            here = {day: error for day, error in slates.items() if (name, day) in rest}
            for day, error in here.items():
                found[name, day] = None
                self.blocked[name, day] = str(error)
            for command in dict.fromkeys(error.command for error in here.values()):
                days = [day for day, error in here.items() if error.command == command]
                self.say(f"{name}: blocked on {_listed(days)}. Repair: {command}")
            for partition in rest:
                upstreams = ((one, partition[1]) for one in _same_day_upstreams(name))
                if partition[0] == name and any(one in found for one in upstreams):
                    found[partition] = None
        return list(found)

    def _launch(self, piece: Piece, retries: int, *, divide: bool = True) -> None:
        outcome = self._outcome(piece)
        if outcome is None:
            return
        if outcome.interrupted:
            self.interrupted = True
            self._take(piece, outcome)
            raise _EndedError
        if not outcome.success and retries:
            self.say(f"again: {piece}")
            self._launch(piece, retries - 1, divide=divide)
            return
        lost = self._take(piece, outcome)
        if lost:
            self.failed_runs += 1
            few = self.failed_runs < _MOST_FAILED_RUNS and not self.stop_on_error
            if not (divide and few and self._divided(piece, lost, outcome)):
                for name in lost:
                    reason = outcome.failed_steps.get(step_of(name)) or _not_run(outcome)
                    for day in _days_of(name, piece.dates):
                        self._fail((name, day), self.blocked.get((name, day), reason))
        if self.stop_on_error and self.failed:
            raise _EndedError

    def _outcome(self, piece: Piece) -> Outcome | None:
        """Launch one run; a refusal in the middle of a backfill fails its partitions and nothing else."""
        contracts = runnable_contracts()
        try:
            outcome = materialise(
                self.definitions,
                self.instance,
                [contracts[name] for name in piece.tables],
                piece.dates,
                self.progress,
                switches=self.todo.switches,
                tags={BACKFILL_TAG: self.id},
                force=self.force,
            )
        except PipelineError as error:
            if not self.run_ids:
                raise
            for partition in piece.partitions:
                self._fail(partition, str(error))
            return None
        self.run_ids.append(outcome.run_id)
        how = "interrupted" if outcome.interrupted else "ok" if outcome.success else "failed"
        self.say(f"{piece}: {how} in {outcome.seconds:.1f} s, run {outcome.run_id}")
        return outcome

    def _take(self, piece: Piece, outcome: Outcome) -> list[str]:
        """Record what a run stored and which dates break a check; returns the tables it did not store."""
        errors = open_errors(self.warehouse, piece.tables, piece.dates)
        lost = []
        for name in piece.tables:
            if step_of(name) not in outcome.step_seconds:
                lost.append(name)
                continue
            blocking = outcome.failed_steps.get(checks_step_of(name))
            days = _days_of(name, piece.dates)
            bad = {day: why for day in days if (why := errors.get((name, day)))}
            if blocking and not bad and not outcome.interrupted:
                bad = dict.fromkeys(days, blocking)
            for day in days:
                self.done.add((name, day))
                if day in bad:
                    self._fail((name, day), bad[day], breaks=bool(blocking))
        return lost

    def _divided(self, piece: Piece, lost: Sequence[str], outcome: Outcome) -> bool:
        """Go on with what a failed run did not store, on fewer dates or for fewer tables; False when it cannot."""
        self._set_aside(Piece(tuple(lost), piece.dates))
        partitions = Piece(tuple(lost), piece.dates).partitions
        rest = self._open(partitions)
        own_failure = any(step_of(name) in outcome.failed_steps for name in lost)
        if own_failure and len(piece.dates) == 1:
            return False
        if not own_failure and len(rest) == len(partitions):
            return False
        middle = piece.dates.start + dt.timedelta(days=(len(piece.dates) - 1) // 2)
        halves = (
            ([one for one in rest if one[1] <= middle], [one for one in rest if one[1] > middle])
            if own_failure
            else (rest,)
        )
        for half in halves:
            for one in self._pieces(self._open(half)):
                self._set_aside(one)
                self._launch(one, 0)
        return True

    def _open(self, partitions: Iterable[Partition]) -> list[Partition]:
        return [one for one in partitions if one not in self.done and one not in self.failed]

    def _fail(self, partition: Partition, reason: str, *, breaks: bool = True) -> None:
        self.failed.setdefault(partition, reason)
        if breaks:
            self.broken.setdefault(partition, reason)
            if not runnable_contracts()[partition[0]].partition:
                self.broken_tables.add(partition[0])

    def _pieces(self, partitions: Iterable[Partition]) -> list[Piece]:
        needed: dict[str, list[dt.date]] = {}
        loose: list[str] = []
        days = []
        for name, day in partitions:
            days.append(day)
            if runnable_contracts()[name].partition:
                needed.setdefault(name, []).append(day)
            else:
                loose.append(name)
        return _runs(needed, loose, DateRange(min(days), min(days))) if days else []


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
    sizes = _sizes(warehouse, [table for table in ordered if not table.partition])

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


def _sizes(warehouse: Warehouse, tables: Sequence[TableContract]) -> dict[str, int]:
    if not tables:
        return {}
    warehouse.create(tables)
    counted = warehouse.read_many([Query(f"select count(*) as row_count from {table.name}") for table in tables])
    return {table.name: rows["row_count"][0].as_py() for table, rows in zip(tables, counted, strict=True)}


def _tiers(names: Iterable[str]) -> list[list[str]]:
    """Tables before those with a look-back, those with one, and what reads them: each must be stored before the next.

    A look-back is judged on what is stored, so that blocked slates can be left out before a run is launched.
    """
    contracts = load_contracts()
    tiers: tuple[list[str], list[str], list[str]] = ([], [], [])
    for contract in in_flow(names):
        behind = any(contracts[one].guards for one in _everything_behind(contract.name))
        tiers[1 if contract.guards else 2 if behind else 0].append(contract.name)
    return [tier for tier in tiers if tier]


@cache
def _everything_behind(name: str) -> frozenset[str]:
    """All stored tables a table reads, directly or through others."""
    direct = [one for one in stored_tables(load_contracts()[name].upstreams) if one != name]
    return frozenset(direct).union(*(_everything_behind(one) for one in direct))


@cache
def _same_day_upstreams(name: str) -> tuple[str, ...]:
    """What must be sound on a date for a table to be computed for the same date."""
    contract = load_contracts()[name]
    if contract.guards:
        return pregame_upstreams(contract)
    return tuple(one for one in stored_tables(contract.upstreams) if one != name)


def _days_of(name: str, dates: DateRange) -> list[dt.date]:
    return list(dates.dates()) if runnable_contracts()[name].partition else [dates.start]


def _runs(needed: Mapping[str, Collection[dt.date]], whole: Sequence[str], dates: DateRange) -> list[Piece]:
    """The runs for partitions of one tier; tables without partitions go with the first, or over ``dates`` alone."""
    found = list(_contiguous(needed))
    if not whole:
        return found
    first = found[0] if found else Piece((), dates)
    together = tuple(one.name for one in in_flow([*first.tables, *whole]))
    return [Piece(together, first.dates), *found[1:]]


def _contiguous(needed: Mapping[str, Collection[dt.date]]) -> Iterator[Piece]:
    """The fewest ranges in date order on each of which the same tables are needed on every date."""
    order = [one.name for one in in_flow(needed)]
    wanted = {name: set(days) for name, days in needed.items()}
    first = last = None
    tables: tuple[str, ...] = ()
    for day in sorted(set().union(*wanted.values())):
        here = tuple(name for name in order if day in wanted[name])
        if first and last and here == tables and day - last == dt.timedelta(days=1):
            last = day
            continue
        if first and last:
            yield Piece(tables, DateRange(first, last))
        first, last, tables = day, day, here
    if first and last:
        yield Piece(tables, DateRange(first, last))


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


def _not_run(outcome: Outcome) -> str:
    """Why a step of a failed run was not tried."""
    if not outcome.failed_steps:
        return f"run {outcome.run_id} failed before its first step"
    steps = ", ".join(step_in_words(step) for step in outcome.failed_steps)
    return f"not run: {steps} failed"


def _listed(days: Sequence[dt.date]) -> str:
    return f"{len(days)} ({shortened(days, 3)})"


def _counted(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


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
