"""Whole phases in order: precompute behind the gate of the analytics, level after level, and a season date by date.

Which partitions run and what a failure takes along is decided in ``backfill``; what a gate judges in
``completeness.coverage``.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import expected_dates, judge_gate
from nba_pipeline.completeness.failures import Partition, failed_dates
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.keys import BACKFILL_TAG
from nba_pipeline.operations.backfill import Say, new_backfill_id, run_plan
from nba_pipeline.operations.launch import Progress, materialise, materialise_gate
from nba_pipeline.operations.plan import plan
from nba_pipeline.operations.summary import Summary
from nba_pipeline.phases import ANALYTICS, PRECOMPUTE
from nba_pipeline.remedies import backfill, orchestrate
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.warehouse.seam import Warehouse

OnEnd = Callable[[dg.DagsterInstance, str], None]
Clock = Callable[[], dt.datetime]

_NOTHING, _FAILED, _DONE = 4, 1, 0


@dataclass(frozen=True)
class Orchestrated:
    """How an orchestrated phase or season ended.

    ``exit_code``: 0 complete, 1 stopped or incomplete, 4 the schedule expects nothing. ``message`` is the last line.
    """

    id: str
    dates: DateRange
    exit_code: int
    message: str
    gates: tuple[GateReport, ...] = ()
    groups: Mapping[str, Summary] = field(default_factory=dict)
    resume: str = ""
    interrupted: bool = False
    #: Everything was said while it went on.
    lines: ClassVar[tuple[str, ...]] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The end for machines."""
        return {
            "backfill": self.id,
            "start": self.dates.start,
            "end": self.dates.end,
            "exit_code": self.exit_code,
            "message": self.message,
            "gates": [gate.document for gate in self.gates],
            "groups": {name: summary.document for name, summary in self.groups.items()},
            "resume": self.resume or None,
        }


def phase4_orchestrated(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    dates: DateRange,
    *,
    from_level: str = "L1",
    switches: Switches = DEFAULT,
    mode: str = "all",
    stop_on_error: bool = False,
    force: bool = False,
    say: Say = lambda _: None,
    progress: Progress = lambda _: None,
    on_end: OnEnd | None = None,
    now: Clock = lambda: dt.datetime.now(dt.UTC),
) -> Orchestrated:
    """Judge the Phase 3 gate now, then compute Phase 4 level after level, then judge its own gate.

    A gate that does not pass ends it before any Phase 4 partition starts, unless the switches say why not. A partition
    that fails in one level takes along only what reads it on the same date.

    Args:
        definitions: the code location whose assets are run.
        instance: the runs' history.
        warehouse: where the tables are.
        dates: the range, judged and computed.
        from_level: the first level to compute; the gate is judged anyway.
        switches: of every run; a gate override reason among them overrides the gate of the analytics.
        mode: which partitions of a level run, as in ``backfill.plan``.
        stop_on_error: leave the rest after the first partition that failed.
        force: ignore active runs in the history.
        say: hears every line.
        progress: hears every finished step.
        on_end: called once with the instance and the id of the backfill.
        now: the time that the lines name.

    Raises:
        UsageError: for an unknown level or mode.
        PipelineError: when another run works on one of the tables before anything was launched.
    """
    levels = _levels(from_level)
    id_ = new_backfill_id()
    tags = {BACKFILL_TAG: id_}
    ended = _Ending(instance, dates, id_, say, on_end)
    say(f"=== PRE-FLIGHT: Phase 3 over {dates} ===")
    gate = judge_gate(warehouse, ANALYTICS.number, dates, override_reason=switches.gate_override_reason)
    recorded = materialise_gate(definitions, instance, ANALYTICS.number, dates, switches=switches, tags=tags)
    for line in gate.lines:
        say(line)
    if gate.verdict == "NOT_APPLICABLE":
        why = f"NOT APPLICABLE: the schedule expects no Phase 4 rows in {dates}; nothing was started."
        return ended(_NOTHING, why, [gate])
    problem = _not_passed(instance, warehouse, gate, passed=recorded.success)
    if problem and not switches.gate_override_reason:
        return ended(_FAILED, f"FATAL {problem}", [gate])
    if problem:
        say(f"Going on, overridden ({switches.gate_override_reason}): {problem}")
    groups: dict[str, Summary] = {}
    broken: dict[Partition, str] = {}
    for level, tables in levels:
        number = level.removeprefix("L")
        say(f"=== GROUP {number}: {' + '.join(table.table for table in tables)} ===")
        todo = plan(warehouse, instance, tables, dates, mode, switches=switches)
        summary = run_plan(
            definitions,
            instance,
            warehouse,
            todo,
            id=id_,
            say=say,
            progress=progress,
            stop_on_error=stop_on_error,
            force=force,
            failed_before=broken,
        )
        groups[level] = summary
        broken |= summary.failed
        say(_group_line(number, summary, now()))
        for line in summary.lines[1:]:
            say(line)
        if summary.interrupted or (stop_on_error and summary.exit_code == _FAILED):
            how = "interrupted" if summary.interrupted else "stopped at the first failure"
            resume = orchestrate(dates, level, mode)
            message = f"PHASE 4 {how} in group {number}. Resume: {resume}"
            return ended(_FAILED, message, [gate], groups, resume, interrupted=summary.interrupted)
    say(f"=== PHASE 4 GATE over {dates} ===")
    final = judge_gate(warehouse, PRECOMPUTE.number, dates)
    recorded = materialise_gate(
        definitions, instance, PRECOMPUTE.number, dates, switches=replace(switches, gate_override_reason=""), tags=tags
    )
    for line in final.lines:
        say(line)
    lacking = _not_passed(instance, warehouse, final, passed=recorded.success)
    if not lacking and not any(one.failed for one in groups.values()):
        return ended(_DONE, "PHASE 4 COMPLETE!", [gate, final], groups)
    failed = sum(len(one.failed) for one in groups.values())
    resume = orchestrate(dates, levels[0][0], "missing+failed")
    what = lacking or f"{failed} partitions failed"
    return ended(_FAILED, f"PHASE 4 INCOMPLETE: {what} Resume: {resume}", [gate, final], groups, resume)


def season_sequential(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    dates: DateRange,
    *,
    switches: Switches = DEFAULT,
    force: bool = False,
    say: Say = lambda _: None,
    progress: Progress = lambda _: None,
    on_end: OnEnd | None = None,
) -> Orchestrated:
    """Slate by slate: the analytics tables, their gate for the date, precompute; ends at the first failure.

    Raises:
        PipelineError: when another run works on one of the tables before anything was launched.
    """
    id_ = new_backfill_id()
    ended = _Ending(instance, dates, id_, say, on_end)
    expected = expected_dates(warehouse, dates)
    if expected.unknown:
        why = f"the schedule never spoke of {expected.unknown[0]}: nobody knows whether there were games"
        return ended(_FAILED, f"FATAL {why}. Load nba_raw.nbac_schedule and nba_reference.dim_game first.")
    slates = sorted(expected.scheduled)
    if not slates:
        return ended(_NOTHING, f"NOT APPLICABLE: the schedule has no games in {dates}; nothing was started.")
    run = _SlateRun(definitions, instance, warehouse, switches, id_, force, say, progress)
    for day in slates:
        problem = run.slate(DateRange(day, day))
        if problem:
            resume = backfill(DateRange(day, dates.end), sequential=True)
            message = f"STOPPED at {day}: {problem} Resume: {resume}"
            return ended(_FAILED, message, resume=resume, interrupted=run.interrupted)
    return ended(_DONE, f"{len(slates)} slates complete, {slates[0]}...{slates[-1]}")


@dataclass
class _SlateRun:
    """The steps of one slate; each returns why it is not good, or nothing."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    warehouse: Warehouse
    switches: Switches
    id: str
    force: bool
    say: Say
    progress: Progress
    interrupted: bool = False

    def slate(self, day: DateRange) -> str:
        problem = self._phase(ANALYTICS.number, day)
        if problem:
            return problem
        gate = judge_gate(self.warehouse, ANALYTICS.number, day, override_reason=self.switches.gate_override_reason)
        self.say(gate.total)
        if not gate.may_proceed:
            return _lacks(gate)
        return self._phase(PRECOMPUTE.number, day)

    def _phase(self, phase: int, day: DateRange) -> str:
        outcome = materialise(
            self.definitions,
            self.instance,
            phase_tables(phase),
            day,
            self.progress,
            switches=self.switches,
            tags={BACKFILL_TAG: self.id},
            force=self.force,
        )
        self.interrupted = outcome.interrupted
        how = "ok" if outcome.success else "failed"
        self.say(f"{day.start} Phase {phase}: {how} in {outcome.seconds:.1f} s, run {outcome.run_id}")
        return "" if outcome.success else "; ".join(outcome.failures) or f"run {outcome.run_id} failed."


@dataclass(frozen=True)
class _Ending:
    """Says the last line, tells whoever wants to hear of the end, and makes the result."""

    instance: dg.DagsterInstance
    dates: DateRange
    id: str
    say: Say
    on_end: OnEnd | None

    def __call__(
        self,
        exit_code: int,
        message: str,
        gates: Sequence[GateReport] = (),
        groups: Mapping[str, Summary] | None = None,
        resume: str = "",
        *,
        interrupted: bool = False,
    ) -> Orchestrated:
        self.say(message)
        if self.on_end:
            self.on_end(self.instance, self.id)
        return Orchestrated(
            self.id, self.dates, exit_code, message, tuple(gates), groups or {}, resume, interrupted=interrupted
        )


def _levels(first: str) -> list[tuple[str, list[TableContract]]]:
    by_level: dict[str, list[TableContract]] = {}
    for table in phase_tables(PRECOMPUTE.number):
        by_level.setdefault(table.level or "", []).append(table)
    if first not in by_level:
        raise UsageError(f"Unknown level {first!r}: choose one of {', '.join(by_level)}.")
    return [(level, tables) for level, tables in by_level.items() if level >= first]


def _not_passed(instance: dg.DagsterInstance, warehouse: Warehouse, gate: GateReport, *, passed: bool) -> str:
    """Why a phase does not count as complete, with the command that repairs it; empty when it does."""
    if gate.exit_code == _FAILED:
        return _lacks(gate)
    if passed:
        return ""
    failed = failed_dates(instance, warehouse, phase_tables(gate.phase), gate.dates)
    if not failed:
        return f"Phase {gate.phase} is not complete over {gate.dates}: a check of its gate failed, see its run."
    names = ", ".join(f"{name} ({len(days)} dates)" for name, days in failed.items())
    return (
        f"Phase {gate.phase} is not complete over {gate.dates}: the latest run failed for {names}. Repair: "
        f"{backfill(gate.dates, failed, 'missing+failed')}"
    )


def _lacks(gate: GateReport) -> str:
    if gate.error:
        return f"The Phase {gate.phase} gate over {gate.dates} could not be judged: {gate.error}."
    failing = [f"{one.table} ({one.actual}/{one.expected})" for one in gate.failing]
    failing += [name for name in gate.untracked if name not in {one.table for one in gate.failing}]
    repair = f" Repair: {gate.repair}" if gate.repair else ""
    return f"Phase {gate.phase} is not complete over {gate.dates}: {', '.join(failing)}.{repair}"


def _group_line(number: str, summary: Summary, at: dt.datetime) -> str:
    computed = summary.ok - sum(summary.skipped.values())
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(summary.skipped.items()))
    skipped = f"{sum(summary.skipped.values())} skipped" + (f" ({reasons})" if reasons else "")
    how = "complete" if not summary.failed and not summary.not_run else "ended"
    counts = f"{computed} ok, {len(summary.failed)} failed, {skipped}"
    if summary.not_run:
        counts += f", {summary.not_run} not run"
    return f"Group {number} {how} at {at:%Y-%m-%d %H:%M:%S} UTC: {counts}"
