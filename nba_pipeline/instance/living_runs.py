"""Which runs live: whoever executes a run holds a lock while it does, and ends when the run is to be cancelled.

Dagster asks no run worker of the kinds used here whether it lives: a killed run would stay started for a day and keep
its place in the pool. The kernel releases the lock of a dead process, whatever becomes of its number. Only this host
knows that: a run says by a tag where it is executed, and what is executed elsewhere is never judged here.
"""

import fcntl
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import dagster as dg
from dagster._utils import send_interrupt

from nba_pipeline.home import current_home

#: Run tag: the host on which a run is executed.
HOST_TAG = "nba_pipeline/host"
#: A run in one of these states may still write.
ACTIVE = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
_LOOK_SECONDS = 0.5
_KEPT: list[IO[str]] = []


def here(run_id: str) -> dict[str, str]:
    """The tag of a run that is executed on this host, with its id: a run that repeats it inherits its tags."""
    return {HOST_TAG: f"{socket.gethostname()} {run_id[:8]}"}


def host_of(run: dg.DagsterRun) -> str:
    """The host that executes a run; empty while none does."""
    host, _, begins = run.tags.get(HOST_TAG, "").rpartition(" ")
    return host if begins and run.run_id.startswith(begins) else ""


@contextmanager
def held(run_id: str) -> Generator[None]:
    """While the block lasts this process is the one that executes the run."""
    with _locked(run_id):
        yield
    _lock_of(run_id).unlink(missing_ok=True)


@contextmanager
def living(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Generator[None]:
    """Inside an executed run: it is interrupted to cancel it, and says where it lives unless its launcher did.

    A process that Dagster starts is that run's alone; it keeps the lock until it ends, because the run's last event
    follows this block.
    """
    if not host_of(run):
        _KEPT.append(_locked(run.run_id))
        instance.add_run_tags(run.run_id, here(run.run_id))
    over = threading.Event()
    threading.Thread(target=_interrupt_when_cancelled, args=(instance, run.run_id, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()


def is_held_here(run_id: str) -> bool:
    """Whether a process of this host executes a run."""
    try:
        with _lock_of(run_id).open("r+") as lock:
            return not _is_free(lock)
    except FileNotFoundError:
        return False


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of this host that nobody executes any more as failed and free their places; returns their ids."""
    closed = []
    begun = [status for status in ACTIVE if status is not dg.DagsterRunStatus.QUEUED]
    for run in instance.get_runs(dg.RunsFilter(statuses=begun)):
        if host_of(run) != socket.gethostname() or is_held_here(run.run_id):
            continue
        now = instance.get_run_by_id(run.run_id)
        if now is None or now.is_finished:  # it ended between the two looks
            continue
        message = (
            "The process of this run no longer exists: it was killed. Stored partitions are whole, old or new; "
            "launch the run again."
        )
        instance.report_run_failed(run, message)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        closed.append(run.run_id)
    for left in _lock_of("").glob("*"):
        run = instance.get_run_by_id(left.name)
        if run and run.is_finished:
            left.unlink(missing_ok=True)
    return closed


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def closes_dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Frees the pool from runs that were killed."""
    closed = close_dead_runs(context.instance)
    return dg.SkipReason(f"Closed {', '.join(closed)}." if closed else "Every started run of this host is alive.")


def _interrupt_when_cancelled(instance: dg.DagsterInstance, run_id: str, over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        run = instance.get_run_by_id(run_id)
        if run and run.status is dg.DagsterRunStatus.CANCELING and not over.is_set():
            send_interrupt()
            return


def _locked(run_id: str) -> IO[str]:
    path = _lock_of(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _lock_of(run_id: str) -> Path:
    return current_home().dagster / "living" / run_id


def _is_free(lock: IO[str]) -> bool:
    """Whether nobody but the asker holds a lock; it is then the asker's alone."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
