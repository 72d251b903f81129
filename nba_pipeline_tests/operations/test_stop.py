"""Ending runs: exactly ours, wherever they live, and what is stored stays whole."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id

from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.instance.living_runs import HOST_TAG
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.launch import active_runs
from nba_pipeline.operations.stop import stop
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, SLATES, contents, environment, spoil
from nba_pipeline_tests.operations.test_backfill import CLI, OFFENCE, forget, run

#: Arguments: home, a file to write when it sleeps, and ours for a run of this project.
SLEEPER = """
import sys, time
from pathlib import Path
import dagster as dg
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance

@dg.asset(required_resource_keys={"pipeline"})
def sleeper() -> None:
    Path(sys.argv[2]).write_text("asleep")
    time.sleep(600)

pipeline = PipelineResource() if sys.argv[3] == "ours" else dg.ResourceDefinition.none_resource()
with open_instance(Path(sys.argv[1])) as instance:
    dg.materialize([sleeper], instance=instance, resources={"pipeline": pipeline}, raise_on_error=False)
"""


@pytest.fixture
def sleeping(tmp_path):
    """Start processes in the middle of a run; whatever is left is killed."""
    started = []

    def start(home, whose):
        sign = tmp_path / f"asleep{len(started)}"
        command = [sys.executable, "-c", SLEEPER, str(home), str(sign), whose]
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
    ours, other = sleeping(home, "ours"), sleeping(home, "somebody's")
    said = []
    with open_instance(home) as instance:
        (stopped,) = stop(defs, instance, all_own=True, say=said.append)
        assert (stopped.ended, stopped.what) == (True, "ended: CANCELED; stored partitions are whole")
        assert said == [f"{stopped.id} {stopped.what}"]
        assert ours.wait(timeout=60) is not None
        assert other.poll() is None
        (left,) = active_runs(defs, instance)
        assert (left.run_id != stopped.id, left.host) == (True, "")
        with pytest.raises(UsageError, match="no active run or backfill of this project"):
            stop(defs, instance, ["0000000"])
        with pytest.raises(UsageError, match="is not active: it is CANCELED"):
            stop(defs, instance, [stopped.id])
        assert stop(defs, instance, all_own=True) == []


def test_a_run_of_another_host_is_asked_to_end_and_not_taken_for_ended(tmp_path):
    run_id = make_new_run_id()
    elsewhere = dg.DagsterRun(
        job_name="__ASSET_JOB",
        run_id=run_id,
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({asset_key(OFFENCE)}),
        tags={HOST_TAG: f"elsewhere {run_id[:8]}"},
    )
    with open_instance(tmp_path / "home") as instance:
        instance.add_run(elsewhere)
        (stopped,) = stop(defs, instance, [run_id], wait_seconds=0.5)
        assert (stopped.ended, "has not yet, on elsewhere" in stopped.what) == (False, True)
        assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.CANCELING


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
        with grasped(copied, instance):
            (active,) = active_runs(defs, instance)
            (stopped,) = stop(defs, instance, [instance.get_run_by_id(active.run_id).tags["nba_pipeline/backfill"]])
        assert stopped.ended
        assert process.wait(timeout=120) not in (0, -signal.SIGKILL)
        assert instance.get_run_by_id(active.run_id).status is dg.DagsterRunStatus.CANCELED
    whole = contents(season_start, tables, SEASON_START)
    for name, rows in contents(copied, tables, SEASON_START).items():
        assert set(rows) <= set(whole[name])
    assert run(copied, tables).exit_code == 0
    assert contents(copied, tables, SEASON_START) == whole


@contextmanager
def grasped(home, instance):
    """Holds the warehouse from when a run has stored something: the run waits for it, and cannot end before."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        begun = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        stored = begun and instance.get_records_for_run(
            begun[0].run_id, of_type=dg.DagsterEventType.STEP_SUCCESS, limit=1
        )
        if stored and stored.records:
            with EmbeddedWarehouse(home.warehouse).session():
                yield
            return
        time.sleep(0.02)
    raise AssertionError("no run stored anything")
