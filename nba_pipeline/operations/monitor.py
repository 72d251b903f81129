"""Progress of the two big phases while a backfill runs: how much is done, how fast, what failed, what is stuck.

Read from the warehouse and the instance each time it is asked; nothing is launched, stopped or remembered. How a
snapshot is shown belongs to ``cli.watch``.

What a reader may rely on:

- Progress is that of the phase's slowest table, over the schedule's final game dates; phase 4 without the bootstrap.
- The rate counts distinct expected dates that succeeded in the last hour, per phase, by Dagster's own events.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, Season, is_bootstrap, season_on, seasons
from nba_pipeline.completeness.coverage import expected_dates, judge_gate
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.instance.living_runs import ACTIVE
from nba_pipeline.keys import name_of, step_in_words
from nba_pipeline.operations.watching import SILENCE
from nba_pipeline.phases import COMPUTED, PHASES
from nba_pipeline.validation.lookback import STATUS
from nba_pipeline.warehouse.seam import Warehouse

RATE_PERIOD = dt.timedelta(hours=1)
FAILURE_PERIOD = dt.timedelta(hours=2)
FAILURES_SHOWN, FAILURES_SHOWN_IN_DETAIL = 5, 20
MESSAGE_LENGTH = 150
COMPLETE, NO_ACTIVITY, NO_SCHEDULE = "complete", "unknown (no recent activity)", "unknown (no schedule)"

_FINISHED_STEP = (
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SKIPPED,
)


@dataclass(frozen=True)
class TableProgress:
    """Expected game dates of one table, and those of them that are whole."""

    table: str
    done: frozenset[dt.date]
    expected: frozenset[dt.date]

    @property
    def pct(self) -> float | None:
        """Share of the expected dates in percent; None when none is expected."""
        return percent(len(self.done), len(self.expected))


@dataclass(frozen=True)
class PhaseProgress:
    """One phase; ``done_last_hour`` counts its expected dates that succeeded in the last hour."""

    phase: int
    tables: tuple[TableProgress, ...]
    expected: frozenset[dt.date]
    done_last_hour: int = 0
    error: str | None = None

    @property
    def done(self) -> int:
        """Dates of the slowest table."""
        return min((len(one.done) for one in self.tables), default=0)

    @property
    def remaining(self) -> int:
        """Dates the slowest table still lacks."""
        return len(self.expected) - self.done

    @property
    def pct(self) -> float | None:
        """Progress in percent; None when the schedule expects nothing."""
        return percent(self.done, len(self.expected))

    @property
    def is_done(self) -> bool:
        """Every phase has its percent from which it is done."""
        return self.error is None and self.pct is not None and self.pct >= PHASES[self.phase].done_at

    @property
    def eta(self) -> str:
        """Time to the end at the rate of the last hour."""
        return eta(self.remaining, self.done_last_hour)


@dataclass(frozen=True)
class SeasonProgress:
    """One season of the target: expected and done dates by phase."""

    season: str
    expected: Mapping[int, int]
    done: Mapping[int, int]

    def pct(self, phase: int) -> float | None:
        """Progress of a phase in percent; None when nothing is expected."""
        return percent(self.done[phase], self.expected[phase])


@dataclass(frozen=True)
class RecentFailure:
    """A failed step, or a run that failed without one; ``message`` is at most 150 characters."""

    at: dt.datetime
    run_id: str
    what: str
    message: str


@dataclass(frozen=True)
class ActiveRun:
    """A run that has not ended. ``steps`` is None before the run has a plan; tables and their checks are steps."""

    run_id: str
    status: str
    dates: str
    tables: int
    steps_done: int
    steps: int | None
    silent_for: dt.timedelta

    @property
    def is_stalled(self) -> bool:
        """No event for ten minutes; a queued run only waits its turn."""
        return self.status != dg.DagsterRunStatus.QUEUED.value and self.silent_for > SILENCE

    @property
    def progress(self) -> str:
        """Finished steps of all, as text."""
        return "not started" if self.steps is None else f"{self.steps_done}/{self.steps} steps"


@dataclass(frozen=True)
class Snapshot:
    """Everything the monitor knows at one moment (``at``, UTC).

    ``game_dates`` and ``phase_4_dates`` are the schedule's numbers without All-Star dates. ``all_star`` are the
    All-Star dates of the range, part of the denominators only if ``with_all_star``. ``unknown`` are dates inside a
    season about which the schedule never spoke.
    """

    dates: DateRange
    at: dt.datetime
    phases: tuple[PhaseProgress, ...]
    seasons: tuple[SeasonProgress, ...]
    failures: tuple[RecentFailure, ...]
    runs: tuple[ActiveRun, ...]
    game_dates: int
    phase_4_dates: int
    all_star: tuple[dt.date, ...]
    with_all_star: bool
    unknown: tuple[dt.date, ...]

    @property
    def is_complete(self) -> bool:
        """Both phases are done, the schedule has spoken, and nothing runs."""
        return all(one.is_done for one in self.phases) and not self.unknown and not self.runs

    def time_left(self, phase: PhaseProgress) -> str:
        """Until a phase is done; never complete while the schedule has not spoken about a date."""
        return NO_SCHEDULE if self.unknown and not phase.remaining else phase.eta

    @property
    def exit_code(self) -> int:
        """0 nothing to worry about, 1 a phase could not be read, 2 something is amiss, 4 nothing is expected.

        Amiss are failures, stalled runs and dates about which the schedule never spoke.
        """
        if any(one.error for one in self.phases):
            return 1
        if self.failures or self.unknown or any(one.is_stalled for one in self.runs):
            return 2
        return 0 if self.game_dates else 4

    @property
    def document(self) -> dict[str, Any]:
        """The snapshot for machines."""
        return {
            "start": self.dates.start,
            "end": self.dates.end,
            "at": self.at,
            "game_dates": self.game_dates,
            "game_dates_with_all_star": self.game_dates + len(self.all_star),
            "phase_4_dates": self.phase_4_dates,
            "phase_4_dates_with_all_star": self.phase_4_dates + len(self.all_star),
            "all_star_included": self.with_all_star,
            "schedule_unknown": list(self.unknown),
            "phases": [_phase_document(one) for one in self.phases],
            "seasons": [
                {"season": one.season}
                | {
                    f"phase_{phase}": {
                        "expected": one.expected[phase],
                        "done": one.done[phase],
                        "pct": _rounded(one.pct(phase)),
                    }
                    for phase in COMPUTED
                }
                for one in self.seasons
            ],
            "failures": [
                {"at": one.at, "run_id": one.run_id, "what": one.what, "message": one.message} for one in self.failures
            ],
            "runs": [
                {
                    "run_id": one.run_id,
                    "status": one.status,
                    "dates": one.dates,
                    "tables": one.tables,
                    "steps_done": one.steps_done,
                    "steps": one.steps,
                    "silent_seconds": round(one.silent_for.total_seconds()),
                    "stalled": one.is_stalled,
                }
                for one in self.runs
            ],
            "complete": self.is_complete,
        }


# Arithmetic


def percent(part: int, whole: int) -> float | None:
    """``part`` of ``whole`` in percent; None of nothing."""
    return 100 * part / whole if whole else None


def eta(remaining: int, per_hour: float) -> str:
    """Time until nothing remains, in minutes, hours or days."""
    if remaining <= 0:
        return COMPLETE
    if per_hour <= 0:
        return NO_ACTIVITY
    hours = remaining / per_hour
    if hours < 1:
        return f"{max(1, round(60 * hours))} min"
    return f"{hours:.1f} h" if hours < 24 else f"{hours / 24:.1f} days"


def cut(message: str, length: int = MESSAGE_LENGTH) -> str:
    """A message on one line of at most ``length`` characters."""
    text = " ".join(message.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def all_star_dates(dates: DateRange, known: Iterable[Season] | None = None) -> tuple[dt.date, ...]:
    """The All-Star dates of a range, Friday and Sunday of each season: no games of this project's schedule."""
    days = [
        one.all_star_start + dt.timedelta(days=offset)
        for one in (seasons() if known is None else known)
        for offset in (0, 2)
    ]
    return tuple(day for day in days if dates.start <= day <= dates.end)


def same_table(one: str, other: str) -> bool:
    """Whether two names mean one table, whatever their case."""
    return one.casefold() == other.casefold()


def phase_progress(
    phase: int,
    missing: Mapping[str, Iterable[dt.date]],
    expected: Iterable[dt.date],
    succeeded: Mapping[str, Iterable[dt.date]],
) -> PhaseProgress:
    """Progress of a phase from what its tables lack, and the dates that succeeded in the last hour by table."""
    wanted = frozenset(day for day in expected if not (PHASES[phase].skips_bootstrap and is_bootstrap(day)))
    tables = tuple(TableProgress(name, wanted - frozenset(days), wanted) for name, days in missing.items())
    recent = {
        day
        for name, days in succeeded.items()
        if any(same_table(name, table) for table in missing)
        for day in days
        if day in wanted
    }
    return PhaseProgress(phase, tables, wanted, len(recent))


def by_season(phases: Sequence[PhaseProgress]) -> tuple[SeasonProgress, ...]:
    """Every season with expected dates: the slowest table of each phase within it."""
    labels = sorted({known.label for phase in phases for day in phase.expected if (known := season_on(day))})
    return tuple(
        SeasonProgress(
            label,
            {phase.phase: len(_within(phase.expected, label)) for phase in phases},
            {
                phase.phase: min((len(_within(table.done, label)) for table in phase.tables), default=0)
                for phase in phases
            },
        )
        for label in labels
    )


def _within(days: Iterable[dt.date], label: str) -> list[dt.date]:
    return [day for day in days if (known := season_on(day)) and known.label == label]


def snapshots(
    take: Callable[[], Snapshot], sleep: Callable[[float], object], interval: float, *, continuous: bool
) -> Iterator[Snapshot]:
    """One snapshot, or one per interval until everything is done."""
    while True:
        snapshot = take()
        yield snapshot
        if not continuous or snapshot.is_complete:
            return
        sleep(interval)


# Reading


def take_snapshot(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    dates: DateRange,
    at: dt.datetime,
    *,
    with_all_star: bool = False,
) -> Snapshot:
    """Look at the warehouse and the instance once; ``at`` is now, UTC.

    With All-Star dates, these are expected of every table too, and done where their partition says
    ``all_star_break``: the documents' 918 and 848 dates count them, the schedule's 910 and 840 do not.

    Raises:
        WarehouseBusyError: when another process keeps the warehouse.
    """
    schedule = expected_dates(warehouse, dates)
    all_star = all_star_dates(dates)
    extra = all_star if with_all_star else ()
    said = _said_all_star(warehouse, dates) if extra else {}
    expected = [*schedule.final, *extra]
    phases = []
    for phase in COMPUTED:
        report = judge_gate(warehouse, phase, dates)
        names = [one.name for one in phase_tables(phase)]
        lacking = {one.table: {*one.missing, *(set(extra) - said.get(one.table, frozenset()))} for one in report.tables}
        missing = {name: lacking.get(name, expected) for name in names}
        recent = succeeded_since(instance, names, at - RATE_PERIOD)
        phases.append(replace(phase_progress(phase, missing, expected, recent), error=report.error))
    return Snapshot(
        dates=dates,
        at=at,
        phases=tuple(phases),
        seasons=by_season(phases),
        failures=tuple(failures_since(instance, at - FAILURE_PERIOD)),
        runs=tuple(active_runs(instance, at)),
        game_dates=len(schedule.final),
        phase_4_dates=len(schedule.after_bootstrap),
        all_star=all_star,
        with_all_star=with_all_star,
        unknown=schedule.unknown,
    )


def _said_all_star(warehouse: Warehouse, dates: DateRange) -> Mapping[str, frozenset[dt.date]]:
    """Dates by table whose partition is empty because of the All-Star break."""
    rows = warehouse.read(
        f"select table_name, partition_date from {STATUS} "
        "where reason = 'all_star_break' and partition_date between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    found: dict[str, set[dt.date]] = {}
    for row in rows:
        found.setdefault(row["table_name"], set()).add(row["partition_date"])
    return {name: frozenset(days) for name, days in found.items()}


def succeeded_since(
    instance: dg.DagsterInstance, tables: Sequence[str], since: dt.datetime
) -> Mapping[str, frozenset[dt.date]]:
    """Partitions of tables that were materialised after a moment, by table; the case of names does not matter."""
    found: dict[str, frozenset[dt.date]] = {}
    for key in instance.all_asset_keys():
        name = name_of(key)
        if not any(same_table(name, table) for table in tables):
            continue
        before = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=key, before_timestamp=since.timestamp()), limit=1
        ).records
        partitions = instance.get_materialized_partitions(key, after_cursor=before[0].storage_id if before else None)
        found[name] = frozenset(dt.date.fromisoformat(partition) for partition in partitions)
    return found


def failures_since(instance: dg.DagsterInstance, since: dt.datetime) -> list[RecentFailure]:
    """Failed steps after a moment, and runs that failed without one, newest first."""
    records = {
        record.dagster_run.run_id: record.dagster_run
        for filters in (dg.RunsFilter(updated_after=since), dg.RunsFilter(statuses=list(ACTIVE)))
        for record in instance.get_run_records(filters)
    }
    found = [failure for run in records.values() for failure in _failures_of(instance, run)]
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at, reverse=True)


def _failures_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[RecentFailure]:
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    entries = [record.event_log_entry for record in instance.get_records_for_run(run.run_id, of_type=kinds).records]
    events = [(entry, entry.get_dagster_event()) for entry in entries]
    failed_steps = any(event.is_step_failure for _, event in events)
    for entry, event in events:
        if event.is_step_failure or not failed_steps:
            what = step_in_words(event.step_key or "run")
            at = dt.datetime.fromtimestamp(entry.timestamp, dt.UTC)
            yield RecentFailure(at, run.run_id, f"{what} {_range_of(run)}".strip(), cut(_message(event)))


def _message(event: dg.DagsterEvent) -> str:
    """What went wrong at the root: the text its author gave, else that of the innermost error."""
    if not event.is_step_failure:
        return event.message or "failed without a message"
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error and error.cause:
        error = error.cause
    return (error.message if error else "") or "failed without a message"


def active_runs(instance: dg.DagsterInstance, at: dt.datetime) -> list[ActiveRun]:
    """Runs that have not ended, newest first."""
    return [_active(instance, record, at) for record in instance.get_run_records(dg.RunsFilter(statuses=list(ACTIVE)))]


def _active(instance: dg.DagsterInstance, record: dg.RunRecord, at: dt.datetime) -> ActiveRun:
    run = record.dagster_run
    newest = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    last = newest[0].timestamp if newest else record.create_timestamp.timestamp()
    plan = run.execution_plan_snapshot_id
    finished = instance.get_records_for_run(run.run_id, of_type=set(_FINISHED_STEP)).records
    return ActiveRun(
        run_id=run.run_id,
        status=run.status.value,
        dates=_range_of(run),
        tables=len(run.asset_selection or ()),
        steps_done=len({one.event_log_entry.step_key for one in finished}),
        steps=len(instance.get_execution_plan_snapshot(plan).step_keys_to_execute) if plan else None,
        silent_for=at - dt.datetime.fromtimestamp(last, dt.UTC),
    )


def _range_of(run: dg.DagsterRun) -> str:
    start = run.tags.get("dagster/asset_partition_range_start", run.tags.get("dagster/partition", ""))
    end = run.tags.get("dagster/asset_partition_range_end", start)
    return start if start == end else f"{start}...{end}"


def _phase_document(one: PhaseProgress) -> dict[str, Any]:
    return {
        "phase": one.phase,
        "expected": len(one.expected),
        "done": one.done,
        "pct": _rounded(one.pct),
        "remaining": one.remaining,
        "is_done": one.is_done,
        "done_last_hour": one.done_last_hour,
        "eta": one.eta,
        "error": one.error,
        "tables": [
            {"table": table.table, "expected": len(table.expected), "done": len(table.done), "pct": _rounded(table.pct)}
            for table in one.tables
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
