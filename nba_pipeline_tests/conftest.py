"""Shared places for tests: a simulated landing folder made once, homes of their own, and what a warehouse holds."""

import datetime as dt
import os
from pathlib import Path

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import load_contracts
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

WEEK = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 21))
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
