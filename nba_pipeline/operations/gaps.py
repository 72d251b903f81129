"""What is missing or unsound in a range, what stands on it, and the commands that repair it in order.

Nothing is launched. Coverage is judged in ``completeness.coverage``; open violations are kept by the check steps; gaps
somebody has decided to live with are in ``accepted_gaps``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from nba_pipeline.calendar import DateRange, merged, season_on, season_year_of
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accepted_gaps
from nba_pipeline.completeness.coverage import Seen, judge_gates
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.completeness.states import STATES, PartitionState, States
from nba_pipeline.completeness.violations import OpenViolation, open_violations
from nba_pipeline.contract.catalog import in_flow, load_contracts, phase_tables, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Part, Table, Verdict, as_data, exit_code, shortened
from nba_pipeline.phases import COMPUTED, PHASES, SOURCES
from nba_pipeline.remedies import materialize
from nba_pipeline.validation.lookback import SCHEDULE
from nba_pipeline.warehouse.seam import Warehouse

#: What a gap of a priority makes of the report.
_VERDICTS: Mapping[str, Verdict] = {
    "critical": "FAIL",
    "high": "FAIL",
    "medium": "WARN",
    "low": "WARN",
    "accepted": "INFO",
}
PRIORITIES = tuple(_VERDICTS)

_NO_SCHEDULE = "the schedule never spoke of these dates"
_RAW_SCHEDULE = "nba_raw.nbac_schedule"
#: Kinds that need a look, not a command: another source has the games, or a check only warns.
_HARMLESS = frozenset({"thin source", "warning"})


@dataclass(frozen=True)
class Gap:
    """Dates of one table with one problem.

    ``kind`` is missing (no rows), partial (games missing), contaminated (an error-level fact is broken), warning (a
    warning-level fact is) or thin source (another source has the games). ``ranges`` merge dates with no game date
    between them. ``downstream`` are the analytics and precompute tables that read the table, also through others.
    """

    table: str
    kind: str
    dates: tuple[dt.date, ...]
    ranges: tuple[DateRange, ...]
    detail: str
    downstream: tuple[str, ...]
    accepted: str = ""

    @property
    def priority(self) -> str:
        """critical, high, medium, low, or accepted."""
        return "accepted" if self.accepted else priority(self.kind, len(self.downstream))

    @property
    def document(self) -> dict[str, Any]:
        """The gap for machines."""
        names = ("table", "kind", "priority", "dates", "detail", "downstream", "accepted")
        return as_data({name: getattr(self, name) for name in names} | {"ranges": list(map(str, self.ranges))})

    def cells(self, most: int) -> tuple[object, ...]:
        """The gap as a row of a table, with so many of its ranges."""
        which = shortened([one.words for one in self.ranges], most)
        count = len(self.downstream)
        return (self.priority, self.table, self.kind, len(self.dates), which, count, self.accepted or self.detail)


@dataclass(frozen=True)
class GapReport:
    """The gaps of a range by priority, the commands that repair them in order, and what became of every date.

    ``expired`` are acceptances that no longer count.
    """

    dates: DateRange
    gaps: tuple[Gap, ...]
    commands: tuple[str, ...]
    states: Mapping[str, Mapping[dt.date, str]]
    errors: tuple[str, ...]
    expired: tuple[AcceptedGap, ...]
    expects_something: bool

    @property
    def exit_code(self) -> int:
        """0 no gap, 1 a critical or high one (or not to be judged), 2 only lower ones, 4 nothing to judge."""
        return exit_code(
            *("ERROR" for _ in self.errors),
            *(_VERDICTS[one.priority] for one in self.gaps),
            "PASS" if self.expects_something else "INFO",
        )

    @property
    def document(self) -> dict[str, Any]:
        """The report for machines."""
        return as_data(
            {
                **as_data(self.dates),
                **{name: getattr(self, name) for name in ("exit_code", "errors", "commands", "states")},
                "gaps": [one.document for one in self.gaps],
                "expired_acceptances": [f"{one.table} {one.dates}" for one in self.expired],
            }
        )

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """The gaps, the commands that close them, how many there are; in detail every date and what stands on it."""
        parts: list[Part] = [f"ERROR {error}" for error in self.errors]
        parts += [f"The acceptance of {one.table} {one.dates} expired on {one.expires}." for one in self.expired]
        if detailed:
            counted = {table: Counter(days.values()) for table, days in self.states.items()}
            rows = [(table, *(counts[state] for state in STATES)) for table, counts in counted.items()]
            parts.append(Table(f"Dates by state, {self.dates}", ("table", *STATES), rows))
            parts += [
                f"{state} {table}: {', '.join(one.words for one in found)}"
                for table, days in self.states.items()
                for state in ("broken", "partial", "missing", "unknown")
                if (found := merged(day for day, held in days.items() if held == state))
            ]
        if self.gaps:
            headings = ("priority", "table", "kind", "dates", "which", "downstream", "why")
            parts.append(
                Table(
                    f"Gaps, {self.dates}", headings, [one.cells(len(one.dates) if detailed else 3) for one in self.gaps]
                )
            )
        if detailed:
            parts += [
                f"On {one.table} stand {', '.join(name.partition('.')[2] for name in one.downstream)}"
                for one in self.gaps
                if one.downstream and one.priority not in ("low", "accepted")
            ]
        if self.commands:
            parts += ["Recovery, in this order:", *(f"  {command}" for command in self.commands)]
        counts = Counter(one.priority for one in self.gaps)
        total = ", ".join(f"{counts[name]} {name}" for name in PRIORITIES if counts[name])
        return [*parts, f"{self.dates}: {total or ('no gaps' if self.expects_something else 'no final games')}"]


# Plain rules


def priority(kind: str, downstream: int) -> str:
    """How urgent a gap is: three tables that stand on it make it critical, one high, also any missing date."""
    if kind in _HARMLESS:
        return "low"
    if downstream >= 3:
        return "critical"
    if downstream or kind == "missing":
        return "high"
    return "medium" if kind == "contaminated" else "low"


def downstream_of(table: str) -> tuple[str, ...]:
    """Analytics and precompute tables that read a table, directly or through others, in flow order."""
    judged = {one.name for one in phase_tables(*COMPUTED)}
    reached = {table}
    for contract in in_flow(runnable_contracts()):
        if reached.intersection(_reads(contract)):
            reached.add(contract.name)
    return tuple(one.name for one in in_flow(reached & judged - {table}))


def _reads(contract: TableContract) -> tuple[str, ...]:
    return tuple(name for name in stored_tables(contract.upstreams) if name != contract.name)


# The report


def find_gaps(warehouse: Warehouse, dates: DateRange, today: dt.date) -> GapReport:
    """Every gap of the raw sources, the analytics and the precompute tables over a range, as of ``today`` (Eastern).

    Raises:
        WarehouseBusyError: when another process keeps the warehouse.
    """
    last = season_on(dates.end)
    with warehouse.session():
        # Later dates of the season may stand on a gap in the range.
        seen = Seen(warehouse, dates, until=max(dates.end, last.season_end) if last else dates.end)
        reports = judge_gates(seen, PHASES).values()
        expected, states = seen.expected, seen.states
        accepted = accepted_gaps(warehouse)
        violations = open_violations(warehouse, dates)
    among = sorted(expected.final)
    gaps = [*_uncovered(reports, states, among), *_to_redo(states, dates, expected.final, among)]
    unknown = [day for day in expected.unknown if day <= today]
    if unknown:
        gaps.append(_gap(SCHEDULE, "missing", unknown, _NO_SCHEDULE))
    gaps += _unsound(violations, among)
    gaps.sort(key=lambda one: (PRIORITIES.index(one.priority), one.dates[0], one.table, one.kind))
    return GapReport(
        dates=dates,
        gaps=tuple(gaps),
        commands=tuple(recovery(gaps, states, among)),
        states={
            table.name: {day: held.state for day, held in states.get(table.name, {}).items() if day <= dates.end}
            for table in phase_tables(*COMPUTED)
        },
        errors=tuple(f"phase {one.phase}: {one.error}" for one in reports if one.error),
        expired=tuple(one for one in accepted if not one.is_open(today)),
        expects_something=bool(expected.final),
    )


def _gap(table: str, kind: str, days: Iterable[dt.date], detail: str, among: Sequence[dt.date] = ()) -> Gap:
    dates = tuple(sorted(days))
    if table in load_contracts():
        downstream = downstream_of(table)
    else:  # a family of sources: every table stands on it
        downstream = tuple(one.name for one in phase_tables(*COMPUTED))
    return Gap(table, kind, dates, merged(dates, among), detail, downstream)


def _uncovered(reports: Iterable[GateReport], states: States, among: Sequence[dt.date]) -> Iterator[Gap]:
    """What the gates say is not whole, though it was computed as it stands: a gap per table and kind."""
    for report in reports:
        for one in report.tables:
            by_kind: dict[str, list[dt.date]] = {}
            held = states.get(one.table, {})
            for day in one.missing:
                if day in held and _is_to_redo(held[day]):
                    continue
                partial = one.reasons[day].endswith("games missing")
                thin = PHASES[report.phase].is_source and "." in one.table
                by_kind.setdefault("thin source" if thin else "partial" if partial else "missing", []).append(day)
            for reason in sorted(set(one.accepted.values())):
                days = [day for day, why in one.accepted.items() if why == reason]
                yield replace(_gap(one.table, "missing", days, "no source has them", among), accepted=reason)
            for kind, days in by_kind.items():
                yield _gap(one.table, kind, days, _most_common(one.reasons[day] for day in days), among)


def _to_redo(states: States, dates: DateRange, final: frozenset[dt.date], among: Sequence[dt.date]) -> Iterator[Gap]:
    """Dates of any table, also of sources and reference tables, that a run would fill: a gap per table and kind."""
    for table, days in states.items():
        by_kind: dict[str, dict[dt.date, str]] = {}
        for day, held in days.items():
            if day > dates.end or not _is_to_redo(held) or (day not in final and not held.is_published):
                continue
            lost = "partial" if held.reason == "rows_vanished" else "contaminated"
            by_kind.setdefault(lost if held.stored_rows else "missing", {})[day] = held.words
        for kind, words in by_kind.items():
            yield _gap(table, kind, words, _most_common(words.values()), among)


def _is_to_redo(held: PartitionState) -> bool:
    """Whether a date was never computed, or its rows are not those that were published and judged."""
    return held.is_to_redo or held.reason == "never_computed"


def _most_common(reasons: Iterable[str]) -> str:
    return ", ".join(f"{reason} ({count})" for reason, count in Counter(reasons).most_common(3))


def _unsound(violations: Iterable[OpenViolation], among: Sequence[dt.date]) -> Iterator[Gap]:
    """Dates with open violations: a gap per table and severity."""
    by_table: dict[tuple[str, str], list[OpenViolation]] = {}
    for one in violations:
        by_table.setdefault((one.table, one.severity), []).append(one)
    for (table, severity), listed in sorted(by_table.items()):
        most = sorted(listed, key=lambda one: -one.violations)
        detail = ", ".join(f"{one.check} ({one.violations})" for one in most[:3])
        kind = "contaminated" if severity == "error" else "warning"
        yield _gap(table, kind, {day for one in listed for day in one.by_date}, detail, among)


# Recovery


def recovery(gaps: Sequence[Gap], states: States, among: Sequence[dt.date]) -> Iterator[str]:
    """Commands that repair gaps, upstream first; sources nobody has are to be ingested before.

    A gap is computed again, with what it reads and was never computed, and with every stored date that stands on it.
    Ranges go over dates without games (``among`` are the game dates), which costs nothing.
    """
    wanted: dict[str, set[dt.date]] = {}
    flow = [one for one in in_flow(runnable_contracts()) if one.partition]
    for gap in gaps:
        if gap.priority == "accepted" or gap.kind in _HARMLESS:
            continue
        if "." not in gap.table:
            spans = ", ".join(one.words for one in gap.ranges)
            yield f"# ingest {gap.table} of {spans} first: nba-pipeline ingest archive FOLDER"
            for source in phase_tables(SOURCES.number):
                wanted.setdefault(source.name, set()).update(gap.dates)
            continue
        wanted.setdefault(gap.table, set()).update(gap.dates)
        if gap.detail == _NO_SCHEDULE:
            spans = ", ".join(one.words for one in gap.ranges)
            yield f"# ingest the schedule of {spans} first: nba-pipeline ingest archive FOLDER"
            wanted.setdefault(_RAW_SCHEDULE, set()).update(gap.dates)
        for name in _behind(gap.table, flow):
            published = _published(states, name)
            wanted.setdefault(name, set()).update(day for day in gap.dates if day not in published)
    steps: list[tuple[str, tuple[DateRange, ...]]] = []
    for table in flow:
        days = wanted.setdefault(table.name, set())
        for name in _reads(table):
            days |= _standing_on(table, wanted.get(name, set()), _published(states, table.name))
        if days:
            steps.append((table.name, merged(days, among)))
    for ranges, members in groupby(steps, key=lambda step: step[1]):
        names = [name for name, _ in members]
        for one in ranges:
            yield materialize(one, names)


def _published(states: States, table: str) -> set[dt.date]:
    return {day for day, held in states.get(table, {}).items() if held.is_published}


def _behind(table: str, flow: Sequence[TableContract]) -> list[str]:
    """Everything a table reads, directly or through others."""
    reached = {table}
    for contract in reversed(flow):
        if contract.name in reached:
            reached.update(_reads(contract))
    return [contract.name for contract in flow if contract.name in reached - {table}]


def _standing_on(table: TableContract, days: set[dt.date], stored: Iterable[dt.date]) -> set[dt.date]:
    """Stored dates of a table that used given dates of an upstream: the date itself, with history all later ones."""
    if not table.history:
        return days.intersection(stored)
    first: dict[int, dt.date] = {}
    for day in days:
        year = season_year_of(day)
        first[year] = min(day, first.get(year, day))
    return {day for day in stored if day >= first.get(season_year_of(day), dt.date.max)}
