"""Ending runs of this project, and only those: they are marked as to be cancelled, and whoever executes one ends it.

Stored partitions stay whole, old or new; what was left is asked for again with the backfill's resume command. How a
run hears of it stands in ``instance.living_runs``; nothing here looks at processes, so a run may live on any host.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus, PartitionBackfill

from nba_pipeline.errors import UsageError
from nba_pipeline.instance.living_runs import ACTIVE, close_dead_runs, host_of
from nba_pipeline.keys import BACKFILL_TAG

_SHORTEST_ID = 6
_PAUSE_SECONDS = 0.2
_ACTIVE_BACKFILLS = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING]
_NOT_BEGUN = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING)


@dataclass(frozen=True)
class Stopped:
    """What became of one run, or of one backfill of Dagster's; ``ended`` is False when it still goes on."""

    id: str
    ended: bool
    what: str


def stop(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    ids: Sequence[str] = (),
    *,
    all_own: bool = False,
    wait_seconds: float = 60.0,
    say: Callable[[str], None] = lambda _: None,
) -> list[Stopped]:
    """End runs of ours, named by run id (or its beginning) or by the id of a backfill; all of ours with ``all_own``.

    A run that nobody executes yet is cancelled; another one is asked to end and waited for.

    Raises:
        UsageError: when nothing is named, or an id means no active run of ours.
    """
    if not ids and not all_own:
        raise UsageError("Name a run or a backfill, or say --all-own.")
    runs = _own_runs(definitions, instance)
    backfills = _own_backfills(definitions, instance)
    if not all_own:
        for wanted in ids:
            if not any(_means(wanted, run) for run in runs) and not any(wanted == one.backfill_id for one in backfills):
                raise UsageError(_unknown(instance, wanted))
        runs = [run for run in runs if any(_means(wanted, run) for wanted in ids)]
        backfills = [one for one in backfills if one.backfill_id in ids]
    stopped = []
    for backfill in backfills:
        # Before its runs, so that the daemon launches no new ones.
        instance.update_backfill(backfill.with_status(BulkActionStatus.CANCELING))
        stopped.append(Stopped(backfill.backfill_id, True, "backfill: no new runs; the daemon closes it"))
        say(f"{stopped[-1].id} {stopped[-1].what}")
    for run in runs:
        stopped.append(_end(instance, run, wait_seconds))
        say(f"{stopped[-1].id} {stopped[-1].what}")
    return stopped


def _own_runs(definitions: dg.Definitions, instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Active runs of ours, newest first: they say where they live, or are of a job of this code location."""
    close_dead_runs(instance)
    runs = instance.get_runs(dg.RunsFilter(statuses=list(ACTIVE)))
    return [run for run in runs if host_of(run) or _is_ours(definitions, run)]


def _is_ours(definitions: dg.Definitions, run: dg.DagsterRun) -> bool:
    repository = definitions.get_repository_def()
    selected = {*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())}
    if selected:
        return selected <= set(repository.asset_graph.get_all_asset_keys())
    return repository.has_job(run.job_name)


def _own_backfills(definitions: dg.Definitions, instance: dg.DagsterInstance) -> list[PartitionBackfill]:
    known = definitions.get_repository_def().asset_graph.get_all_asset_keys()
    active = instance.get_backfills(filters=BulkActionsFilter(statuses=_ACTIVE_BACKFILLS))
    return [one for one in active if one.asset_selection and set(one.asset_selection) <= set(known)]


def _means(wanted: str, run: dg.DagsterRun) -> bool:
    backfills = {run.tags.get(BACKFILL_TAG), run.tags.get("dagster/backfill")}
    return wanted in backfills or (len(wanted) >= _SHORTEST_ID and run.run_id.startswith(wanted))


def _unknown(instance: dg.DagsterInstance, wanted: str) -> str:
    run = instance.get_run_by_id(wanted)
    if run is None:
        return (
            f"{wanted!r} is no active run or backfill of this project: nba-pipeline stop --all-own ends all there are."
        )
    return f"Run {wanted} is not active: it is {run.status.value}."


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun, wait_seconds: float) -> Stopped:
    deadline = time.monotonic() + wait_seconds
    asked = False
    while True:
        close_dead_runs(instance)
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:
            state = now.status.value if now else "deleted"
            return Stopped(run.run_id, True, f"ended: {state}; stored partitions are whole")
        begun = now.status not in (dg.DagsterRunStatus.QUEUED, *_NOT_BEGUN)
        if not begun and not host_of(now):
            instance.report_run_canceled(now, message="Cancelled by nba-pipeline stop before it began.")
            return Stopped(run.run_id, True, "cancelled before it began")
        if begun and not asked:  # one that is just starting would forget it
            instance.report_run_canceling(now, message="nba-pipeline stop")
            asked = True
        if time.monotonic() > deadline:
            where = host_of(now) or "an unknown host"
            return Stopped(run.run_id, False, f"was asked to end and has not yet, on {where}: look again in a moment")
        time.sleep(_PAUSE_SECONDS)
