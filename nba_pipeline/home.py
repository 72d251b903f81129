"""The home folder: the one place below which everything a run writes lives.

Only paths belong here; what is inside a folder is the business of the module that writes it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "NBA_PIPELINE_HOME"


def pipeline_home() -> Path:
    """The absolute home folder: ``NBA_PIPELINE_HOME``, else ``.nba_pipeline`` in the working directory."""
    return Path(os.environ.get(HOME_VARIABLE) or ".nba_pipeline").expanduser().resolve()


@dataclass(frozen=True)
class Home:
    """Paths inside one home folder."""

    root: Path

    @property
    def landing(self) -> Path:
        """Source files as received, ``landing/<source>/<date>/…``; never changed once written."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """The embedded warehouse, one DuckDB file with a schema per dataset."""
        return self.root / "warehouse.duckdb"

    @property
    def dagster(self) -> Path:
        """Run history, event log and compute logs of the Dagster instance."""
        return self.root / "dagster"

    @property
    def reports(self) -> Path:
        """Reports written for people."""
        return self.root / "reports"


def current_home() -> Home:
    """The home of this process."""
    return Home(pipeline_home())
