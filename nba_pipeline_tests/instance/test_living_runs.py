"""A run whose process was killed is closed; a living one, and one of another host, is left alone."""

import socket
import subprocess
import sys
import time

import dagster as dg
import pytest

from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.instance.living_runs import HOST_TAG, close_dead_runs, held, here, host_of, living

#: Arguments: a home, a file to write when the run sleeps.
SLEEPER = """
import sys, time
from pathlib import Path
import dagster as dg
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance

@dg.asset
def sleeper(pipeline: PipelineResource) -> None:
    Path(sys.argv[2]).write_text("asleep")
    time.sleep(600)

with open_instance(Path(sys.argv[1])) as instance:
    dg.materialize([sleeper], instance=instance, resources={"pipeline": PipelineResource()}, raise_on_error=False)
"""


@pytest.fixture
def sleeping(tmp_path):
    """A process in the middle of a run of the home ``home``, as Dagster's own command makes it."""
    sign = tmp_path / "asleep"
    process = subprocess.Popen([sys.executable, "-c", SLEEPER, str(tmp_path / "home"), str(sign)])
    deadline = time.monotonic() + 120
    while not sign.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sign.exists()
    yield process
    process.kill()
    process.wait()


@dg.op
def nothing() -> None: ...


@dg.job
def anything() -> None:
    nothing()


def test_a_killed_run_is_closed_and_a_living_one_is_not(sleeping, tmp_path):
    with open_instance(tmp_path / "home") as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED
        assert host_of(run) == socket.gethostname()
        assert close_dead_runs(instance) == []
        sleeping.kill()
        sleeping.wait()
        assert close_dead_runs(instance) == [run.run_id]
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert close_dead_runs(instance) == []
        told = [entry.message for entry in instance.all_logs(run.run_id) if entry.message]
        assert any("it was killed" in message for message in told), told


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        (here, True),
        (lambda run_id: {HOST_TAG: f"elsewhere {run_id[:8]}"}, False),
        (lambda _: {}, False),
        (lambda _: here("0123456789"), False),
    ],
    ids=["here", "on another host", "nobody says where", "repeats a run of this host"],
)
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_only_runs_of_this_host_are_judged_by_its_processes(tmp_path, tags, closed, status):
    """A run of another host has no process here, and lives all the same."""
    with open_instance(tmp_path / "home") as instance:
        run = instance.create_run_for_job(anything, status=status)
        instance.add_run_tags(run.run_id, tags(run.run_id))
        assert close_dead_runs(instance) == ([run.run_id] if closed else [])
        after = instance.get_run_by_id(run.run_id).status
        assert after is (dg.DagsterRunStatus.FAILURE if closed else status)


def test_a_run_of_this_process_lives_until_it_is_over(tmp_path):
    with open_instance(tmp_path / "home") as instance:
        run = instance.create_run_for_job(anything, status=dg.DagsterRunStatus.STARTED)
        instance.add_run_tags(run.run_id, here(run.run_id))
        with held(run.run_id):
            assert close_dead_runs(instance) == []
        assert not list((tmp_path / "home" / "dagster" / "living").iterdir())
        assert close_dead_runs(instance) == [run.run_id]


def test_the_lock_of_a_run_that_has_ended_is_cleared_away(tmp_path):
    with open_instance(tmp_path / "home") as instance:
        run = instance.create_run_for_job(anything, status=dg.DagsterRunStatus.STARTED)
        with living(instance, run):
            pass
        (lock,) = (tmp_path / "home" / "dagster" / "living").iterdir()
        assert close_dead_runs(instance) == []
        assert lock.exists(), "its last event is still to come"
        instance.report_run_failed(run)
        assert close_dead_runs(instance) == []
        assert not lock.exists()
