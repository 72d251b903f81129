"""A gate's verdict over a range: the coverage of its tables, what is wrong, the command that repairs it.

How coverage is judged is in ``coverage``; here verdicts become words.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.document import Part, Table, Verdict, as_data, as_markdown, exit_code, pct, plain, share, shortened
from nba_pipeline.markup import one_line
from nba_pipeline.remedies import backfill, materialize
from nba_pipeline.validation.lookback import SCHEDULE


@dataclass(frozen=True)
class TableCoverage:
    """One table over one range.

    ``actual`` of ``expected`` game dates are whole; ``missing`` lists all the others, bootstrap dates included, with
    the reason of each in ``reasons``. The bootstrap of a season is counted apart: earlier phases fill it, precompute
    leaves it empty on purpose. ``accepted`` dates lack games too, but somebody decided to live with it: they count as
    whole.
    """

    table: str
    actual: int
    expected: int
    missing: tuple[dt.date, ...]
    verdict: Verdict
    threshold: float
    bootstrap_actual: int = 0
    bootstrap_expected: int = 0
    reasons: Mapping[dt.date, str] = field(default_factory=dict)
    note: str = ""
    accepted: Mapping[dt.date, str] = field(default_factory=dict)

    KEYS = (
        *("table", "actual", "expected", "pct", "threshold", "bootstrap_actual", "bootstrap_expected", "missing"),
        *("reasons", "verdict", "note", "accepted"),
    )

    @property
    def pct(self) -> float | None:
        """Share of the expected dates in percent; None when none is expected."""
        return share(self.actual, self.expected)

    @property
    def is_family(self) -> bool:
        """Whether it stands for several sources, of which any one is enough."""
        return "." not in self.table

    @property
    def bootstrap(self) -> str:
        """The dates of the bootstrap, where some are expected."""
        return f"{self.bootstrap_actual}/{self.bootstrap_expected}" if self.bootstrap_expected else ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The table's row of a gate report."""
        notes = [self.note] if self.note else []
        notes += [f"{len(self.accepted)} accepted"] if self.accepted else []
        notes += [f"missing {shortened(self.missing)}"] if self.missing else []
        dates = f"{self.actual}/{self.expected}"
        needed = f"{self.threshold:g}"
        return (self.verdict, self.table, dates, pct(self.pct, 2), needed, self.bootstrap, ", ".join(notes))


_HEADINGS = ("verdict", "table", "dates", "%", "needed", "bootstrap", "")


@dataclass(frozen=True)
class GateReport:
    """A phase over one range, judged at one moment.

    ``verdict`` is PASS, FAIL, NOT_APPLICABLE (the schedule expects nothing) or ERROR (could not be judged; counts as
    failed). ``untracked`` are dates by table with neither rows nor a reason.
    """

    phase: int
    dates: DateRange
    tables: tuple[TableCoverage, ...]
    untracked: Mapping[str, tuple[dt.date, ...]]
    verdict: Verdict
    error: str | None = None
    override_reason: str = ""

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed or not to be judged, 4 nothing to judge."""
        return exit_code(self.verdict)

    @property
    def may_proceed(self) -> bool:
        """Whether the next phase may start: passed, nothing expected, or overridden with a reason."""
        return self.exit_code != 1 or bool(self.override_reason)

    @property
    def failing(self) -> tuple[TableCoverage, ...]:
        """Tables that do not reach their threshold."""
        return tuple(one for one in self.tables if one.verdict in ("FAIL", "ERROR"))

    @property
    def repair(self) -> str:
        """The command that fills what is missing; empty when nothing is."""
        if SCHEDULE in self.untracked:
            return schedule_repair(self.untracked[SCHEDULE])
        names = [one.table for one in self.failing if not one.is_family] or list(self.untracked)
        days = [day for one in self.failing for day in one.missing]
        days += [day for name in self.untracked for day in self.untracked[name]]
        if not days:
            return ""
        return repair(days, of_sources=not names)

    @property
    def total(self) -> str:
        """The verdict in one line."""
        said = f"Phase {self.phase} gate {self.dates}: {self.verdict}"
        if self.verdict == "NOT_APPLICABLE":
            bootstrap = any(one.bootstrap_expected for one in self.tables)
            nothing = "only bootstrap dates, on which precompute is empty" if bootstrap else "nothing here"
            return f"{said}, the schedule expects {nothing}"
        judged = [one for one in self.tables if one.verdict != "NOT_APPLICABLE" and not one.is_family]
        said += f", {sum(one.verdict in ('PASS', 'WARN') for one in judged)} of {len(judged)} tables"
        families = [one.table for one in self.failing if one.is_family]
        said += f", without enough {' and '.join(families)}" if families else ""
        if self.override_reason and self.exit_code == 1:
            said += f"; overridden: {self.override_reason}"
        return one_line(said)

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """The tables, what is wrong with the range, the verdict; in detail every missing date with its reason."""
        parts: list[Part] = [Table("", _HEADINGS, [one.cells for one in self.tables])] if self.tables else []
        failing = {one.table for one in self.failing}
        for name, days in self.untracked.items():
            listed = shortened(days, len(days) if detailed else 5)
            if name == SCHEDULE:
                parts.append(f"UNKNOWN {name}: the schedule never spoke of {listed}")
            elif detailed or name not in failing:
                parts.append(f"UNTRACKED {name}: neither rows nor a reason on {listed}")
        if detailed:
            parts += [
                f"{one.table}: {reason} on {', '.join(str(day) for day in one.missing if one.reasons[day] == reason)}"
                for one in self.tables
                for reason in dict.fromkeys(one.reasons[day] for day in one.missing)
            ]
        parts += [one_line(f"ERROR {self.error}")] if self.error else []
        parts.append(self.total)
        parts += [f"Repair: {self.repair}"] if self.repair and self.exit_code == 1 else []
        return parts

    @property
    def lines(self) -> list[str]:
        """The report as a log shows it."""
        return plain(self.parts())

    @property
    def markdown(self) -> str:
        """The report as a page of the UI shows it."""
        return as_markdown(self.parts(detailed=True))

    @property
    def document(self) -> dict[str, Any]:
        """The report for machines."""
        names = ("phase", "verdict", "exit_code", "error", "override_reason", "repair", "tables", "untracked")
        return as_data({**vars(self.dates), **{name: getattr(self, name) for name in names}})


def repair(days: Sequence[dt.date], *, of_sources: bool) -> str:
    """The command that computes dates; what no source has is ingested before.

    It names no table: what a failing one reads may be missing too, and is computed before it.
    """
    if not of_sources:
        return backfill(days)
    return (
        f"Ingest a source that has the games of {min(days)}...{max(days)} (nba-pipeline ingest archive FOLDER), then "
        f"{backfill(days)}"
    )


def schedule_repair(unknown: Sequence[dt.date]) -> str:
    """What to do about dates of which the schedule never spoke."""
    return (
        f"Land the schedule of {min(unknown)}...{max(unknown)} (nba-pipeline ingest), then "
        f"{materialize(unknown, ['nbac_schedule', 'dim_game'])}"
    )
