"""Launching one Dagster run from our own commands: the same jobs, tags and instance as the UI and ``dagster`` use.

Two runs never write one table at once: who launches one looks for active ones in the history and enters his own while
nobody else may. Which runs a request needs is decided by the callers.
"""

import datetime as dt
import fcntl
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
from nba_pipeline.graph.checks import VIOLATIONS
from nba_pipeline.home import current_home
from nba_pipeline.instance.living_runs import ACTIVE, close_dead_runs, held, here, host_of, is_held_here
from nba_pipeline.keys import REPORT_KEY, asset_key, gate_key, name_of, range_tags
from nba_pipeline.phases import PHASES, phase_of
from nba_pipeline.switches import DEFAULT, Switches

Progress = Callable[[str], None]

_ENDED_STEP = (dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE)
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    ``step_seconds`` holds the steps that succeeded, ``failed_steps`` the message of each that failed, both by step
    key, checks as steps of their own. ``violations`` counts them by table and check, of the run's own range.
    ``interrupted`` says that somebody ended the run. ``failed_checks`` are those of error level that do not block, so
    that the run succeeds in spite of them.
    """

    run_id: str
    success: bool
    seconds: float
    failures: tuple[str, ...]
    step_seconds: Mapping[str, float]
    failed_steps: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
    violations: Mapping[tuple[str, str], int] = field(default_factory=dict)
    failed_checks: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the run and every check of error level passed."""
        return self.success and not self.failed_checks


@dataclass(frozen=True)
class ActiveRun:
    """A run that may still write, the tables it writes, and the host that executes it, empty while none does."""

    run_id: str
    status: dg.DagsterRunStatus
    tables: frozenset[str]
    since: dt.datetime
    host: str


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

    ``force`` ignores active runs in the history, never one that a process of this host executes.
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
    """Runs that may still write one of the tables (two-part names; None: any run), oldest first."""
    wanted = None if tables is None else frozenset(tables)
    found = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(ACTIVE)), ascending=True):
        run = record.dagster_run
        touched = tables_of(definitions, run)
        if wanted is None or touched & wanted:
            since = dt.datetime.fromtimestamp(record.start_time or record.create_timestamp.timestamp(), dt.UTC)
            found.append(ActiveRun(run.run_id, run.status, touched, since, host_of(run)))
    return found


def writers(
    definitions: dg.Definitions, instance: dg.DagsterInstance, tables: Iterable[str], own: str = ""
) -> list[str]:
    """Unfinished runs and Dagster backfills that may write one of the tables, except the run ``own``, a phrase each."""
    wanted = frozenset(tables)
    unfinished = BulkActionsFilter(statuses=[BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING])
    return [
        f"run {run.run_id} ({run.status.value.lower()})"
        for run in active_runs(definitions, instance, wanted)
        if run.run_id != own
    ] + [
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
    with ExitStack() as launching, held(run_id):
        launching.enter_context(_one_launch_at_a_time(current_home().dagster))
        _refuse_while_active(definitions, instance, names, force=force)

        def hear(event: dg.EventLogEntry) -> None:
            launching.close()  # the run stands in the history, where the next launch finds it
            said = event.dagster_event
            if said and said.step_key and said.event_type in _ENDED_STEP:
                progress(said.step_key)

        instance.add_event_listener(run_id, hear)
        result = job.execute_in_process(
            instance=instance,
            asset_selection=list(keys),
            run_id=run_id,
            tags={**range_tags(dates), **here(run_id), **switches.tags, **tags},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    failed = {event.step_key or "": event for event in result.all_events if event.is_step_failure}
    evaluated = [
        (event.step_key or "", event.asset_check_evaluation_data)
        for event in result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    checks = [(step, one) for step, one in evaluated if not one.passed and one.severity is dg.AssetCheckSeverity.ERROR]
    said = {
        step: "; ".join(_in_words(one) for where, one in checks if where == step and one.blocking) for step in failed
    }
    messages = {step: said[step] or message_of(event) for step, event in failed.items()}
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
        violations={
            (name_of(one.asset_key), one.check_name): counted.value or 0
            for _, one in evaluated
            if isinstance(counted := one.metadata.get(VIOLATIONS), dg.IntMetadataValue)
        },
        failed_checks=tuple(f"{name_of(one.asset_key)} {_in_words(one)}" for _, one in checks if not one.blocking),
    )


def _in_words(check: dg.AssetCheckEvaluation) -> str:
    remedy = check.metadata.get("what_to_do")
    return f"{check.check_name}: {check.description}{f' → {remedy.value}' if remedy else ''}"


def _was_interrupted(instance: dg.DagsterInstance, run_id: str, failed: Iterable[dg.DagsterEvent]) -> bool:
    if any(event.step_failure_data.error and interrupts(event.step_failure_data.error) for event in failed):
        return True
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING)


@contextmanager
def _one_launch_at_a_time(folder: Path) -> Generator[None]:
    """Looking for other runs and entering a new one in the history as one, against other processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "launching.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refuse_while_active(
    definitions: dg.Definitions, instance: dg.DagsterInstance, names: Sequence[str], *, force: bool
) -> None:
    close_dead_runs(instance)
    for run in active_runs(definitions, instance, names):
        if force and not is_held_here(run.run_id):
            continue
        where = f"on {run.host}" if run.host else "executed nowhere yet"
        raise PipelineError(
            f"{min(run.tables & set(names))} is locked by run {run.run_id} (since {run.since:%Y-%m-%d %H:%M:%S} UTC, "
            f"{run.status.value}, {where}); two runs never write one table. "
            f"Wait until it has ended, or end it: nba-pipeline stop {run.run_id}"
        )
