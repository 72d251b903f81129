"""What every job of the launchpad that works on dates is asked: the dates, named in one of four ways."""

import dagster as dg
from pydantic import Field

from nba_pipeline.calendar import WINDOWS, DateRange, named_range


class RangeConfig(dg.Config):
    """The dates of a job: first and last, a season, or a window."""

    start: str = Field("", description="First Eastern game date, YYYY-MM-DD.")
    end: str = Field("", description="Last Eastern game date, YYYY-MM-DD.")
    season: str = Field("", description="Instead of dates: a season's label, 2021-22.")
    window: str = Field("", description=f"Instead of dates: a named window, {' or '.join(WINDOWS)}.")

    @property
    def is_empty(self) -> bool:
        """Whether no date is named in any way."""
        return not (self.start or self.end or self.season or self.window)

    def dates(self) -> DateRange:
        """The range.

        Raises:
            UsageError: unless it is named in exactly one way.
        """
        return named_range((), self.start, self.end, self.season, self.window)
