"""Progress of the computed phases while a backfill runs: how much is done, how fast, what failed, what is stuck.

Read from the warehouse and the instance each time it is asked; nothing is launched, stopped or remembered.

What a reader may rely on:

- Progress is that of the phase's slowest table, over the schedule's final game dates; phase 4 without the bootstrap.
- The rate counts distinct expected dates that succeeded in the last hour, per phase, by Dagster's own events.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, all_star_dates, is_bootstrap, season_on
from nba_pipeline.completeness.coverage import Seen, judge_gates
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.document import Bar, Part, Table, as_data, duration, exit_code, pct, share
from nba_pipeline.operations.run_activity import (
    ActiveRun,
    RecentFailure,
    active_runs,
    failures_since,
    succeeded_since,
)
from nba_pipeline.phases import COMPUTED, PHASES
from nba_pipeline.warehouse.seam import Warehouse

RATE_PERIOD = dt.timedelta(hours=1)
FAILURE_PERIOD = dt.timedelta(hours=2)
FAILURES_SHOWN, FAILURES_SHOWN_IN_DETAIL = 5, 20
COMPLETE, NO_ACTIVITY, NO_SCHEDULE = "complete", "unknown (no recent activity)", "unknown (no schedule)"


@dataclass(frozen=True)
class Progress:
    """Expected game dates, how many of them are whole, and the share of these in percent (None of nothing)."""

    expected: int
    done: int

    KEYS = ("expected", "done", "pct")

    @property
    def pct(self) -> float | None:
        """Share of the expected dates in percent; None when none is expected."""
        return share(self.done, self.expected)


@dataclass(frozen=True)
class PhaseProgress:
    """One phase: what is expected of its tables, which dates of it they lack, dates that succeeded in the last hour."""

    phase: int
    wanted: frozenset[dt.date]
    lacking: Mapping[str, frozenset[dt.date]]
    done_last_hour: int = 0
    error: str | None = None

    KEYS = ("phase", "expected", "done", "pct", "remaining", "is_done", "done_last_hour", "eta", "error", "tables")

    def of(self, days: frozenset[dt.date]) -> Progress:
        """Progress of the slowest table within some days."""
        wanted = self.wanted & days
        return Progress(len(wanted), min((len(wanted - lost) for lost in self.lacking.values()), default=0))

    @property
    def tables(self) -> list[dict[str, Any]]:
        """Progress by table."""
        return [
            {"table": table, **as_data(Progress(len(self.wanted), len(self.wanted - lost)))}
            for table, lost in self.lacking.items()
        ]

    @property
    def expected(self) -> int:
        """Dates that are expected."""
        return len(self.wanted)

    @property
    def done(self) -> int:
        """Dates of the slowest table."""
        return self.of(self.wanted).done

    @property
    def remaining(self) -> int:
        """Dates the slowest table still lacks."""
        return self.expected - self.done

    @property
    def pct(self) -> float | None:
        """Progress in percent; None when the schedule expects nothing."""
        return share(self.done, self.expected)

    @property
    def is_done(self) -> bool:
        """Every phase has its percent from which it is done."""
        return self.error is None and self.pct is not None and self.pct >= PHASES[self.phase].done_at

    @property
    def eta(self) -> str:
        """Time to the end at the rate of the last hour."""
        return eta(self.remaining, self.done_last_hour)

    @property
    def bar(self) -> Bar:
        """The phase as a bar."""
        mark = "done" if self.is_done else "" if self.pct is not None else "nothing expected"
        slowest = max(self.lacking, key=lambda table: len(self.wanted & self.lacking[table]), default=None)
        behind = f"slowest {slowest}" if slowest and self.remaining else ""
        words = (f"{pct(self.pct)} %" if self.pct is not None else "", mark, behind)
        return Bar(f"Phase {self.phase}", self.done, self.expected, " ".join(word for word in words if word))


@dataclass(frozen=True)
class Snapshot:
    """Everything the monitor knows at one moment (``at``, UTC).

    ``game_dates`` and ``phase_4_dates`` are the schedule's numbers without All-Star dates. ``all_star`` are the
    All-Star dates of the range, part of the denominators only if ``all_star_included``. ``schedule_unknown`` are dates
    inside a season about which the schedule never spoke.
    """

    dates: DateRange
    at: dt.datetime
    phases: tuple[PhaseProgress, ...]
    failures: tuple[RecentFailure, ...]
    runs: tuple[ActiveRun, ...]
    game_dates: int
    phase_4_dates: int
    all_star: tuple[dt.date, ...]
    all_star_included: bool
    schedule_unknown: tuple[dt.date, ...]

    @property
    def complete(self) -> bool:
        """Every phase is done, the schedule has spoken, and nothing runs."""
        return all(one.is_done for one in self.phases) and not self.schedule_unknown and not self.runs

    @property
    def seasons(self) -> dict[str, dict[int, Progress]]:
        """Every season with expected dates: the slowest table of each phase within it."""
        days: dict[str, set[dt.date]] = {}
        for day in frozenset().union(*(one.wanted for one in self.phases)):
            if known := season_on(day):
                days.setdefault(known.label, set()).add(day)
        return {label: {one.phase: one.of(frozenset(days[label])) for one in self.phases} for label in sorted(days)}

    @property
    def exit_code(self) -> int:
        """0 nothing to worry about, 1 a phase could not be read, 2 something is amiss, 4 nothing is expected.

        Amiss are failures, stalled runs and dates about which the schedule never spoke.
        """
        is_amiss = self.failures or self.schedule_unknown or any(one.stalled for one in self.runs)
        return exit_code(
            "ERROR" if any(one.error for one in self.phases) else "INFO",
            "WARN" if is_amiss else "INFO",
            "PASS" if self.game_dates else "INFO",
        )

    @property
    def document(self) -> dict[str, Any]:
        """The snapshot for machines."""
        more = len(self.all_star)
        seasons = [
            {"season": label, **{f"phase_{phase}": progress for phase, progress in phases.items()}}
            for label, phases in self.seasons.items()
        ]
        names = ("at", "game_dates", "phase_4_dates", "all_star_included", "schedule_unknown")
        return as_data(
            {
                **as_data(self.dates),
                **{name: getattr(self, name) for name in (*names, "phases", "failures", "runs", "complete")},
                "game_dates_with_all_star": self.game_dates + more,
                "phase_4_dates_with_all_star": self.phase_4_dates + more,
                "seasons": seasons,
            }
        )

    def failed_parts(self, *, detailed: bool = False) -> list[Part]:
        """What failed lately."""
        title = f"Failures of the last two hours: {len(self.failures)}"
        shown = self.failures[: FAILURES_SHOWN_IN_DETAIL if detailed else FAILURES_SHOWN]
        rows = [(f"{one.at:%H:%M:%S}", one.what, one.message) for one in shown]
        return [Table(title, ("at (UTC)", "what", "message"), rows) if rows else title]

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """Bars per phase, seasons, pace, failures, runs; in detail the tables too."""
        parts: list[Part] = [f"Target {self.dates}, {self.at:%Y-%m-%d %H:%M:%S} UTC", self._denominators]
        if days := self.schedule_unknown:
            parts.append(
                f"The schedule says nothing about {len(days)} dates, {days[0]}...{days[-1]}: ingest and materialise it."
            )
        parts += [one.bar for one in self.phases]
        parts += [f"Phase {one.phase} could not be judged: {one.error}" for one in self.phases if one.error]
        if detailed:
            rows = [
                (table["table"], one.phase, f"{table['done']}/{table['expected']}", pct(table["pct"]))
                for one in self.phases
                for table in one.tables
            ]
            parts.append(Table("Tables", ("table", "phase", "dates", "%"), rows))
        rows = [
            (label, *(cell for one in phases.values() for cell in (f"{one.done}/{one.expected}", pct(one.pct))))
            for label, phases in self.seasons.items()
        ]
        headings = [cell for one in self.phases for cell in (f"phase {one.phase}", "%")]
        parts.append(Table("Seasons", ("season", *headings), rows))
        paces = [
            (f"phase {one.phase}", f"{one.done_last_hour}/h", one.remaining, self.time_left(one)) for one in self.phases
        ]
        parts.append(Table("Pace of the last hour", ("phase", "dates", "remaining", "time left"), paces))
        parts += self.failed_parts(detailed=detailed)
        title = f"Active runs: {len(self.runs)}"
        headings = ("run", "status", "dates", "of", "progress", "last event", "")
        parts.append(Table(title, headings, [one.cells for one in self.runs]) if self.runs else title)
        return parts

    def time_left(self, phase: PhaseProgress) -> str:
        """Until a phase is done; never complete while the schedule has not spoken about a date."""
        return NO_SCHEDULE if self.schedule_unknown and not phase.remaining else phase.eta

    @property
    def _denominators(self) -> str:
        more = len(self.all_star)
        plain = f"Schedule: {self.game_dates} game dates, {self.phase_4_dates} after the bootstrap"
        if not more:
            return plain
        counted = f"with the {more} All-Star dates {self.game_dates + more} and {self.phase_4_dates + more}"
        return f"{plain}; {counted}; counted {'with' if self.all_star_included else 'without'} All-Star"


def eta(remaining: int, per_hour: float) -> str:
    """Time until nothing remains."""
    if remaining <= 0:
        return COMPLETE
    return duration(3600 * remaining / per_hour) if per_hour > 0 else NO_ACTIVITY


def phase_progress(
    phase: int,
    missing: Mapping[str, Iterable[dt.date]],
    expected: Iterable[dt.date],
    succeeded: Mapping[str, Iterable[dt.date]],
) -> PhaseProgress:
    """Progress of a phase from what its tables lack, and the dates that succeeded in the last hour by table."""
    wanted = frozenset(day for day in expected if not (PHASES[phase].skips_bootstrap and is_bootstrap(day)))
    names = {table.casefold() for table in missing}
    recent = {day for name, days in succeeded.items() if name.casefold() in names for day in days if day in wanted}
    return PhaseProgress(phase, wanted, {table: frozenset(days) for table, days in missing.items()}, len(recent))


def snapshots(
    take: Callable[[], Snapshot], sleep: Callable[[float], object], interval: float, *, continuous: bool
) -> Iterator[Snapshot]:
    """One snapshot, or one per interval until everything is done."""
    while True:
        snapshot = take()
        yield snapshot
        if not continuous or snapshot.complete:
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
    with warehouse.session():
        seen = Seen(warehouse, dates)
        schedule = seen.expected
        gates = judge_gates(seen, COMPUTED)
        all_star = all_star_dates(dates)
        extra = all_star if with_all_star else ()
        said = {
            name: {day for day, held in days.items() if held.stored_reason == "all_star_break"}
            for name, days in (seen.states if extra else {}).items()
        }
    expected = [*schedule.final, *extra]
    phases = []
    for phase, report in gates.items():
        names = [one.name for one in phase_tables(phase)]
        lacking = {one.table: {*one.missing, *(set(extra) - said.get(one.table, set()))} for one in report.tables}
        missing = {name: lacking.get(name, expected) for name in names}
        recent = succeeded_since(instance, names, at - RATE_PERIOD)
        phases.append(replace(phase_progress(phase, missing, expected, recent), error=report.error))
    return Snapshot(
        dates=dates,
        at=at,
        phases=tuple(phases),
        failures=tuple(failures_since(instance, at - FAILURE_PERIOD)),
        runs=tuple(active_runs(instance, at)),
        game_dates=len(schedule.final),
        phase_4_dates=len(schedule.after_bootstrap),
        all_star=all_star,
        all_star_included=with_all_star,
        schedule_unknown=schedule.unknown,
    )
