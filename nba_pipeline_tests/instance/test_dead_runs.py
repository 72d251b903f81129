"""A run whose process was killed is closed, a living one is left alone."""

import os
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster import DagsterEvent

from nba_pipeline.instance.dead_runs import close_dead_runs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.processes import is_alive

SLEEPER = """
import sys, time
from pathlib import Path
import dagster as dg
from nba_pipeline.instance.home_instance import open_instance

@dg.asset
def sleeper() -> None:
    Path(sys.argv[2]).write_text("asleep")
    time.sleep(600)

with open_instance(Path(sys.argv[1])) as instance:
    dg.materialize([sleeper], instance=instance)
"""


@pytest.fixture
def sleeping(tmp_path):
    """A process in the middle of a run."""
    sign = tmp_path / "asleep"
    process = subprocess.Popen([sys.executable, "-c", SLEEPER, str(tmp_path / "home"), str(sign)])
    deadline = time.monotonic() + 120
    while not sign.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sign.exists()
    yield process
    process.kill()
    process.wait()


def test_a_killed_run_is_closed_and_a_living_one_is_not(sleeping, tmp_path):
    with open_instance(tmp_path / "home") as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED
        assert close_dead_runs(instance) == []
        sleeping.kill()
        sleeping.wait()
        assert close_dead_runs(instance) == [run.run_id]
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert close_dead_runs(instance) == []
        told = [entry.message for entry in instance.all_logs(run.run_id) if entry.message]
        assert any("it was killed" in message for message in told), told


def test_the_own_process_is_alive():
    assert is_alive(os.getpid())


def test_a_process_that_began_later_than_its_id_spoke_is_another_one():
    assert is_alive(os.getpid(), time.time())
    assert not is_alive(os.getpid(), time.time() - 7 * 86400)
    assert not is_alive(1, 0.0)


def test_a_run_whose_process_id_was_given_to_another_process_is_closed(tmp_path):
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def ended() -> None:
        nothing()

    with open_instance(tmp_path / "home") as instance:
        run = instance.create_run_for_job(ended, status=dg.DagsterRunStatus.STARTED)
        event = DagsterEvent(dg.DagsterEventType.RUN_START.value, "ended", message="began", pid=os.getpid())
        month_ago = time.time() - 30 * 86400
        instance.handle_new_event(
            dg.EventLogEntry(
                error_info=None,
                user_message="",
                level=20,
                run_id=run.run_id,
                timestamp=month_ago,
                dagster_event=event,
            )
        )
        assert close_dead_runs(instance) == [run.run_id]
