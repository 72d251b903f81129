"""What failed and is not repaired yet: partitions with the run, the step and the first line of the error.

The history and the check steps know it; nothing is stored here. Running it again is a plan of ``backfill``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._utils.error import SerializableErrorInfo

from nba_pipeline.calendar import EPOCH, DateRange, last_partition
from nba_pipeline.completeness.states import States, partition_states
from nba_pipeline.completeness.violations import open_errors
from nba_pipeline.contract.catalog import in_flow, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.keys import BACKFILL_TAG, asset_key, checks_step_of, step_of
from nba_pipeline.warehouse.seam import Warehouse

Partition = tuple[str, dt.date]

_INTERRUPTED = "DagsterExecutionInterruptedError"
_ENDS = frozenset({dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED})


@dataclass(frozen=True)
class FailedPartition:
    """One partition whose latest run failed before it stored it, or whose stored rows break an error-level check.

    ``run_id``, ``at`` (UTC) and ``step`` say where that happened, as far as the history still knows.
    """

    table: str
    date: dt.date
    run_id: str | None
    at: dt.datetime | None
    step: str | None
    error: str

    @property
    def line(self) -> str:
        """The partition as a line of a failure file: table, date, run, time, step and error, separated by tabs."""
        at = f"{self.at:%Y-%m-%d %H:%M:%S}" if self.at else ""
        return "\t".join((self.table, self.date.isoformat(), self.run_id or "", at, self.step or "", self.error))

    @property
    def words(self) -> str:
        """The partition for people."""
        at = f"{self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at else "unknown time"
        return (
            f"{self.date} {self.table}: {self.error} (run {self.run_id or 'unknown'}, {at}, {self.step or 'no step'})"
        )

    @property
    def document(self) -> dict[str, Any]:
        """The partition for machines."""
        return {"run" if name == "run_id" else name: value for name, value in vars(self).items()}


@dataclass(frozen=True)
class _Cause:
    at: dt.datetime
    step: str | None
    error: str
    is_interruption: bool


def failed(
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    dates: DateRange | None = None,
    *,
    tables: Sequence[TableContract] | None = None,
    backfill: str = "",
) -> list[FailedPartition]:
    """Failed partitions of a range (None: all), in date order, upstream first; of one backfill's runs when given."""
    dates = dates or DateRange(EPOCH, last_partition())
    chosen = in_flow(table.name for table in tables or runnable_contracts().values() if table.partition)
    runs = {run.run_id for run in instance.get_runs(dg.RunsFilter(tags={BACKFILL_TAG: backfill}))} if backfill else None
    causes: dict[str, list[_Cause]] = {}
    found = [
        FailedPartition(name, day, run_id, *_why(_causes(instance, run_id, causes), name))
        for name, runs in _failed_runs(
            instance, chosen, dates, causes, lambda: partition_states(warehouse, dates)
        ).items()
        for day, run_id in runs.items()
    ]
    found += _failed_checks(instance, open_errors(warehouse, [table.name for table in chosen], dates))
    order = {table.name: place for place, table in enumerate(chosen)}
    unique = {(one.table, one.date): one for one in found if runs is None or one.run_id in runs}
    return sorted(unique.values(), key=lambda one: (one.date, order[one.table]))


def failed_dates(
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    tables: Iterable[TableContract],
    dates: DateRange,
    read: Callable[[], States] | None = None,
) -> dict[str, list[dt.date]]:
    """Partitions whose latest run failed before it stored them, by table; tables without any are left out.

    ``read`` gives the states of the range, for whoever reads them anyway.
    """
    found = _failed_runs(instance, tables, dates, {}, read or (lambda: partition_states(warehouse, dates)))
    return {name: list(days) for name, days in found.items()}


def _failed_runs(
    instance: dg.DagsterInstance,
    tables: Iterable[TableContract],
    dates: DateRange,
    causes: dict[str, list[_Cause]],
    read: Callable[[], States],
) -> dict[str, dict[dt.date, str]]:
    """The run that was to store a partition last and failed before it did, by table and date.

    A run that was killed before it came to a date that is whole from an earlier run failed nothing there.
    """
    runs = {run.run_id: run for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))}
    selections = [run.asset_selection for run in runs.values()]
    found: dict[str, dict[dt.date, str]] = {}
    states: States = {}
    for table in tables:
        key = asset_key(table.name)
        if table.partition and any(not chosen or key in chosen for chosen in selections):
            failed = {day: run_id for day, run_id in _attempts(instance, key, dates).items() if run_id in runs}
            states = states or (read() if failed else {})
            for day, run_id in sorted(failed.items()):
                held = states.get(table.name, {}).get(day)
                is_whole = held is not None and held.is_covered
                if not (is_whole and _was_killed(_causes(instance, run_id, causes))):
                    found.setdefault(table.name, {})[day] = run_id
    return found


def _was_killed(causes: Iterable[_Cause]) -> bool:
    return all(one.is_interruption for one in causes)


def _attempts(instance: dg.DagsterInstance, key: dg.AssetKey, dates: DateRange) -> dict[dt.date, str]:
    """The run that was to store a date last and did not."""
    attempts = instance.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        key
    )
    days = {dt.date.fromisoformat(key): run_id for key, (run_id, _) in attempts.items()}
    return {day: run_id for day, run_id in days.items() if dates.start <= day <= dates.end}


def last_backfill(instance: dg.DagsterInstance) -> str:
    """The id of the newest backfill of ours.

    Raises:
        UsageError: when there was none.
    """
    for run in instance.get_runs(limit=1000):
        if BACKFILL_TAG in run.tags:
            return run.tags[BACKFILL_TAG]
    raise UsageError("There was no backfill yet: name dates instead.")


def partitions_of(found: Iterable[FailedPartition]) -> dict[str, list[dt.date]]:
    """Dates by table, as a plan takes them."""
    partitions: dict[str, list[dt.date]] = {}
    for one in found:
        partitions.setdefault(one.table, []).append(one.date)
    return partitions


def read_failures(text: str) -> dict[str, list[dt.date]]:
    """Dates by table from a failure file: table and date lead each line, the rest is for people.

    Raises:
        UsageError: for a line that names no table with partitions, or no date.
    """
    known = {name for name, table in runnable_contracts().items() if table.partition}
    partitions: dict[str, list[dt.date]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or words[0] not in known:
            raise UsageError(f"Line {number} ({line!r}) does not begin with a table and a date.")
        try:
            day = dt.date.fromisoformat(words[1])
        except ValueError as error:
            raise UsageError(f"Line {number}: {words[1]!r} is no date, write YYYY-MM-DD.") from error
        if not EPOCH <= day <= last_partition():
            raise UsageError(f"Line {number}: {day} is outside the calendar ({EPOCH} to {last_partition()}).")
        partitions.setdefault(words[0], []).append(day)
    return partitions


def _failed_checks(
    instance: dg.DagsterInstance, errors: Mapping[tuple[str, dt.date], str]
) -> Iterable[FailedPartition]:
    for (name, day), error in errors.items():
        stored = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=asset_key(name), asset_partitions=[day.isoformat()]), limit=1
        ).records
        yield FailedPartition(
            table=name,
            date=day,
            run_id=stored[0].run_id if stored else None,
            at=_time(stored[0].timestamp) if stored else None,
            step=checks_step_of(name),
            error=error,
        )


def _why(causes: Sequence[_Cause], table: str) -> tuple[dt.datetime | None, str | None, str]:
    """Why a run did not store a table: its own step, else the first step that failed, else how the run ended."""
    own = step_of(table)
    cause = next((one for one in causes if one.step == own), next(iter(causes), None))
    return (cause.at, cause.step, cause.error) if cause else (None, None, "the history no longer says why")


def _causes(instance: dg.DagsterInstance, run_id: str, known: dict[str, list[_Cause]]) -> list[_Cause]:
    """What went wrong in a run, looked up once: its failed steps, else how it ended."""
    if run_id not in known:
        steps, ends = [], []
        for record in instance.get_records_for_run(run_id, of_type=set(_ENDS)).records:
            event = record.event_log_entry.dagster_event
            if event is None:
                continue
            at = _time(record.event_log_entry.timestamp)
            if event.is_step_failure:
                error = event.step_failure_data.error
                is_interruption = bool(error and interrupts(error))
                steps.append(_Cause(at, event.step_key, _first_line(message_of(event)), is_interruption))
            else:
                ends.append(_Cause(at, None, _first_line(event.message or "the run failed"), is_interruption=True))
        known[run_id] = steps or ends
    return known[run_id]


def message_of(event: dg.DagsterEvent) -> str:
    """What a failed step says to a reader: the innermost error, in a few lines."""
    data = event.step_failure_data
    if data.error and interrupts(data.error):
        return "interrupted; stored partitions are whole"
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error and error.cause:
        error = error.cause
    lines = [line.strip() for line in error.message.splitlines() if line.strip()] if error else []
    return " ".join(lines[:4]) or "failed without a message"


def interrupts(error: SerializableErrorInfo) -> bool:
    """Whether a step ended because somebody ended its run."""
    return error.cls_name == _INTERRUPTED or (error.cause is not None and interrupts(error.cause))


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "failed without a message")


def _time(timestamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC)
