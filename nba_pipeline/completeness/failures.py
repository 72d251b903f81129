"""What failed and is not repaired yet: partitions with the run, the step and the first line of the error.

The history and the check steps know it; nothing is stored here. Running it again is a plan of ``backfill``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.storage.partition_status_cache import AssetPartitionStatus
from dagster._utils.error import SerializableErrorInfo

from nba_pipeline.calendar import EPOCH, DateRange, last_partition
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.contract.catalog import in_flow, load_contracts, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.keys import BACKFILL_TAG, DAILY, asset_key, checks_step_of, step_of
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS
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
    def document(self) -> dict[str, Any]:
        """The partition for machines."""
        return {
            "table": self.table,
            "date": self.date,
            "run": self.run_id,
            "at": self.at,
            "step": self.step,
            "error": self.error,
        }


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
        *_failed_runs(instance, warehouse, chosen, dates, causes),
        *_failed_checks(instance, open_errors(warehouse, [table.name for table in chosen], dates)),
    ]
    order = {table.name: place for place, table in enumerate(chosen)}
    unique = {(one.table, one.date): one for one in found if runs is None or one.run_id in runs}
    return sorted(unique.values(), key=lambda one: (one.date, order[one.table]))


def failed_dates(
    instance: dg.DagsterInstance, warehouse: Warehouse, tables: Iterable[TableContract], dates: DateRange
) -> dict[str, list[dt.date]]:
    """Partitions whose latest run failed before it stored them, by table; tables without any are left out.

    A run that was killed before it came to a date that is whole from an earlier run failed nothing there.
    """
    found = _never_stored(instance, tables, dates)
    states = partition_states(warehouse, dates) if found else {}
    ended: dict[str, list[_Cause]] = {}
    for name, days in found.items():
        whole = [day for day in days if (held := states.get(name, {}).get(day)) and held.is_covered]
        attempts = _attempts(instance, name) if whole else {}
        for day in whole:
            run_id = attempts.get(day.isoformat())
            if run_id and run_id not in ended:
                ended[run_id] = _causes(instance, run_id)
            if run_id and all(cause.is_interruption for cause in ended[run_id]):
                days.remove(day)
    return {name: days for name, days in found.items() if days}


def _never_stored(
    instance: dg.DagsterInstance, tables: Iterable[TableContract], dates: DateRange
) -> dict[str, list[dt.date]]:
    keys = [day.isoformat() for day in dates.dates()]
    found = {}
    for table in tables:
        statuses = instance.get_status_by_partition(asset_key(table.name), keys, DAILY) or {}
        failed = [dt.date.fromisoformat(key) for key in keys if statuses.get(key) is AssetPartitionStatus.FAILED]
        if failed and table.partition:
            found[table.name] = failed
    return found


def _attempts(instance: dg.DagsterInstance, table: str) -> dict[str, str]:
    """The run that was to store a partition last and did not, by partition key."""
    attempts = instance.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        asset_key(table)
    )
    return {key: run_id for key, (run_id, _) in attempts.items()}


def open_errors(warehouse: Warehouse, tables: Iterable[str], dates: DateRange) -> dict[Partition, str]:
    """Stored partitions that break error-level checks, and which."""
    warehouse.create([load_contracts()[OPEN_VIOLATIONS]])
    rows = warehouse.read(
        f"select table_name, partition_date, check_name, violations from {OPEN_VIOLATIONS} "
        "where severity = @severity and partition_date between @start_date and @end_date "
        "order by table_name, partition_date, check_name",
        {"severity": "error", "start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    wanted = set(tables)
    found: dict[Partition, list[str]] = {}
    for row in rows:
        if row["table_name"] in wanted:
            said = f"check {row['check_name']}: {row['violations']} violations"
            found.setdefault((row["table_name"], row["partition_date"]), []).append(said)
    return {partition: "; ".join(said) for partition, said in found.items()}


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


def _failed_runs(
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    tables: Sequence[TableContract],
    dates: DateRange,
    causes: dict[str, list[_Cause]],
) -> Iterable[FailedPartition]:
    for name, days in failed_dates(instance, warehouse, tables, dates).items():
        attempts = _attempts(instance, name)
        for day in days:
            run_id = attempts.get(day.isoformat())
            cause = _cause(instance, run_id, name, causes) if run_id else None
            yield FailedPartition(
                table=name,
                date=day,
                run_id=run_id,
                at=cause.at if cause else None,
                step=cause.step if cause else None,
                error=cause.error if cause else "the history no longer says why",
            )


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


def _cause(instance: dg.DagsterInstance, run_id: str, table: str, known: dict[str, list[_Cause]]) -> _Cause | None:
    """Why a run did not store a table: its own step, else the first step that failed, else how the run ended."""
    if run_id not in known:
        known[run_id] = _causes(instance, run_id)
    own = step_of(table)
    return next((one for one in known[run_id] if one.step == own), next(iter(known[run_id]), None))


def _causes(instance: dg.DagsterInstance, run_id: str) -> list[_Cause]:
    steps, ends = [], []
    for record in instance.get_records_for_run(run_id, of_type=set(_ENDS)).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        at = _time(record.event_log_entry.timestamp)
        if event.is_step_failure:
            error = event.step_failure_data.error
            steps.append(_Cause(at, event.step_key, _first_line(message_of(event)), bool(error and interrupts(error))))
        else:
            ends.append(_Cause(at, None, _first_line(event.message or "the run failed"), is_interruption=True))
    return steps or ends


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
