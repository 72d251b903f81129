"""The home folder: the one place below which everything a run writes lives.

Only paths belong here; what is inside a folder is the business of the module that writes it.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from nba_pipeline.errors import UsageError

HOME_VARIABLE = "NBA_PIPELINE_HOME"
_MISREAD = re.compile(r"\?|%[0-9A-Fa-f]{2}")


def pipeline_home() -> Path:
    """The absolute home folder: ``NBA_PIPELINE_HOME``, else ``.nba_pipeline`` in the working directory.

    Raises:
        UsageError: for a question mark or a percent code (%41) in the path: the databases would open another file.
    """
    home = Path(os.environ.get(HOME_VARIABLE) or ".nba_pipeline").expanduser().resolve()
    if misread := _MISREAD.search(str(home)):
        raise UsageError(
            f"The home {home} has {misread[0]!r} in its path, which the databases read as something else: "
            f"name another by {HOME_VARIABLE}=<folder>."
        )
    return home


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
