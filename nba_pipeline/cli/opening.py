"""Opening what a command works on: the home, its warehouse and its run history. What is done with them is elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nba_pipeline.home import Home, current_home

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from nba_pipeline.warehouse.seam import Warehouse


def warehouse() -> "Warehouse":
    """The warehouse of the current home alone, for commands that need no history."""
    from nba_pipeline.graph.resources import PipelineResource

    return PipelineResource().warehouse()


@contextmanager
def opened() -> Generator[tuple[Home, "Warehouse", "DagsterInstance"]]:
    """The current home, its warehouse, and its instance for as long as the block lasts."""
    from nba_pipeline.instance.home_instance import open_instance

    home = current_home()
    with open_instance(home.root) as instance:
        yield home, warehouse(), instance
