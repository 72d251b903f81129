"""What runs do and did lately, by Dagster's own events: partitions that succeeded, steps that failed, active runs."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.completeness.failures import message_of
from nba_pipeline.document import duration
from nba_pipeline.instance.living_runs import ACTIVE
from nba_pipeline.keys import name_of, run_range, step_in_words
from nba_pipeline.operations.watching import SILENCE

MESSAGE_LENGTH = 150
_FINISHED_STEP = (
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SKIPPED,
)
_FAILURE = frozenset({dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE})


@dataclass(frozen=True)
class RecentFailure:
    """A failed step, or a run that failed without one; ``message`` is at most 150 characters."""

    at: dt.datetime
    run_id: str
    what: str
    message: str


@dataclass(frozen=True)
class ActiveRun:
    """A run that has not ended. ``steps`` is None before the run has a plan; tables and their checks are steps."""

    run_id: str
    status: str
    dates: str
    tables: int
    steps_done: int
    steps: int | None
    silent_for: dt.timedelta

    KEYS = ("run_id", "status", "dates", "tables", "steps_done", "steps", "silent_seconds", "stalled")

    @property
    def silent_seconds(self) -> int:
        """How long ago its last event was."""
        return max(0, round(self.silent_for.total_seconds()))

    @property
    def stalled(self) -> bool:
        """No event for ten minutes; a queued run only waits its turn."""
        return self.status != dg.DagsterRunStatus.QUEUED.value and self.silent_for > SILENCE

    @property
    def cells(self) -> tuple[str, ...]:
        """The run as a row of a table."""
        steps = "not started" if self.steps is None else f"{self.steps_done}/{self.steps} steps"
        silent, mark = f"{duration(self.silent_seconds)} ago", "STALLED" if self.stalled else ""
        return (self.run_id[:8], self.status, self.dates, f"{self.tables} tables", steps, silent, mark)


def cut(message: str, length: int = MESSAGE_LENGTH) -> str:
    """A message on one line of at most ``length`` characters."""
    text = " ".join(message.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def succeeded_since(
    instance: dg.DagsterInstance, tables: Sequence[str], since: dt.datetime
) -> Mapping[str, frozenset[dt.date]]:
    """Partitions of tables that were materialised after a moment, by table; the case of names does not matter."""
    wanted = {table.casefold() for table in tables}
    found: dict[str, frozenset[dt.date]] = {}
    for key in instance.all_asset_keys():
        if name_of(key).casefold() in wanted:
            before = instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=key, before_timestamp=since.timestamp()), limit=1
            ).records
            later = instance.get_materialized_partitions(key, after_cursor=before[0].storage_id if before else None)
            found[name_of(key)] = frozenset(dt.date.fromisoformat(partition) for partition in later)
    return found


def failures_since(instance: dg.DagsterInstance, since: dt.datetime) -> list[RecentFailure]:
    """Failed steps after a moment, and runs that failed without one, newest first."""
    records = {
        record.dagster_run.run_id: record.dagster_run
        for filters in (dg.RunsFilter(updated_after=since), dg.RunsFilter(statuses=list(ACTIVE)))
        for record in instance.get_run_records(filters)
    }
    found = [failure for run in records.values() for failure in _failures_of(instance, run)]
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at, reverse=True)


def _failures_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[RecentFailure]:
    entries = [one.event_log_entry for one in instance.get_records_for_run(run.run_id, of_type=set(_FAILURE)).records]
    events = [(entry.timestamp, entry.get_dagster_event()) for entry in entries]
    failed_steps = [(at, event) for at, event in events if event.is_step_failure]
    for at, event in failed_steps or events:
        message = message_of(event) if event.is_step_failure else event.message or "failed without a message"
        what = f"{step_in_words(event.step_key or 'run')} {_range_of(run)}".strip()
        yield RecentFailure(dt.datetime.fromtimestamp(at, dt.UTC), run.run_id, what, cut(message))


def active_runs(instance: dg.DagsterInstance, at: dt.datetime) -> list[ActiveRun]:
    """Runs that have not ended, newest first."""
    return [_active(instance, record, at) for record in instance.get_run_records(dg.RunsFilter(statuses=list(ACTIVE)))]


def _active(instance: dg.DagsterInstance, record: dg.RunRecord, at: dt.datetime) -> ActiveRun:
    run = record.dagster_run
    newest = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    last = newest[0].timestamp if newest else record.create_timestamp.timestamp()
    plan = run.execution_plan_snapshot_id
    finished = instance.get_records_for_run(run.run_id, of_type=set(_FINISHED_STEP)).records
    return ActiveRun(
        run_id=run.run_id,
        status=run.status.value,
        dates=_range_of(run),
        tables=len(run.asset_selection or ()),
        steps_done=len({one.event_log_entry.step_key for one in finished}),
        steps=len(instance.get_execution_plan_snapshot(plan).step_keys_to_execute) if plan else None,
        silent_for=at - dt.datetime.fromtimestamp(last, dt.UTC),
    )


def _range_of(run: dg.DagsterRun) -> str:
    dates = run_range(run.tags)
    return dates.words if dates else ""
