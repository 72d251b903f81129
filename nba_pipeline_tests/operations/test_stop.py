"""Ending runs: exactly ours, by what their own events say, and what is stored stays whole."""

import os
import signal
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id

from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.launch import active_runs
from nba_pipeline.operations.stop import belongs_to_run, stop
from nba_pipeline.processes import is_alive
from nba_pipeline_tests.conftest import SEASON_START, SLATES, contents, environment, spoil
from nba_pipeline_tests.operations.test_backfill import CLI, OFFENCE, forget, run, wait_for_checks

#: Arguments: home, a file to write when it sleeps, the tag of its run.
SLEEPER = """
import sys, time
from pathlib import Path
import dagster as dg
from nba_pipeline.instance.home_instance import open_instance

@dg.asset
def somebody_elses() -> None:
    Path(sys.argv[2]).write_text("asleep")
    time.sleep(600)

with open_instance(Path(sys.argv[1])) as instance:
    dg.materialize([somebody_elses], instance=instance, tags={sys.argv[3]: "yes"}, raise_on_error=False)
"""


@pytest.fixture
def sleeping(tmp_path):
    """Start processes in the middle of a run; whatever is left is killed."""
    started = []

    def start(home, tag):
        sign = tmp_path / f"asleep{len(started)}"
        command = [sys.executable, "-c", SLEEPER, str(home), str(sign), tag]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 120
        while not sign.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert sign.exists()
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_all_of_ours_ends_and_nothing_else(sleeping, tmp_path):
    home = tmp_path / "home"
    ours, other = sleeping(home, "nba_pipeline/launch"), sleeping(home, "team")
    said = []
    with open_instance(home) as instance:
        (stopped,) = stop(defs, instance, all_own=True, say=said.append)
        assert stopped.ended
        assert f"CANCELED (process {ours.pid})" in stopped.what
        assert ours.wait(timeout=60) is not None
        assert is_alive(other.pid)
        (left,) = active_runs(defs, instance)
        assert left.process == other.pid
        with pytest.raises(UsageError, match="no active run or backfill of this project"):
            stop(defs, instance, ["0000000"])
        with pytest.raises(UsageError, match="is not active: it is CANCELED"):
            stop(defs, instance, [stopped.id])
        assert stop(defs, instance, all_own=True) == []


def test_a_run_that_waits_is_cancelled(tmp_path):
    waiting = dg.DagsterRun(
        job_name="__ASSET_JOB",
        run_id=make_new_run_id(),
        status=dg.DagsterRunStatus.NOT_STARTED,
        asset_selection=frozenset({asset_key(OFFENCE)}),
    )
    with open_instance(tmp_path / "home") as instance:
        instance.add_run(waiting)
        (stopped,) = stop(defs, instance, [waiting.run_id[:8]])
        assert (stopped.ended, stopped.what) == (True, "cancelled before it began")
        assert instance.get_run_by_id(waiting.run_id).status is dg.DagsterRunStatus.CANCELED


def test_a_process_that_took_over_a_number_is_left_alone():
    process = subprocess.Popen(["sleep", "600"])
    try:
        assert "is another program" in belongs_to_run(process.pid, time.time())
        assert "began after the run" in belongs_to_run(os.getpid(), 0.0)
        assert belongs_to_run(os.getpid(), time.time()) == ""
    finally:
        process.kill()
        process.wait()
    assert belongs_to_run(process.pid, time.time()) == "no longer exists"


def test_nothing_named_is_refused(tmp_path):
    with open_instance(tmp_path / "home") as instance, pytest.raises(UsageError, match="say --all-own"):
        stop(defs, instance)


def test_a_stopped_backfill_leaves_whole_partitions_and_goes_on_when_asked_again(season_start, copied):
    tables = [one.name for one in phase_tables(3)]
    spoil(copied, *(statement for name in tables for statement in forget(name, "11-02", "11-03", "11-04")))
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "backfill", "phase3", str(SLATES.start), str(SLATES.end)],
        env=environment(copied),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with open_instance(copied.root) as instance:
        wait_for_checks(instance, process)
        (active,) = active_runs(defs, instance)
        assert active.process == process.pid
        (stopped,) = stop(defs, instance, [instance.get_run_by_id(active.run_id).tags["nba_pipeline/backfill"]])
        assert stopped.ended
        assert process.wait(timeout=120) not in (0, -signal.SIGKILL)
        assert instance.get_run_by_id(active.run_id).status is dg.DagsterRunStatus.CANCELED
    whole = contents(season_start, tables, SEASON_START)
    for name, rows in contents(copied, tables, SEASON_START).items():
        assert set(rows) <= set(whole[name])
    assert run(copied, tables).exit_code == 0
    assert contents(copied, tables, SEASON_START) == whole
