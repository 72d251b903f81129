"""What the tests of examinations do with the league without faults: copy it, spoil it, overrule its numbers."""

import datetime as dt

from nba_pipeline.calendar import DateRange
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.home import Home

BOOTSTRAP = DateRange(dt.date(2021, 10, 19), dt.date(2021, 11, 1))


def warehouse_of(home: Home):
    """The warehouse of a home."""
    return PipelineResource(home=str(home.root)).warehouse()


def threshold_file(home: Home, text: str) -> None:
    """Overrule numbers of the catalogue in a home."""
    (home.root / "thresholds.yaml").write_text(text, encoding="utf-8")
