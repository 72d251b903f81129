"""Rebuilding tables over a range so that one bad date does not take the others along.

Which tables and dates is decided by the callers; how a run is launched is in ``launch``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.table import TableContract
from nba_pipeline.operations.launch import Progress, materialise
from nba_pipeline.switches import DEFAULT, Switches


@dataclass(frozen=True)
class Rebuilt:
    """How a rebuild ended: the runs it took, and the message of every date that failed."""

    dates: DateRange
    run_ids: tuple[str, ...]
    seconds: float
    failed: Mapping[dt.date, str] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether every date was computed and passed its blocking checks."""
        return not self.failed

    @property
    def succeeded(self) -> list[dt.date]:
        """The dates that were computed."""
        return [day for day in self.dates.dates() if day not in self.failed]


def rebuild(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    tables: Sequence[TableContract],
    dates: DateRange,
    progress: Progress = lambda _: None,
    *,
    switches: Switches = DEFAULT,
) -> Rebuilt:
    """Materialise tables over a range as one run; when it fails, date by date, so that only bad dates stay behind."""
    whole = materialise(definitions, instance, tables, dates, progress, switches=switches)
    if whole.success:
        return Rebuilt(dates, (whole.run_id,), whole.seconds)
    if len(dates) == 1:
        return Rebuilt(dates, (whole.run_id,), whole.seconds, {dates.start: "; ".join(whole.failures)})
    run_ids, seconds, failed = [whole.run_id], whole.seconds, {}
    for day in dates.dates():
        single = materialise(definitions, instance, tables, DateRange(day, day), progress, switches=switches)
        run_ids.append(single.run_id)
        seconds += single.seconds
        if not single.success:
            failed[day] = "; ".join(single.failures)
    return Rebuilt(dates, tuple(run_ids), seconds, failed)
