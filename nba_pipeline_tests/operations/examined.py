"""A small built league that the tests of examinations copy and spoil: 17 slates of 2021-22 without faults."""

import datetime as dt
import shutil
from pathlib import Path

from nba_pipeline.calendar import DateRange
from nba_pipeline.definitions import defs
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.simulated import simulate

DATES = DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 4))
BOOTSTRAP = DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 1))
_BUILT: dict[str, Home] = {}


def built(tmp_path_factory) -> Home:
    """The built home, once per test session; not to be changed."""
    if "home" not in _BUILT:
        home = Home(tmp_path_factory.mktemp("examined"))
        simulate(home.landing, seasons=["2021-22"], seed=7, start=DATES.start, end=DATES.end, faults="none")
        with open_instance(home.root) as instance:
            outcome = materialise(defs, instance, choose_tables([]), DATES)
        assert outcome.success, outcome.failures
        _BUILT["home"] = home
    return _BUILT["home"]


def copy_of(home: Home, folder: Path) -> Home:
    """Warehouse and run history of a home, to be spoilt."""
    copied = Home(folder)
    copied.root.mkdir()
    shutil.copy(home.warehouse, copied.warehouse)
    shutil.copytree(home.dagster, copied.dagster)
    return copied


def warehouse_of(home: Home):
    """The warehouse of a home."""
    return PipelineResource(home=str(home.root)).warehouse()


def threshold_file(home: Home, text: str) -> None:
    """Overrule numbers of the catalogue in a home."""
    (home.root / "thresholds.yaml").write_text(text, encoding="utf-8")
