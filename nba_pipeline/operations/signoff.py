"""The sign-off of a phase over a range: a state that is computed, never asserted, and a file as its evidence.

What is judged stands in ``ten_checks`` and ``completeness.coverage``; here the lines of the checklist are put together
and, only when none of them fails, written down with a name and a time.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, is_bootstrap
from nba_pipeline.completeness.coverage import Seen, judge_gates
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.document import Part, Table, Told, as_data
from nba_pipeline.errors import UsageError
from nba_pipeline.home import Home
from nba_pipeline.operations.completion import failed_finding
from nba_pipeline.operations.examined import dry_run
from nba_pipeline.operations.fact_findings import judge_facts
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.ten_checks import ten_checks
from nba_pipeline.phases import LATER, PHASES, WORDS, Phase
from nba_pipeline.warehouse.seam import Warehouse

_GATE, _CHECKS, _SAMPLE = "Gate", "Checks", "Next phase"


@dataclass(frozen=True)
class SignOff:
    """The computed checklist of one phase; ``path`` is the file written, None when the phase may not be signed."""

    phase: int
    report: Report
    path: Path | None

    @property
    def signed(self) -> bool:
        """Whether every line passed and the file was written."""
        return self.path is not None

    @property
    def exit_code(self) -> int:
        """0 signed, else that of the checklist."""
        return 0 if self.signed else self.report.exit_code

    @property
    def document(self) -> dict[str, Any]:
        """The checklist for machines, and the file written."""
        return {**self.report.document, "signed": str(self.path) if self.path else None}

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """The checklist, and whether it was signed."""
        refused = ", ".join(one.title for one in self.report.failing) or "the schedule expects nothing here"
        signed = f"Signed: {self.path}" if self.path else f"Not signed: {refused}"
        return [*self.report.parts(detailed=detailed), signed]


def signoff(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    phase: int,
    dates: DateRange,
    operator: str,
    *,
    home: Home,
    now: dt.datetime | None = None,
) -> SignOff:
    """Compute the completion checklist of a phase and write it down when every line passes.

    Warnings do not refuse; they are part of the evidence. A phase of which the schedule expects nothing is not signed.

    Raises:
        UsageError: for a phase that has no checklist, or without an operator.
    """
    if not operator.strip():
        raise UsageError("Name who signs: --operator NAME.")
    report = checklist(warehouse, instance, phase, dates)
    if report.exit_code not in (0, 2):
        return SignOff(phase, report, None)
    path = _file(home, phase, dates)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(_page(phase, report, operator.strip(), now or dt.datetime.now(dt.UTC)), encoding="utf-8")
    beside.replace(path)
    return SignOff(phase, report, path)


def checklist(warehouse: Warehouse, instance: dg.DagsterInstance, phase: int, dates: DateRange) -> Report:
    """Every line of a phase's completion checklist, judged now: gate, checks, failed partitions, dependencies.

    Raises:
        UsageError: for a phase that has no checklist.
    """
    if phase not in PHASES:
        raise UsageError(f"Phase {phase} has no checklist: write one of {WORDS}.")
    return _checklists(warehouse, instance, [phase], dates)[phase]


def _checklists(
    warehouse: Warehouse, instance: dg.DagsterInstance, phases: Iterable[int], dates: DateRange
) -> dict[int, Report]:
    """The checklists of some phases; gates and checks that several of them name are judged once."""
    wanted = list(phases)
    named = [phase for phase in PHASES if phase <= max(wanted)]
    found = {}
    with warehouse.session():
        seen = Seen(warehouse, dates)
        gates = judge_gates(seen, named)
        checks = {phase: _checks(seen, instance, phase) for phase in named}
        for phase in wanted:
            sections = {_CHECKS: checks[phase], "Runs": [failed_finding(instance, seen, (phase,))]}
            if earlier := [one for one in named if one < phase]:
                sections["Dependencies"] = [
                    line for one in earlier for line in (_gate_line(gates[one]), _usable(one, checks[one]))
                ]
            if after := PHASES[phase].after:
                sections[_SAMPLE] = [_sample(warehouse, after, seen)]
            title = f"Phase {phase} ({PHASES[phase].title})"
            is_nothing = gates[phase].verdict == "NOT_APPLICABLE"
            found[phase] = Report(title, dates, [_gate_line(gates[phase])], sections, is_nothing)
    return found


def _checks(seen: Seen, instance: dg.DagsterInstance, phase: int) -> Sequence[Finding]:
    """The lines about a phase's rows: every error-level check of its tables is in one of them."""
    tables = phase_tables(phase)
    if PHASES[phase].is_source:
        lines = {"keys are unique": ("V01",), "keys are filled": ("V02",)}
        return judge_facts(seen.warehouse, tables, seen.dates, lines)
    return list(ten_checks(seen, instance, tables).all_findings)


def _usable(phase: int, checks: Iterable[Finding]) -> Finding:
    """Whether the rows of an earlier phase can be used."""
    failing = [one for one in checks if one.blocks]
    title = f"phase {phase} checks"
    if failing:
        said = "; ".join(f"{one.title}: {one.sentence}" for one in failing)
        return Finding(title, "FAIL", said, failing[0].remedy)
    return Finding(title, "PASS", "no error-level check fails")


def matrix(warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange, *, home: Home) -> Told:
    """The state of every phase over a range: computed verdict, failing lines, and the file of its sign-off."""
    rows: list[dict[str, Any]] = []
    for phase, report in _checklists(warehouse, instance, PHASES, dates).items():
        path = _file(home, phase, dates)
        rows.append(
            {
                "phase": str(phase),
                "title": PHASES[phase].title,
                "state": {"FAIL": "OPEN", "NOT_APPLICABLE": "NOT_APPLICABLE"}.get(report.verdict, _COMPLETE),
                "failing": [f"{one.title}: {one.sentence}" for one in report.failing],
                "warnings": sum(one.warns for one in report.all_findings),
                "signed": str(path) if path.exists() else None,
            }
        )
    rows += [
        {"phase": phase, "title": title, "state": "NOT BUILT", "failing": [], "warnings": 0, "signed": None}
        for phase, title in LATER.items()
    ]
    cells = [
        (row["phase"], row["title"], row["state"], _signature(row), next(iter(row["failing"]), "")) for row in rows
    ]
    table = Table(f"Phases, {dates}", ("phase", "tables", "state", "signature", "first reason"), cells)
    return Told([table], {**as_data(dates), "phases": rows})


_COMPLETE = "COMPLETE"


def _signature(row: Mapping[str, Any]) -> str:
    if not row["signed"]:
        return ""
    return f"{'signed' if row['state'] == _COMPLETE else 'signed earlier, no longer holds'}: {row['signed']}"


def _file(home: Home, phase: int, dates: DateRange) -> Path:
    return home.reports / "signoff" / f"phase{phase}_{dates}.md"


def _gate_line(gate: GateReport) -> Finding:
    title = f"phase {gate.phase} gate"
    if gate.verdict == "NOT_APPLICABLE":
        return Finding(title, "INFO", gate.total, details=tuple(gate.lines))
    result = "PASS" if gate.verdict == "PASS" else "FAIL"
    return Finding(title, result, gate.error or gate.total, gate.repair, details=tuple(gate.lines))


def _sample(warehouse: Warehouse, phase: Phase, seen: Seen) -> Finding:
    """The models of a phase compute the newest slate of the range, without storing anything."""
    title = f"sample of phase {phase.number}"
    day = max((one for one in seen.expected.final if not (phase.skips_bootstrap and is_bootstrap(one))), default=None)
    if day is None:
        return Finding(title, "INFO", "no date of the range is computed by the next phase")
    remedy = f"nba-pipeline verify {phase.before.word if phase.before else phase.word} {day}"
    try:
        tried = dry_run(warehouse, phase.number, day)
    except Exception as error:  # noqa: BLE001  whatever went wrong, the next phase cannot start on this
        return Finding(title, "FAIL", f"{day} cannot be computed: {' '.join(str(error).split())}", remedy)
    if tried.without_rows:
        return Finding(title, "FAIL", f"no rows for {', '.join(tried.without_rows)}; {tried.line}", remedy)
    return Finding(title, "PASS", tried.line)


def _page(phase: int, report: Report, operator: str, now: dt.datetime) -> str:
    evidence = dict.fromkeys(f"- {line}" for one in report.all_findings for line in one.details)
    return "\n".join(
        (
            f"# Phase {phase} complete: {PHASES[phase].title}, {report.dates}",
            "",
            f"Signed by {operator} at {now.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC. Every line was computed at that",
            "moment; warnings are listed, no line failed.",
            "",
            report.markdown,
            "",
            "## Evidence",
            "",
            *evidence,
            "",
        )
    )
