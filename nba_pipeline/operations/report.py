"""Readiness at a glance: one page that says whether Phase 4 can run and whether one can train, and shows why.

Everything on it is judged when it is asked; the page is an asset's metadata, a Markdown file and an HTML file with a
heat map of table by date. Nothing is decided here that the gates and checks do not decide.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, season_on
from nba_pipeline.completeness.coverage import Seen, judge_gates
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.completeness.states import PartitionState
from nba_pipeline.completeness.violations import OpenViolation, open_violations
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.document import (
    Heading,
    HeatMap,
    Legend,
    Part,
    Table,
    as_data,
    as_html,
    as_markdown,
    exit_code,
)
from nba_pipeline.inputs import origins
from nba_pipeline.operations.availability import Availability, availability
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.training import ml_ready
from nba_pipeline.phases import ANALYTICS, COMPUTED, PHASES
from nba_pipeline.warehouse.seam import Warehouse

#: What became of one table on one date, from worst to best: name, colour, meaning.
STATES = {
    "failed": ("#7f1d1d", "its latest run failed"),
    "broken": ("#dc2626", "rows that break an error-level check"),
    "missing": ("#fb923c", "to be computed, or without anything from its sources"),
    "partial": ("#f59e0b", "rows, but not of every final game"),
    "unknown": ("#fde68a", "the schedule says nothing about the date"),
    "whole": ("#2e8b57", "everything expected is there"),
    "warned": ("#a3d977", "whole; a warning is open"),
    "accepted": ("#93c5fd", "somebody lives with what is not there"),
    "not_due": ("#e2e8f0", "its games are not final"),
    "not_applicable": ("#eef2f7", "the source has nothing in the season"),
    "empty": ("#cbd5e1", "rightly without rows: no games, bootstrap, no history"),
}
_ORIGINS = {
    "simulated": "Simulated league: invented games and figures, good for trying out, not for training.",
    "archive": "Built from archive files: games that were played, as published afterwards.",
    "live": "Built from answers of the live services.",
}


@dataclass(frozen=True)
class Cell:
    """One table on one date."""

    state: str
    text: str


Cells = Mapping[str, Mapping[dt.date, Cell]]


@dataclass(frozen=True)
class Overview:
    """Gates, training readiness, open violations and the heat map of one range, judged at one moment."""

    dates: DateRange
    made_at: dt.datetime
    gates: Mapping[int, GateReport]
    training: Report
    violations: Sequence[OpenViolation]
    cells: Cells
    available: Availability
    origins: Sequence[str]

    @property
    def gate(self) -> GateReport:
        """The gate of the analytics."""
        return self.gates[ANALYTICS.number]

    @property
    def phase_4_can_run(self) -> bool:
        """Whether the gate of the analytics is open for the range."""
        return self.gate.exit_code == 0

    @property
    def can_train(self) -> bool:
        """Whether the training features are ready, caveats allowed."""
        return self.training.verdict in ("PASS", "WARN")

    @property
    def headline(self) -> str:
        """The answer to both questions."""
        runs = "YES" if self.phase_4_can_run else "NOTHING TO RUN" if self.gate.exit_code == 4 else "NO"
        why = "" if self.phase_4_can_run else f" ({self._why_not})"
        trains = "NO" if not self.can_train else "YES" if self.training.verdict == "PASS" else "YES, with caveats"
        missing = "; ".join(f"{one.title}: {one.sentence}" for one in self.training.failing[:2])
        return f"Can Phase 4 run? {runs}{why}. Can we train? {trains}{f' ({missing})' if missing else ''}."

    @property
    def _why_not(self) -> str:
        if self.gate.error:
            return self.gate.error
        if self.gate.exit_code == 4:
            return "the schedule expects nothing here"
        failing = [f"{one.table} {one.actual}/{one.expected}" for one in self.gate.failing]
        silent = [f"{name} says nothing about {len(days)} dates" for name, days in self.gate.untracked.items()]
        return "; ".join(failing or silent)

    @property
    def origin(self) -> str:
        """Where the games come from, in clear words."""
        if not self.origins:
            return "No source has spoken of a game of these dates."
        return " ".join(_ORIGINS[one] for one in self.origins)

    @property
    def exit_code(self) -> int:
        """0 both can be done, 1 Phase 4 cannot run, 2 only training is not ready, 4 nothing is expected."""
        if not self.phase_4_can_run:
            return self.gate.exit_code
        return exit_code("PASS" if self.training.verdict == "PASS" else "WARN")

    @property
    def dates_by_state(self) -> Mapping[str, Mapping[str, int]]:
        """Dates by state for every table."""
        return {table: Counter(cell.state for cell in days.values()) for table, days in self.cells.items()}

    @property
    def document(self) -> dict[str, Any]:
        """The overview for machines."""
        names = ("headline", "origins", "made_at", "phase_4_can_run", "can_train", "exit_code", "dates_by_state")
        return as_data(
            {
                **as_data(self.dates),
                **{name: getattr(self, name) for name in names},
                "gates": {PHASES[phase].word: gate.document for phase, gate in self.gates.items()},
                "training": self.training.document,
                "open_violations": self.violations,
                "availability": self.available.document,
            }
        )

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """The answer, where the games come from, dates by state, what is open, what the home has not.

        In detail everything else the page shows.
        """
        counts = self.dates_by_state
        states = [state for state in STATES if detailed or any(found[state] for found in counts.values())]
        rows = [(table, *(found[state] or None for state in states)) for table, found in counts.items()]
        parts: list[Part] = [Heading(self.headline, 1), self.origin]
        if not detailed:
            parts.append(Table(f"Dates by state, {self.dates}", ("table", *states), rows))
            listed = [one.cells for one in self.violations]
            return [*parts, *_listed("Open violations", OpenViolation.HEADINGS, listed), *self.available.parts()]
        parts += [f"{self.dates}, judged {self.made_at:%Y-%m-%d %H:%M} UTC", Legend(STATES)]
        parts += [*self.available.parts(detailed=True), *self._maps()]
        for phase, gate in self.gates.items():
            parts += [Heading(f"Gate of phase {phase}"), *gate.parts(detailed=True)]
        parts += [Heading("Readiness for training"), *self.training.parts()]
        parts += _listed("Open violations", OpenViolation.HEADINGS, [one.cells for one in self.violations])
        return [*parts, Table("Dates by state", ("table", *states), rows)]

    def _maps(self) -> Iterator[HeatMap]:
        """One heat map per season, so that a row stays readable."""
        for label, days in _by_season(self.dates):
            marks = {
                table.partition(".")[2]: [
                    (cell.state, f"{day} {cell.text}") for day in days if (cell := cells.get(day))
                ]
                for table, cells in self.cells.items()
            }
            yield HeatMap(f"{label}, {days[0]} to {days[-1]}", marks)

    @property
    def markdown(self) -> str:
        """The page for the UI and for a file."""
        return as_markdown(self.parts(detailed=True))

    @property
    def html(self) -> str:
        """The page with the heat map; one file without outside parts."""
        return as_html(self.parts(detailed=True), "Readiness")

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files below a folder and return their paths; the newest page also stands in readiness.html."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"readiness_{self.dates.start}_{self.dates.end}"
        markdown, page = folder / f"{stem}.md", folder / f"{stem}.html"
        markdown.write_text(self.markdown + "\n", encoding="utf-8")
        for path in (page, folder / "readiness.html"):
            path.write_text(self.html + "\n", encoding="utf-8")
        return markdown, page


def overview(
    warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange, *, made_at: dt.datetime, home: Path
) -> Overview:
    """Judge a range now."""
    with warehouse.session():
        seen = Seen(warehouse, dates)
        return Overview(
            dates=dates,
            made_at=made_at,
            gates=judge_gates(seen, PHASES),
            training=ml_ready(warehouse, dates, home=home),
            violations=open_violations(warehouse, dates),
            cells=_cells(instance, seen),
            available=availability(seen),
            origins=sorted({one for listed in origins(warehouse, dates).values() for one in listed}),
        )


def _listed(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Part]:
    return [Table(title, headings, rows)] if rows else [f"{title}: none."]


def _cells(instance: dg.DagsterInstance, seen: Seen) -> Cells:
    tables = phase_tables(*COMPUTED)
    failed = failed_dates(instance, seen.warehouse, tables, seen.dates, lambda: seen.states)
    return {
        table.name: {
            day: _cell(held, failed=day in failed.get(table.name, ())) for day, held in seen.of(table.name).items()
        }
        for table in tables
    }


def _cell(held: PartitionState, *, failed: bool) -> Cell:
    if failed:
        return Cell("failed", "its latest run failed")
    if held.state == "whole":
        return Cell("warned" if held.open_warnings else "whole", f"{held.stored_rows} rows")
    return Cell(held.state, f"{held.stored_rows} rows, {held.words}" if held.stored_rows else held.words)


def _by_season(dates: DateRange) -> Iterator[tuple[str, list[dt.date]]]:
    seasons: dict[str, list[dt.date]] = {}
    for day in dates.dates():
        known = season_on(day)
        if known and known.regular_start <= day <= known.season_end:
            seasons.setdefault(known.label, []).append(day)
    yield from seasons.items()
