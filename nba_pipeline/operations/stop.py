"""Ending runs of this project, and only those: exactly the process that the run's own events name is interrupted.

Stored partitions stay whole, old or new; what was left is asked for again with the backfill's resume command.
Nothing is ever looked up by the name of a process.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus, PartitionBackfill

from nba_pipeline.errors import UsageError
from nba_pipeline.instance.dead_runs import close_dead_runs
from nba_pipeline.keys import BACKFILL_TAG, LAUNCH_TAG
from nba_pipeline.operations.launch import ACTIVE, NOT_BEGUN, active_runs, process_of
from nba_pipeline.processes import is_alive

_SHORTEST_ID = 6
#: How far the clocks of the kernel and of the history may differ.
_CLOCK_SECONDS = 5.0
_PAUSE_SECONDS = 0.2
_ACTIVE_BACKFILLS = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING]


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

    A queued run is cancelled; a run in another process of this machine is interrupted and waited for.

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


def belongs_to_run(process: int, began: float) -> str:
    """Why a process cannot be the one that spoke for a run at ``began`` (Unix time); empty when it can.

    The kernel gives the number of a dead process to a new one, so the process must be ours, be Python, and have
    started before the run's event.
    """
    known = _known_to_kernel(process)
    if known is None:
        return "no longer exists"
    user, age_seconds, command = known
    if user != os.getuid():
        return "belongs to another user"
    if time.time() - age_seconds > began + _CLOCK_SECONDS:
        return "began after the run: the number was given to another process"
    if not any(word in command for word in ("python", "dagster", "nba-pipeline")):
        return f"is another program ({command[:60]})"
    return ""


def _known_to_kernel(process: int) -> tuple[int, float, str] | None:
    """User, age in seconds and command line of one process; None when it is gone."""
    folder = Path("/proc", str(process))
    if Path("/proc/uptime").exists():
        try:
            user = folder.stat().st_uid
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            began = int((folder / "stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        except (FileNotFoundError, ProcessLookupError):
            return None
        return user, float(Path("/proc/uptime").read_text().split()[0]) - began, command
    asked = ["ps", "-o", "uid=", "-o", "etime=", "-o", "args=", "-p", str(process)]
    words = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split(None, 2)  # noqa: S603
    return (int(words[0]), _seconds(words[1]), words[2]) if len(words) == 3 else None


def _own_runs(definitions: dg.Definitions, instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Active runs of ours, newest first: launched by our commands, or of a job of this code location."""
    active_runs(definitions, instance)  # closes those whose process is gone
    runs = instance.get_runs(dg.RunsFilter(statuses=list(ACTIVE)))
    return [run for run in runs if LAUNCH_TAG in run.tags or _is_ours(definitions, run)]


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
    current = _settled(instance, run, deadline)
    if current.is_finished:
        return Stopped(run.run_id, True, f"had already ended: {current.status.value}")
    process = process_of(instance, current)
    if process is None or current.status in (dg.DagsterRunStatus.QUEUED, *NOT_BEGUN):
        instance.report_run_canceled(current, message="Cancelled by nba-pipeline stop before it began.")
        return Stopped(run.run_id, True, "cancelled before it began")
    if process == os.getpid():
        return Stopped(run.run_id, False, "is a run of this very process: end it by interrupting the command")
    alien = belongs_to_run(process, _began(instance, run.run_id))
    if alien and is_alive(process):
        return Stopped(run.run_id, False, f"left alone: process {process} {alien}")
    if current.status is not dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceling(current, message="nba-pipeline stop")
    if not alien:
        os.kill(process, signal.SIGINT)
    return _waited(instance, run.run_id, process, deadline)


def _settled(instance: dg.DagsterInstance, run: dg.DagsterRun, deadline: float) -> dg.DagsterRun:
    """The run as it is now; one that a living process of ours is just starting gets a moment to begin."""
    current = instance.get_run_by_id(run.run_id) or run
    while current.status in NOT_BEGUN and time.monotonic() < deadline:
        process = process_of(instance, current)
        if process is None or not is_alive(process):
            break
        time.sleep(_PAUSE_SECONDS)
        current = instance.get_run_by_id(run.run_id) or run
    return current


def _waited(instance: dg.DagsterInstance, run_id: str, process: int, deadline: float) -> Stopped:
    while time.monotonic() < deadline:
        close_dead_runs(instance)
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            state = run.status.value if run else "deleted"
            return Stopped(run_id, True, f"ended: {state} (process {process}); stored partitions are whole")
        time.sleep(_PAUSE_SECONDS)
    return Stopped(run_id, False, f"process {process} was interrupted and has not ended yet: look again in a moment")


def _began(instance: dg.DagsterInstance, run_id: str) -> float:
    (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[run_id]), limit=1)
    return record.start_time or record.create_timestamp.timestamp()


def _seconds(elapsed: str) -> float:
    """Seconds from ``ps``: [[days-]hours:]minutes:seconds."""
    days, _, clock = elapsed.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    return int(days or 0) * 86400 + sum(part * 60**place for place, part in enumerate(reversed(parts)))
