"""The ten numbered checks of what a backfill left: facts, gates and run history under the numbers operators know."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import dagster as dg

from nba_pipeline.calendar import DateRange, merged, seasons
from nba_pipeline.completeness.coverage import ExpectedDates, Seen, judge_gates
from nba_pipeline.completeness.gate_report import GateReport, TableCoverage
from nba_pipeline.completeness.spot_checks import FACTORS, PLAYERS, TEAMS, counted
from nba_pipeline.contract.catalog import declared, phase_tables, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import shortened
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.fact_findings import Judged, facts_finding, judge, other_errors
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.phases import COMPUTED
from nba_pipeline.remedies import materialize
from nba_pipeline.validation.lookback import SCHEDULE
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Warehouse

BESIDE_THE_TEN = "Beside the ten"
#: What four complete seasons hold, for which the documented minima of rows were written down.
FOUR_SEASONS_GAMES = 5281
_MINIMA = {PLAYERS: ("played rows", 35_000), TEAMS: ("games", 5_600), FACTORS: ("rows", 30_000)}
#: The checks that are nothing but facts: title and catalogue entries.
_OF_FACTS = {
    2: ("duplicates", ("V01",)),
    3: ("empty values", ("V08", "V09")),
    4: ("impossible values", ("V11",)),
    5: ("sums inside a row", ("V12",)),
    6: ("quality", ("V20",)),
    9: ("players add up to their team", ("V13",)),
}
_COUNTS = ("V03", "V05")


def ten_tables() -> list[TableContract]:
    """The five analytics and the five precompute tables."""
    return phase_tables(*COMPUTED)


def post_backfill_validation(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    dates: DateRange,
    tables: Sequence[TableContract] | None = None,
) -> Report:
    """The ten numbered checks over every date of a range, of all ten tables or of some of them."""
    with warehouse.session():
        return ten_checks(Seen(warehouse, dates), instance, tables)


def ten_checks(seen: Seen, instance: dg.DagsterInstance, tables: Sequence[TableContract] | None = None) -> Report:
    """The same over what was seen of a range; an error-level fact that is broken fails its check, others warn."""
    chosen = list(tables or ten_tables())
    whole = len(chosen) == len(ten_tables())
    judged = judge(seen.warehouse, chosen, seen.dates)
    gates = _gates(chosen, seen)
    found = {
        number: facts_finding(title, judged, ids, number, absent="WARN" if whole else "INFO")
        for number, (title, ids) in _OF_FACTS.items()
    }
    found[1] = _record_count(chosen, judged, seen)
    found[7] = _gaps(seen.expected, gates)
    found[8] = _freshness(instance, chosen, seen)
    found[10] = _write_coverage(gates)
    ten = [found[number] for number in sorted(found)]
    ids = {*_COUNTS, *(id_ for _, entries in _OF_FACTS.values() for id_ in entries)}
    beside = [other_errors(judged, ids)]
    is_nothing = not seen.expected.final
    if is_nothing:
        ten, beside = [_nothing(one) for one in ten], [_nothing(one) for one in beside]
    return Report("Post-backfill validation", seen.dates, ten, {BESIDE_THE_TEN: beside}, is_nothing)


def whole_seasons(dates: DateRange) -> int:
    """How many seasons lie in a range as a whole."""
    return sum(dates.start <= one.regular_start and one.season_end <= dates.end for one in seasons())


def _nothing(one: Finding) -> Finding:
    """A line that judged nothing is neither a pass nor a failure."""
    return one if one.blocks else replace(one, result="INFO", sentence="the schedule expects nothing here")


def _record_count(tables: Sequence[TableContract], judged: Sequence[Judged], seen: Seen) -> Finding:
    """Complete games and populations, and the documented minima in proportion to the games of the range."""
    facts = facts_finding("record count", judged, _COUNTS, 1)
    scope = f"documented minima in proportion to {sum(seen.expected.games.values())} games"
    if whole_seasons(seen.dates) >= 4:
        scope = "documented minima"
    names = {table.name for table in tables}
    said, short = [], []
    for name, rows in counted(seen.warehouse, seen.dates).items():
        if name in names:
            table, (what, _) = declared(name), _MINIMA[name]
            dates = sum(bool(held.stored_rows) for held in seen.of(name).values())
            least = _least(table, seen)
            said.append(f"{table.table} {rows:,} {what} on {dates} dates, at least {least:,}")
            if rows < least or (least and not dates):
                short.append(said[-1])
    if short:
        remedy = "Materialise the missing dates; check 10 names them."
        return Finding("record count", "FAIL", f"{short[0]} ({scope})", remedy, 1, (*short, *facts.details))
    if facts.blocks or facts.warns or not said:
        return facts
    return Finding("record count", "PASS", f"{facts.sentence}; {'; '.join(said)} ({scope})", "", 1)


def _least(table: TableContract, seen: Seen) -> int:
    what, documented = _MINIMA[table.name]
    games = seen.expected.games
    later = sum(
        count for day, count in games.items() if not (table.empty_in_bootstrap and day in seen.expected.bootstrap)
    )
    least = documented if whole_seasons(seen.dates) >= 4 else documented * later // FOUR_SEASONS_GAMES
    return min(least, sum(games.values())) if what == "games" else least


_Gates = Sequence[tuple[GateReport, list[TableCoverage]]]


def _gates(tables: Sequence[TableContract], seen: Seen) -> _Gates:
    """The gates of the phases of some tables, each with the coverage of these tables."""
    names = {table.name for table in tables}
    phases = [phase for phase in COMPUTED if names & {table.name for table in phase_tables(phase)}]
    return [
        (report, [one for one in report.tables if one.table in names]) for report in judge_gates(seen, phases).values()
    ]


def _repairs(gates: _Gates) -> str:
    return " ".join(dict.fromkeys(report.repair for report, _ in gates if report.repair))


def _gaps(expected: ExpectedDates, gates: _Gates) -> Finding:
    """Game dates without complete rows, as runs of neighbouring game dates: off-days are no gap."""
    order = sorted(expected.final)
    said = tuple(
        f"{one.table.partition('.')[2]}: {', '.join(gap.words for gap in merged(one.missing, order))}"
        for _, covered in gates
        for one in covered
        if one.missing
    )
    if not said:
        return Finding("gaps", "PASS", f"no gap between the {len(order)} game dates", "", 7)
    remedy = _repairs(gates) or catalogue()["V21"].remedy
    return Finding("gaps", "WARN", f"{len(said)} tables lack game dates; {said[0]}", remedy, 7, said)


def _freshness(instance: dg.DagsterInstance, tables: Sequence[TableContract], seen: Seen) -> Finding:
    """Every stored date was computed after what it is made of; how long ago is not judged."""
    runnable = runnable_contracts()
    known: dict[str, Mapping[str, int]] = {}

    def recorded(name: str) -> Mapping[str, int]:
        if name not in known:
            known[name] = instance.get_latest_storage_id_by_partition(
                asset_key(name), dg.DagsterEventType.ASSET_MATERIALIZATION
            )
        return known[name]

    keys = [day.isoformat() for day in seen.dates.dates()]
    said, unrecorded = [], 0
    for table in tables:
        own = recorded(table.name)
        unrecorded += sum(day.isoformat() not in own for day, held in seen.of(table.name).items() if held.stored_rows)
        for upstream in stored_tables(table.upstreams):
            if upstream == table.name or upstream not in runnable or not runnable[upstream].partition:
                continue
            newer = recorded(upstream)
            stale = [dt.date.fromisoformat(day) for day in keys if day in own and newer.get(day, 0) > own[day]]
            if stale:
                said.append(f"{table.table} is older than {upstream.partition('.')[2]} on {shortened(stale)}")
    if unrecorded:
        said.append(f"{unrecorded} partitions have rows without a materialisation on record")
    if not said:
        return Finding("freshness", "PASS", "every stored date is newer than what it is made of", "", 8)
    remedy = materialize(seen.dates, [table.name for table in tables])
    return Finding("freshness", "WARN", said[0], remedy, 8, tuple(said))


def _write_coverage(gates: _Gates) -> Finding:
    """The gates of the phases, against the schedule's dates."""
    lines = tuple(line for report, _ in gates for line in report.lines)
    errors = [report.error for report, _ in gates if report.error]
    covered = [one for _, tables in gates for one in tables]
    failing = [one for one in covered if one.verdict in ("FAIL", "ERROR")]
    named = {SCHEDULE, *(one.table for one in covered)}
    silent = [(name, days) for report, _ in gates for name, days in report.untracked.items() if days and name in named]
    said = ""
    if errors:
        said = f"could not be judged: {errors[0]}"
    elif failing:
        one = failing[0]
        missing = shortened(one.missing)
        said = f"{one.table.partition('.')[2]} has {one.actual} of {one.expected} dates, missing {missing}"
    elif silent:
        said = f"{silent[0][0]} has neither rows nor a reason on {shortened(silent[0][1])}"
    if said:
        return Finding("write coverage", "FAIL", said, _repairs(gates), 10, lines)
    judged = [one for one in covered if one.expected]
    if not judged:
        return Finding("write coverage", "INFO", "the schedule expects nothing here", "", 10, lines)
    least = min(one.pct or 0.0 for one in judged)
    said = f"{len(judged)} tables at {least:.2f} % or more of the schedule's dates"
    return Finding("write coverage", "PASS", said, "", 10, lines)
