"""Launching Dagster runs from our own commands: the same jobs, tags and instance as the UI and ``dagster`` use."""

import datetime as dt
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import TableContract, runnable_contracts
from nba_pipeline.errors import UsageError
from nba_pipeline.graph.assets import asset_key
from nba_pipeline.graph.switches import DEFAULT, Switches

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How one run ended; ``step_seconds`` by step key, checks as steps of their own."""

    run_id: str
    success: bool
    seconds: float
    failures: tuple[str, ...]
    step_seconds: Mapping[str, float]


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
    instance: dg.DagsterInstance,
    tables: Sequence[TableContract],
    dates: DateRange,
    progress: Progress = lambda _: None,
    switches: Switches = DEFAULT,
) -> Outcome:
    """Materialise tables over a range as one Dagster run, checks included; ``progress`` hears each finished step."""
    from nba_pipeline.definitions import defs  # loading the graph takes a second that --help can spare

    keys = [asset_key(table.name) for table in tables]
    job = defs.resolve_implicit_global_asset_job_def()
    started = time.monotonic()
    watcher = _StepWatcher(instance, progress)
    with watcher:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=keys,
            tags={
                "dagster/asset_partition_range_start": dates.start.isoformat(),
                "dagster/asset_partition_range_end": dates.end.isoformat(),
                watcher.tag: watcher.value,
                **switches.tags,
            },
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    failures = tuple(f"{event.step_key}: {_message(event)}" for event in result.all_events if event.is_step_failure)
    steps = {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key
    }
    return Outcome(result.run_id, result.success, time.monotonic() - started, failures, steps)


def _message(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.error and data.error.cls_name == "DagsterExecutionInterruptedError":
        return "interrupted; stored partitions are whole"
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error and error.cause:
        error = error.cause
    lines = [line.strip() for line in error.message.splitlines() if line.strip()] if error else []
    return " ".join(lines[:4]) or "failed without a message"


class _StepWatcher:
    """Reports the finished steps of the run that carries its tag, from a thread of its own."""

    tag = "nba_pipeline/launch"  # who launched it; distinct for every launch

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
