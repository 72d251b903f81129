"""A home that cannot be used is answered by one sentence with a remedy; what is written is its owner's alone."""

import os
import subprocess
import sys

import pytest

from nba_pipeline.home import Home
from nba_pipeline_tests.conftest import cli

ONE_DATE = ("--start", "2021-10-19", "--end", "2021-10-19")


def command(home, *words):
    """A process of its own, which begins with the rights that most users' files have."""
    return subprocess.run(
        [sys.executable, "-c", "from nba_pipeline.cli import main; main()", *words],
        env=os.environ | {"NBA_PIPELINE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
    )


def the_sentence(ended):
    (line,) = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("name", ["what?", "a%41b"])
def test_a_path_the_databases_misread_is_refused(tmp_path, name):
    ended = cli(Home(tmp_path / name), "status")
    assert ended.returncode == 3
    assert "NBA_PIPELINE_HOME=" in the_sentence(ended)


def test_a_file_in_the_place_of_the_home(tmp_path):
    (tmp_path / "home").write_text("a file")
    ended = cli(Home(tmp_path / "home"), "status")
    assert ended.returncode == 1
    assert f"{tmp_path / 'home'}" in the_sentence(ended)
    assert "in the way" in the_sentence(ended)


def test_a_damaged_run_history(tmp_path):
    history = tmp_path / "dagster" / "history" / "runs.db"
    for path in (history, tmp_path / "dagster" / "runs" / "runs.db"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"no database, whatever its name says" * 500)
    ended = command(tmp_path, "materialize", "nbac_schedule", "--partition-range", "2021-10-19")
    assert ended.returncode == 1
    assert "the file is damaged: move" in the_sentence(ended)


def test_brackets_in_the_path_and_files_of_the_owner_alone(tmp_path):
    home = tmp_path / "[ab] home"
    assert command(home, "ingest", "simulated", *ONE_DATE).returncode == 0
    ended = command(home, "materialize", "nbac_schedule", "--partition-range", "2021-10-19")
    assert ended.returncode == 0, ended.stderr
    written = [path for path in home.rglob("*") if path.is_file()]
    assert home / "warehouse.duckdb" in written
    assert [path for path in written if path.stat().st_mode & 0o077] == []
