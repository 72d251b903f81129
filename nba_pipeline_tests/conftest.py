"""Shared places for tests: a simulated landing folder made once, homes of their own, and what a warehouse holds."""

import datetime as dt
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import load_contracts
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

WEEK = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 21))
#: The bootstrap of 2021-22 and the three slates after it: the shortest range with precompute rows.
SEASON_START = DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 4))
SLATES = DateRange(dt.date(2021, 11, 2), SEASON_START.end)
ANALYTICS = tuple(sorted(name for name in load_contracts() if name.startswith("nba_analytics.")))


@pytest.fixture(scope="session")
def landing(tmp_path_factory) -> Path:
    """The first three slates of a simulated 2021-22 with every fault."""
    from nba_pipeline.simulated import simulate

    root = tmp_path_factory.mktemp("landing")
    simulate(root, seasons=["2021-22"], seed=7, start=WEEK.start, end=WEEK.end, faults="all")
    return root


@pytest.fixture(scope="session")
def new_home(tmp_path_factory, landing):
    """A home folder that shares the simulated landing files, or a given landing folder."""

    def make(source: Path = landing) -> Home:
        home = Home(tmp_path_factory.mktemp("home"))
        home.landing.symlink_to(source)
        return home

    return make


@pytest.fixture
def at_home(monkeypatch):
    """Point this process at a home."""

    def go(home: Home) -> Home:
        monkeypatch.setenv(HOME_VARIABLE, str(home.root))
        return home

    return go


@pytest.fixture(scope="session")
def season_start(tmp_path_factory) -> Home:
    """A home with everything built over the start of a simulated season, by one run; a test that spoils it copies."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.launch import choose_tables, materialise
    from nba_pipeline.simulated import simulate

    home = Home(tmp_path_factory.mktemp("season_start"))
    simulate(home.landing, seasons=["2021-22"], seed=7, start=SEASON_START.start, end=SEASON_START.end, faults="all")
    with open_instance(home.root) as instance:
        outcome = materialise(defs, instance, choose_tables([]), SEASON_START)
    assert outcome.success, outcome.failures
    return home


@pytest.fixture
def copied(season_start, tmp_path, at_home) -> Home:
    """A home with the same warehouse and a history of its own, which a test may spoil."""
    home = at_home(Home(tmp_path / "home"))
    home.root.mkdir()
    shutil.copy(season_start.warehouse, home.warehouse)
    return home


@pytest.fixture
def copied_with_history(season_start, copied) -> Home:
    """The same with the run history and the landing files."""
    shutil.copytree(season_start.dagster, copied.dagster)
    copied.landing.symlink_to(season_start.landing)
    return copied


def spoil(home: Home, *statements: str) -> None:
    """Change the warehouse of a home behind everybody's back."""
    with closing(duckdb.connect(str(home.warehouse))) as con:
        for statement in statements:
            con.execute(statement)


def contents(home: Home, tables=ANALYTICS, dates: DateRange = WEEK) -> dict[str, list[tuple]]:
    """All rows of partitioned tables over a range, in one order."""
    warehouse = EmbeddedWarehouse(home.warehouse)
    held = {}
    for name in tables:
        contract = load_contracts()[name]
        listed = ", ".join(column.name for column in contract.columns)
        table = warehouse.read(
            f"select {listed} from {name} where {contract.partition} between @start_date and @end_date",
            {"start_date": dates.start, "end_date": dates.end},
        )
        held[name] = sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)
    return held


def environment(home: Home) -> dict[str, str]:
    """The environment of a child process that works in a home."""
    return {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"} | {HOME_VARIABLE: str(home.root)}


def cli(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own that works in a home."""
    return subprocess.run(
        [sys.executable, "-c", "from nba_pipeline.cli import main; main()", *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
