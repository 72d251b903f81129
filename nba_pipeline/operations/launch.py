"""Launching one Dagster run from our own commands: the same jobs, tags and instance as the UI and ``dagster`` use.

Two runs never write one table at once: a lock per table is held while a run of ours lasts (the kernel releases it
when the process dies), and runs launched elsewhere are looked up in the history. Which runs a request needs is decided
by the callers.
"""

import datetime as dt
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.utils import make_new_run_id

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.failures import interrupts, message_of
from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import current_home
from nba_pipeline.instance.dead_runs import close_dead_runs, process_in_events
from nba_pipeline.keys import LAUNCH_TAG, REPORT_KEY, asset_key, gate_key, name_of, range_tags
from nba_pipeline.phases import PHASES, phase_of
from nba_pipeline.processes import is_alive
from nba_pipeline.switches import DEFAULT, Switches

Progress = Callable[[str], None]

#: A run in one of these states may still write.
ACTIVE = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
NOT_BEGUN = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING)
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    ``step_seconds`` holds the steps that succeeded, ``failed_steps`` the message of each that failed, both by step
    key, checks as steps of their own. ``interrupted`` says that somebody ended the run.
    """

    run_id: str
    success: bool
    seconds: float
    failures: tuple[str, ...]
    step_seconds: Mapping[str, float]
    failed_steps: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False


@dataclass(frozen=True)
class ActiveRun:
    """A run that may still write, and the tables it writes; ``process`` is None when no event names one yet."""

    run_id: str
    status: dg.DagsterRunStatus
    tables: frozenset[str]
    since: dt.datetime
    process: int | None


def choose_tables(names: Sequence[str]) -> list[TableContract]:
    """The contracts of tables given by two-part name, table name, dataset or level; all runnable ones for no name.

    Raises:
        UsageError: for a name nobody declares; names the closest valid ones.
    """
    runnable = runnable_contracts()
    if not names:
        return list(runnable.values())
    chosen: dict[str, TableContract] = {}
    for name in names:
        found = {
            full: contract
            for full, contract in runnable.items()
            if name in (full, contract.table, contract.dataset, contract.level)
        }
        if not found:
            raise UsageError(f"Unknown table {name!r}: choose one of {', '.join(sorted(runnable))}.")
        chosen |= found
    return list(chosen.values())


def materialise(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tables: Sequence[TableContract],
    dates: DateRange,
    progress: Progress = lambda _: None,
    *,
    switches: Switches = DEFAULT,
    tags: Mapping[str, str] = _NO_TAGS,
    force: bool = False,
    gates: bool = False,
) -> Outcome:
    """Materialise tables over a range as one Dagster run, checks included; ``progress`` hears each finished step.

    ``definitions`` is the code location whose assets are run.

    ``force`` ignores active runs in the history, never a process of this machine that holds one of the tables.
    ``gates`` adds the gates that belong to the tables: that before gated tables, those behind
    phases whose tables are all chosen, and the readiness report behind all of them.

    Raises:
        PipelineError: when another run works on one of the tables.
    """
    keys = [asset_key(table.name) for table in tables] + (gates_of(tables) if gates else [])
    return _run(definitions, instance, keys, dates, progress=progress, switches=switches, tags=tags, force=force)


def gates_of(tables: Sequence[TableContract]) -> list[dg.AssetKey]:
    """The gates, and the report, that a run over these tables should compute."""
    chosen = {table.name for table in tables}
    whole = [number for number in PHASES if {table.name for table in phase_tables(number)} <= chosen]
    own = {phase.number: phase for table in tables if (phase := phase_of(table.dataset, table.level))}
    before = [phase.behind for _, phase in sorted(own.items()) if phase.behind]
    keys = [gate_key(number) for number in dict.fromkeys((*whole, *before))]
    return [*keys, REPORT_KEY] if len(keys) == len(PHASES) else keys


def materialise_gate(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    phase: int,
    dates: DateRange,
    *,
    switches: Switches = DEFAULT,
    tags: Mapping[str, str] = _NO_TAGS,
) -> Outcome:
    """Compute and record the gate of a phase over a range as a run; a gate that fails is a run that fails.

    Raises:
        PipelineError: when another run computes the same gate.
    """
    return _run(
        definitions,
        instance,
        [gate_key(phase)],
        dates,
        progress=lambda _: None,
        switches=switches,
        tags=tags,
        force=False,
    )


def active_runs(
    definitions: dg.Definitions, instance: dg.DagsterInstance, tables: Iterable[str] | None = None
) -> list[ActiveRun]:
    """Runs that may still write one of the tables (two-part names; None: any run), oldest first.

    Runs whose process is gone are closed on the way.
    """
    close_dead_runs(instance)
    wanted = None if tables is None else frozenset(tables)
    found = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(ACTIVE)), ascending=True):
        run = record.dagster_run
        touched = tables_of(definitions, run)
        if (wanted is not None and not touched & wanted) or _closed_unbegun(instance, run):
            continue
        since = dt.datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp(), dt.UTC)
        found.append(ActiveRun(run.run_id, run.status, touched, since, process_of(instance, run)))
    return found


def writers(
    definitions: dg.Definitions, instance: dg.DagsterInstance, tables: Iterable[str], own: str = ""
) -> list[str]:
    """Unfinished runs and Dagster backfills that may write one of the tables, except the run ``own``, a phrase each.

    Only looks: nothing is closed on the way.
    """
    wanted = frozenset(tables)
    runs = [
        f"run {run.run_id} ({run.status.value.lower()})"
        for run in instance.get_runs(dg.RunsFilter(statuses=list(ACTIVE)))
        if run.run_id != own and wanted & tables_of(definitions, run)
    ]
    unfinished = BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING])
    return runs + [
        f"backfill {one.backfill_id}"
        for one in instance.get_backfills(filters=unfinished)
        if one.asset_selection is None or wanted & {name_of(key) for key in one.asset_selection}
    ]


def tables_of(definitions: dg.Definitions, run: dg.DagsterRun) -> frozenset[str]:
    """Two-part names of the tables and gates a run writes: its selection, else all of its job."""
    if run.asset_selection or run.asset_check_selection:
        return frozenset(name_of(key) for key in run.asset_selection or ())
    repository = definitions.get_repository_def()
    if not repository.has_job(run.job_name):
        return frozenset()
    return frozenset(name_of(key) for key in repository.get_job(run.job_name).asset_layer.executable_asset_keys)


def process_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> int | None:
    """The process that executes a run, from its events, else from the tag of our own launch; None when unknown."""
    told = process_in_events(instance, run.run_id)
    if told is not None:
        return told
    words = run.tags.get(LAUNCH_TAG, "").split()
    return int(words[1].rstrip(",")) if len(words) > 1 and words[1].rstrip(",").isdigit() else None


def _closed_unbegun(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Close a run of ours whose process died before the run began."""
    process = process_of(instance, run)
    if run.status not in NOT_BEGUN or LAUNCH_TAG not in run.tags or process is None or is_alive(process):
        return False
    instance.report_run_failed(run, f"Process {process} of this run no longer exists: it never began.")
    return True


def _run(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    keys: Sequence[dg.AssetKey],
    dates: DateRange,
    *,
    progress: Progress,
    switches: Switches,
    tags: Mapping[str, str],
    force: bool,
) -> Outcome:
    names = [name_of(key) for key in keys]
    job = definitions.resolve_implicit_global_asset_job_def()
    run_id = make_new_run_id()
    started = time.monotonic()
    watcher = _StepWatcher(instance, progress)
    with _locked(current_home().dagster / "locks", names, run_id):
        if not force:
            _refuse_while_active(definitions, instance, names)
        with watcher:
            result = job.execute_in_process(
                instance=instance,
                asset_selection=list(keys),
                run_id=run_id,
                tags={
                    **range_tags(dates),
                    watcher.tag: watcher.value,
                    **switches.tags,
                    **tags,
                },
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
    failed = {event.step_key or "": event for event in result.all_events if event.is_step_failure}
    broken = _blocking_verdicts(result.all_events)
    messages = {step: broken.get(step) or message_of(event) for step, event in failed.items()}
    steps = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key
    }
    return Outcome(
        run_id=result.run_id,
        success=result.success,
        seconds=time.monotonic() - started,
        failures=tuple(f"{step}: {message}" for step, message in messages.items()),
        step_seconds=steps,
        failed_steps=messages,
        interrupted=_was_interrupted(instance, run_id, failed.values()),
    )


def _blocking_verdicts(events: Iterable[dg.DagsterEvent]) -> Mapping[str, str]:
    """What the failed blocking checks of each step say, with what to do."""
    said: dict[str, list[str]] = {}
    for event in events:
        if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION or not event.step_key:
            continue
        one = event.asset_check_evaluation_data
        if one.blocking and not one.passed and one.severity is dg.AssetCheckSeverity.ERROR:
            remedy = one.metadata.get("what_to_do")
            todo = f" → {remedy.value}" if remedy else ""
            said.setdefault(event.step_key, []).append(f"{one.check_name}: {one.description}{todo}")
    return {step: "; ".join(lines) for step, lines in said.items()}


def _was_interrupted(instance: dg.DagsterInstance, run_id: str, failed: Iterable[dg.DagsterEvent]) -> bool:
    if any(event.step_failure_data.error and interrupts(event.step_failure_data.error) for event in failed):
        return True
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING)


@contextmanager
def _locked(folder: Path, names: Iterable[str], run_id: str) -> Generator[None]:
    """Hold the lock of every table; whoever comes second is refused, not kept waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    holder = {"run": run_id, "process": os.getpid(), "since": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"}
    with ExitStack() as held:
        for name in sorted(names):
            file = held.enter_context((folder / f"{name}.lock").open("a+", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise _taken(name, file.read()) from error
            file.seek(0)
            file.truncate()
            json.dump(holder, file)
            file.flush()
        yield


def _taken(name: str, text: str) -> PipelineError:
    try:
        holder = json.loads(text)
    except ValueError:  # its holder has not written who it is yet
        return PipelineError(f"{name} is being written by a run that has just begun: try again in a moment.")
    return _refusal(name, holder["run"], holder["since"], holder["process"])


def _refuse_while_active(definitions: dg.Definitions, instance: dg.DagsterInstance, names: Sequence[str]) -> None:
    for run in active_runs(definitions, instance, names):
        name = min(run.tables & set(names))
        raise _refusal(name, run.run_id, f"{run.since:%Y-%m-%d %H:%M:%S} UTC, {run.status.value}", run.process)


def _refusal(name: str, run_id: str, since: str, process: int | None) -> PipelineError:
    where = f"process {process}" if process else "no process yet"
    return PipelineError(
        f"{name} is in the hands of run {run_id} (since {since}, {where}); two runs never write one table. "
        f"Wait until it has ended, or end it: nba-pipeline stop {run_id}"
    )


class _StepWatcher:
    """Reports the finished steps of the run that carries its tag, from a thread of its own."""

    tag = LAUNCH_TAG  # who launched it; distinct for every launch

    def __init__(self, instance: dg.DagsterInstance, progress: Progress) -> None:
        self.instance = instance
        self.progress = progress
        self.value = f"process {os.getpid()}, {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
        self.reported: set[str] = set()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self._report()

    def _watch(self) -> None:
        while not self.ended.wait(0.5):
            self._report()

    def _report(self) -> None:
        for run in self.instance.get_runs(dg.RunsFilter(tags={self.tag: self.value}), limit=1):
            records = self.instance.get_records_for_run(
                run.run_id, of_type={dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
            )
            for record in records.records:
                step = record.event_log_entry.step_key
                if step and step not in self.reported:
                    self.reported.add(step)
                    self.progress(step)
