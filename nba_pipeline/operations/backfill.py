"""Running a plan piece by piece: what is stored is the checkpoint, and a bad date takes nothing else along.

A backfill that was ended anywhere goes on by being asked again. Which partitions are needed stands in ``plan``, how one
run is launched in ``launch``, the order of phases behind their gates in ``orchestrate``.

Guarantees:

- Upstream tables run before what reads them, earlier dates before later ones, in as few runs as that allows.
- A slate whose look-back is broken, or a date that fails, takes nothing else along but what reads it on that date.
- Every run carries ``nba_pipeline/backfill`` with the id of its backfill.
"""

import datetime as dt
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.failures import Partition, open_errors
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.contract.catalog import in_flow, phase_tables, runnable_contracts
from nba_pipeline.errors import PipelineError
from nba_pipeline.keys import BACKFILL_TAG, checks_step_of, step_in_words, step_of
from nba_pipeline.operations.launch import Outcome, Progress, materialise, materialise_gate
from nba_pipeline.operations.pieces import Piece, days_of, runs_of, same_day_upstreams
from nba_pipeline.operations.plan import BackfillPlan, listed
from nba_pipeline.operations.summary import Summary
from nba_pipeline.phases import PHASES
from nba_pipeline.remedies import backfill
from nba_pipeline.validation.defence import blocked_slates
from nba_pipeline.warehouse.seam import Warehouse

#: A piece that fails is divided until the dates at fault stand alone, but not into more failed runs than this.
_MOST_FAILED_RUNS = 24

Say = Callable[[str], None]


def new_backfill_id() -> str:
    """An id that sorts by time and tells two backfills of one second apart."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


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
    if not summary.interrupted:
        execution.record_gates()
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

    def record_gates(self) -> None:
        """Judge the gates of the phases that were asked for as a whole, so that the UI shows what was reached."""
        asked = {one.table for one in self.todo.tables}
        for number in PHASES if self.run_ids else ():
            if {table.name for table in phase_tables(number)} <= asked:
                outcome = materialise_gate(
                    self.definitions,
                    self.instance,
                    number,
                    self.todo.dates,
                    switches=self.todo.switches,
                    tags={BACKFILL_TAG: self.id},
                )
                self.say(f"gate of phase {number}: {'open' if outcome.success else 'closed'}, run {outcome.run_id}")

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
        return backfill(days, names, mode)

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
            broken = (one for one in same_day_upstreams(name) if (one, day) in self.broken or one in self.broken_tables)
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
                self.say(f"{name}: blocked on {listed(days)}. Repair: {command}")
            for partition in rest:
                upstreams = ((one, partition[1]) for one in same_day_upstreams(name))
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
                    for day in days_of(name, piece.dates):
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
            days = days_of(name, piece.dates)
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
        return runs_of(needed, loose, DateRange(min(days), min(days))) if days else []


def _not_run(outcome: Outcome) -> str:
    """Why a step of a failed run was not tried."""
    if not outcome.failed_steps:
        return f"run {outcome.run_id} failed before its first step"
    steps = ", ".join(step_in_words(step) for step in outcome.failed_steps)
    return f"not run: {steps} failed"
