"""Rebuilding tables over a range so that one bad date does not take the others along, and what each date then holds.

Which tables and dates is decided by the callers; how a run is launched is in ``launch``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import TableContract, load_contracts
from nba_pipeline.operations.launch import Progress, materialise
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.validation.coverage import DATE_STATUS, EXPECTED_REASONS, TO_REDO, stored_partitions
from nba_pipeline.warehouse.seam import Warehouse


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


def partition_states(
    warehouse: Warehouse, tables: Sequence[TableContract], dates: DateRange
) -> dict[str, dict[dt.date, str]]:
    """What every date of every table holds: ``rows``, the reason it is rightly empty, ``gap``, or ``missing``."""
    stored = stored_partitions(warehouse, dates)
    warehouse.create([load_contracts()[DATE_STATUS]])
    judged = warehouse.read(
        f"select table_name, analysis_date, status from {DATE_STATUS} "
        "where analysis_date between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    states = {table.name: dict.fromkeys(dates.dates(), "missing") for table in tables}
    for name, state in states.items():
        for day, (rows, reason) in stored.get(name, {}).items():
            empty = reason if reason in EXPECTED_REASONS else "gap"
            state[day] = "missing" if reason in TO_REDO else "rows" if rows else empty
    for row in judged:
        if row["table_name"] in states:
            states[row["table_name"]][row["analysis_date"]] = row["status"]
    return states
