"""Resources: the outside things a run touches, one per thing. What is done with them belongs to the assets."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import dagster as dg
from pydantic import Field

from nba_pipeline.home import Home, pipeline_home
from nba_pipeline.instance.living_runs import living
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline.warehouse.seam import Warehouse

#: The code location itself, for jobs that launch runs of its assets.
Code = dg.ResourceParam[dg.Definitions]


class PipelineResource(dg.ConfigurableResource):
    """The home folder and the warehouse in it."""

    home: str = Field(
        default="",
        description="The home folder; empty for NBA_PIPELINE_HOME or .nba_pipeline in the working directory.",
    )
    memory_limit: str = Field(
        default="800MB", description="What the embedded engine may hold in memory before it spills to disk."
    )
    wait_seconds: float = Field(
        default=120.0, description="How long to wait for another process that holds the embedded warehouse."
    )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["PipelineResource"]:
        """Every run of ours uses it, so a run is known to live, and keeps the warehouse open, as long as it does."""
        run, instance = context.run, context.instance
        with (
            living(instance, run) if run and instance and instance.is_persistent else nullcontext(),
            self.warehouse().kept_open(),
        ):
            yield self

    def folder(self) -> Home:
        """The home this resource points at."""
        return Home(Path(self.home).resolve() if self.home else pipeline_home())

    def warehouse(self) -> Warehouse:
        """The warehouse behind the seam."""
        return EmbeddedWarehouse(
            self.folder().warehouse, memory_limit=self.memory_limit, wait_seconds=self.wait_seconds
        )
