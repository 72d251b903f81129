"""Readiness at a glance: one page that says whether Phase 4 can run and whether one can train, and shows why.

Everything on it is judged when it is asked; the page is an asset's metadata, a Markdown file and an HTML file with a
heat map of table by date. Nothing is decided here that the gates and checks do not decide.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, season_on
from nba_pipeline.completeness.coverage import (
    GateReport,
    judge_gate,
)
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.states import PartitionState, partition_states
from nba_pipeline.contract.catalog import load_contracts, phase_tables
from nba_pipeline.inputs import origins
from nba_pipeline.markup import html_table, in_html, markdown, markdown_table
from nba_pipeline.operations.availability import Availability, availability
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.validate import ml_ready
from nba_pipeline.phases import ANALYTICS, COMPUTED, PHASES
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS
from nba_pipeline.validation.thresholds import catalogue
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
Cells = Mapping[str, Mapping[dt.date, "Cell"]]
_VIOLATION_COLUMNS = ("table", "check", "catalogue", "severity", "dates", "rows", "what to do")


@dataclass(frozen=True)
class Cell:
    """One table on one date."""

    state: str
    text: str


@dataclass(frozen=True)
class OpenViolation:
    """One check that stored partitions break."""

    table: str
    check: str
    id: str
    severity: str
    dates: int
    violations: int

    @property
    def cells(self) -> tuple[str | int, ...]:
        """The violation as a row of a table, in the order of its columns."""
        remedy = catalogue()[self.id].remedy if self.id else ""
        return (self.table, self.check, self.id, self.severity, self.dates, self.violations, remedy)


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
    def phase_4_can_run(self) -> bool:
        """Whether the gate of the analytics is open for the range."""
        return self.gates[ANALYTICS.number].exit_code == 0

    @property
    def can_train(self) -> bool:
        """Whether the training features are ready, caveats allowed."""
        return self.training.exit_code in (0, 2)

    @property
    def headline(self) -> str:
        """The answer to both questions."""
        gate, training = self.gates[ANALYTICS.number], self.training
        runs = "YES" if self.phase_4_can_run else "NOTHING TO RUN" if gate.exit_code == 4 else "NO"
        why = "" if self.phase_4_can_run else f" ({self._why_not(gate)})"
        trains = "NO" if not self.can_train else "YES" if training.exit_code == 0 else "YES, with caveats"
        missing = "; ".join(f"{one.title}: {one.sentence}" for one in training.failing[:2])
        return f"Can Phase 4 run? {runs}{why}. Can we train? {trains}{f' ({missing})' if missing else ''}."

    @property
    def origin(self) -> str:
        """Where the games come from, in clear words."""
        if not self.origins:
            return "No source has spoken of a game of these dates."
        return " ".join(_ORIGINS[one] for one in self.origins)

    @property
    def exit_code(self) -> int:
        """0 both can be done, 1 Phase 4 cannot run, 2 only training is not ready, 4 nothing is expected."""
        if self.gates[ANALYTICS.number].exit_code:
            return self.gates[ANALYTICS.number].exit_code
        return 0 if self.training.exit_code == 0 else 2

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Dates by state for every table."""
        return {table: Counter(cell.state for cell in days.values()) for table, days in self.cells.items()}

    @property
    def document(self) -> dict[str, Any]:
        """The overview for machines."""
        return {
            "headline": self.headline,
            "origins": list(self.origins),
            "start": self.dates.start,
            "end": self.dates.end,
            "made_at": self.made_at,
            "phase_4_can_run": self.phase_4_can_run,
            "can_train": self.can_train,
            "exit_code": self.exit_code,
            "gates": {f"phase{phase}": gate.document for phase, gate in self.gates.items()},
            "training": self.training.document,
            "open_violations": [vars(one) for one in self.violations],
            "dates_by_state": self.counts,
            "availability": self.available.document,
        }

    @property
    def markdown(self) -> str:
        """The page for the UI and for a file, the heat map as one letter per date."""
        parts = [f"**{markdown(self.headline)}**", "", markdown(self.origin), ""]
        parts += [f"{self.dates}, judged {self.made_at:%Y-%m-%d %H:%M} UTC", ""]
        for title, headings, rows in self._availability:
            parts += [f"### {title}", "", *(markdown_table(headings, rows) if rows else ["Nothing."]), ""]
        for phase, gate in self.gates.items():
            parts += [f"### Gate of phase {phase}", "", gate.markdown, ""]
        parts += ["### Readiness for training", "", self.training.markdown, "", "### Open violations", ""]
        listed = [one.cells for one in self.violations]
        parts += markdown_table(_VIOLATION_COLUMNS, listed) if listed else ["None."]
        parts += ["", "### Dates by state", ""]
        parts += markdown_table(
            ("table", *STATES),
            [(table, *(counts.get(state, "") for state in STATES)) for table, counts in self.counts.items()],
        )
        return "\n".join(parts)

    @property
    def html(self) -> str:
        """The page with the heat map; one file without outside parts."""
        style = "".join(f".{name}{{background:{colour}}}" for name, (colour, _) in STATES.items())
        legend = "".join(
            f"<span><i class={name}></i>{in_html(meaning)}</span>" for name, (_, meaning) in STATES.items()
        )
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Readiness</title><style>"
            "body{font:14px/1.45 system-ui,sans-serif;margin:2rem;max-width:1400px;color:#0f172a}"
            "h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}table{border-collapse:collapse}"
            "td,th{padding:.15rem .6rem;text-align:left;border-bottom:1px solid #e2e8f0;vertical-align:top}"
            ".map{display:flex;align-items:center;margin:2px 0}.map b{width:17rem;font-weight:400}"
            ".map div{display:flex;flex-wrap:wrap;gap:1px;max-width:60rem}"
            "i{display:inline-block;width:9px;height:14px;border-radius:1px}.legend span{margin-right:1.2rem}"
            f".legend i{{margin-right:.35rem;vertical-align:-2px}}pre{{white-space:pre-wrap}}{style}</style>"
            f"<h1>{in_html(self.headline)}</h1><p>{in_html(self.origin)}</p>"
            f"<p>{self.dates}, judged {self.made_at:%Y-%m-%d %H:%M} UTC</p><p class=legend>{legend}</p>"
            f"{''.join(self._sections())}"
            f"{''.join(self._maps())}"
            f"<h2>Gates</h2><pre>{_preformatted(self._gate_lines())}</pre>"
            f"<h2>Readiness for training</h2><pre>{_preformatted(self.training.lines())}</pre>"
            f"<h2>Open violations</h2>{self._violations_table()}</html>"
        )

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files below a folder and return their paths; the newest page also stands in readiness.html."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"readiness_{self.dates.start}_{self.dates.end}"
        markdown, page = folder / f"{stem}.md", folder / f"{stem}.html"
        markdown.write_text(self.markdown + "\n", encoding="utf-8")
        for path in (page, folder / "readiness.html"):
            path.write_text(self.html + "\n", encoding="utf-8")
        return markdown, page

    def _why_not(self, gate: GateReport) -> str:
        if gate.error:
            return gate.error
        if gate.exit_code == 4:
            return "the schedule expects nothing here"
        failing = [f"{one.table} {one.actual}/{one.expected}" for one in gate.failing]
        silent = [f"{name} says nothing about {len(days)} dates" for name, days in gate.untracked.items()]
        return "; ".join(failing or silent)

    def _gate_lines(self) -> Iterator[str]:
        for gate in self.gates.values():
            yield from gate.lines
            yield ""

    def _maps(self) -> Iterator[str]:
        """One heat map per season, so that a row stays readable."""
        for label, days in _by_season(self.dates):
            yield f"<h2>{label}, {days[0]} to {days[-1]}</h2>"
            for table, cells in self.cells.items():
                marks = "".join(
                    f"<i class={cell.state} title='{day} {in_html(cell.text)}'></i>"
                    for day in days
                    if (cell := cells.get(day))
                )
                yield f"<div class=map><b>{table.partition('.')[2]}</b><div>{marks}</div></div>"

    def _violations_table(self) -> str:
        if not self.violations:
            return "<p>None.</p>"
        return html_table(_VIOLATION_COLUMNS, [one.cells for one in self.violations])

    @property
    def _availability(self) -> list[tuple[str, Sequence[str], Sequence[Sequence[str]]]]:
        """What this home has, has not, and does without: title, headings, rows."""
        known = self.available
        return [
            ("What this home does not have", known.HEADINGS, known.lacking),
            ("What this home has", known.HELD_HEADINGS, known.held),
            ("Accepted gaps", known.DECISION_HEADINGS, [one.cells for one in known.decisions]),
        ]

    def _sections(self) -> Iterator[str]:
        for title, headings, rows in self._availability:
            yield f"<h2>{title}</h2>{html_table(headings, rows) if rows else '<p>Nothing.</p>'}"


def overview(
    warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange, *, made_at: dt.datetime, home: Path
) -> Overview:
    """Judge a range now."""
    warehouse.create([load_contracts()[OPEN_VIOLATIONS]])
    gates = {phase: judge_gate(warehouse, phase, dates) for phase in PHASES}
    violations = warehouse.read(
        "select table_name, check_name, coalesce(catalogue_id, '') as catalogue_id, severity, "
        "partition_date, violations "
        f"from {OPEN_VIOLATIONS} where partition_date between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    return Overview(
        dates=dates,
        made_at=made_at,
        gates=gates,
        training=ml_ready(warehouse, dates, home=home),
        violations=_summed(violations),
        cells=_cells(warehouse, instance, dates),
        available=availability(warehouse, dates),
        origins=sorted({one for listed in origins(warehouse, dates).values() for one in listed}),
    )


def _preformatted(lines: Iterable[str]) -> str:
    return "\n".join(in_html(line) for line in lines)


def _summed(rows: Iterable[Mapping[str, Any]]) -> list[OpenViolation]:
    grouped: dict[tuple[str, str, str, str], list[int]] = {}
    for row in rows:
        key = (row["table_name"], row["check_name"], row["catalogue_id"], row["severity"])
        grouped.setdefault(key, []).append(row["violations"])
    found = [OpenViolation(*key, dates=len(counts), violations=sum(counts)) for key, counts in grouped.items()]
    return sorted(found, key=lambda one: (one.severity, one.table, one.check))


def _cells(warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange) -> Cells:
    states = partition_states(warehouse, dates)
    cells: dict[str, dict[dt.date, Cell]] = {}
    for phase in COMPUTED:
        failed = failed_dates(instance, warehouse, phase_tables(phase), dates)
        for table in phase_tables(phase):
            lost = set(failed.get(table.name, ()))
            cells[table.name] = {
                day: _cell(held, failed=day in lost) for day, held in states.get(table.name, {}).items()
            }
    return cells


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
