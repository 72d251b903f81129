"""Shared places for tests: a simulated landing folder made once, homes of their own, and what a warehouse holds."""

import datetime as dt
import fcntl
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, redirect_stderr, redirect_stdout
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.cli import main
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.simulated import simulate
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

WEEK = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 21))
#: The bootstrap of 2021-22 and the three slates after it: the shortest range with precompute rows.
SEASON_START = DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 4))
SLATES = DateRange(dt.date(2021, 11, 2), SEASON_START.end)
ANALYTICS = tuple(sorted(name for name in load_contracts() if name.startswith("nba_analytics.")))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Make a folder once for all workers of a session; not to be changed by a test."""

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        own = tmp_path_factory.getbasetemp()
        shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
        folder, made = shared / name, shared / f"{name}.made"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                made.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def built_league(once):
    """A home with everything built over the start of a simulated season, by one run, with faults or without."""

    def built(root: Path, faults: str) -> None:
        home = Home(root)
        simulate(home.landing, ["2021-22"], 7, SEASON_START.start, SEASON_START.end, faults=faults)
        with open_instance(home.root) as instance:
            outcome = materialise(defs, instance, choose_tables([]), SEASON_START)
        assert outcome.success, outcome.failures

    return lambda faults: Home(once(f"league_{faults}", lambda root: built(root, faults)))


@pytest.fixture(scope="session")
def landing(once) -> Path:
    """The first three slates of a simulated 2021-22 with every fault."""
    return once("landing", lambda root: simulate(root, ["2021-22"], 7, WEEK.start, WEEK.end, faults="all"))


@pytest.fixture(scope="session")
def three_slates(once, landing) -> Home:
    """The same slates built by Dagster's own command, as the README says."""

    def built(root: Path) -> None:
        home = Home(root)
        home.landing.symlink_to(landing)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "dagster", "asset", "materialize", "-m", "nba_pipeline.definitions"),
                *("--select", "*", "--partition-range", f"{WEEK.start}...{WEEK.end}"),
            ],
            cwd=Path(__file__).parent.parent,
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    return Home(once("three_slates", built))


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
def new_instance(once):
    """Open the instance of a home in which nothing has run: a copy, because making its databases takes a while."""

    def made(root: Path) -> None:
        with open_instance(root):
            pass

    empty = Home(once("nothing_ran", made))

    def opened(root: Path) -> AbstractContextManager[dg.DagsterInstance]:
        shutil.copytree(empty.dagster, Home(root).dagster)
        return open_instance(root)

    return opened


@pytest.fixture(scope="session")
def season_start(built_league) -> Home:
    """The league with every fault; a test that spoils it copies."""
    return built_league("all")


@pytest.fixture(scope="session")
def sound_league(built_league) -> Home:
    """The league without faults; a test that spoils it copies."""
    return built_league("none")


@pytest.fixture
def copied(season_start, new_instance, tmp_path, at_home) -> Home:
    """A home with the same warehouse and a history of its own, which a test may spoil."""
    home = at_home(Home(tmp_path / "home"))
    with new_instance(home.root):
        shutil.copy(season_start.warehouse, home.warehouse)
    return home


@pytest.fixture
def copied_with_history(season_start, tmp_path, at_home) -> Home:
    """The same with the run history and the landing files."""
    return at_home(copy_of(season_start, tmp_path / "home"))


@pytest.fixture
def own_slates(three_slates, tmp_path, at_home) -> Home:
    """The three slates with landing files of their own, where a test may put more; without a history."""
    home = at_home(Home(tmp_path / "home"))
    shutil.copytree(three_slates.landing, home.landing)
    shutil.copy(three_slates.warehouse, home.warehouse)
    return home


def copy_of(home: Home, folder: Path) -> Home:
    """Warehouse and run history of a home, to be spoilt, and its landing files, to be read only."""
    copied = Home(folder)
    copied.root.mkdir()
    shutil.copy(home.warehouse, copied.warehouse)
    shutil.copytree(home.dagster, copied.dagster)
    copied.landing.symlink_to(home.landing)
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
    """The command line in a home, without the seconds that a process of its own needs to load."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    umask = os.umask(0o022)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv(HOME_VARIABLE, str(home.root))
        patch.setattr(sys, "argv", ["nba-pipeline", *arguments])
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            os.umask(umask)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
