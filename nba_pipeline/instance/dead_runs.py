"""Runs whose process is gone: a killed run stays started in the history and keeps its place in the pool until closed.

Only processes of this machine are known; the embedded warehouse is used from one machine anyway.
"""

import dagster as dg

from nba_pipeline.processes import is_alive

_SPEAKING = frozenset({dg.DagsterEventType.RUN_START, dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS})


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark started runs whose process no longer exists as failed and free their places; returns their ids."""
    closed = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])):
        event = _newest_event(instance, run.run_id)
        process = event.dagster_event.pid if event and event.dagster_event else None
        if event is None or process is None or is_alive(process, event.timestamp):
            continue
        message = (
            f"Process {process} of this run no longer exists: it was killed. Stored partitions are whole, old or new; "
            "launch the run again."
        )
        instance.report_run_failed(run, message)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        closed.append(run.run_id)
    return closed


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def closes_dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Frees the pool from runs that were killed."""
    closed = close_dead_runs(context.instance)
    return dg.SkipReason(f"Closed {', '.join(closed)}." if closed else "Every started run has a living process.")


def process_in_events(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that wrote the newest events of a run; None before the first."""
    event = _newest_event(instance, run_id)
    return event.dagster_event.pid if event and event.dagster_event else None


def _newest_event(instance: dg.DagsterInstance, run_id: str) -> dg.EventLogEntry | None:
    records = instance.get_records_for_run(run_id, of_type=set(_SPEAKING), ascending=False, limit=1).records
    return records[0].event_log_entry if records else None
