"""Whether a range or a season is complete: every table on every expected date, nothing failed, spot checks agree.

Stricter than the gates, which forgive some dates. A gap that somebody accepted counts as whole and is listed.
"""

from collections.abc import Iterable

import dagster as dg

from nba_pipeline.calendar import DateRange, season, season_range
from nba_pipeline.completeness.coverage import ExpectedDates, Seen, judge_gates
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.gate_report import GateReport, repair, schedule_repair
from nba_pipeline.completeness.spot_checks import high_scorers, means
from nba_pipeline.contract.catalog import load_contracts, phase_tables
from nba_pipeline.document import shortened
from nba_pipeline.operations.fact_findings import judge_facts
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.ten_checks import ten_tables
from nba_pipeline.phases import COMPUTED, PHASES
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Warehouse

_USUAL = {"points": (5.0, 20.0), "minutes": (10.0, 35.0)}
_MOST_PLAYERS_ASKED, _PLAYERS_PER_TEAM = 100, 8
_FACTS_OF_A_SEASON = {
    "keys are unique and filled": ("V01", "V02"),
    "values are possible": ("V11", "V12", "V19"),
    "tables agree": ("V13", "V14"),
}


def verify_range(warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange) -> Report:
    """Whether a range is whole: expected dates, both phases at 100 %, bootstrap, failed partitions, spot checks."""
    return _examined("Range", warehouse, instance, dates, COMPUTED)


def verify_season(warehouse: Warehouse, instance: dg.DagsterInstance, label: str) -> Report:
    """The success list of a season's backfill: every phase at 100 % of what the schedule expects, nothing failed.

    Raises:
        UsageError: for an unknown season.
    """
    return _examined(f"Season {label}", warehouse, instance, season_range(season(label)), tuple(PHASES))


def _examined(
    title: str, warehouse: Warehouse, instance: dg.DagsterInstance, dates: DateRange, phases: tuple[int, ...]
) -> Report:
    """The lines of a range; those of a season when the sources are among the phases."""
    of_season = phases != COMPUTED
    with warehouse.session():
        warehouse.create(load_contracts().values())
        seen = Seen(warehouse, dates)
        gates = judge_gates(seen, phases)
        found = [_expected(seen.expected), *(_complete(gate) for gate in gates.values())]
        found.append(_no_untracked(gates.values()) if of_season else _bootstrap_rows(gates.values()))
        found.append(failed_finding(instance, seen, phases))
        if of_season:
            found += judge_facts(warehouse, ten_tables(), dates, _FACTS_OF_A_SEASON)
        found.append(_spot_checks(warehouse, seen.expected, dates))
        if of_season:
            found.append(Finding("predictions", "INFO", "this code location makes no predictions yet"))
    numbered = [one.at(number) for number, one in enumerate(found, start=1)]
    return Report(title, dates, numbered, {}, not seen.expected.final)


def _expected(expected: ExpectedDates) -> Finding:
    said = (
        f"{len(expected.final)} dates with {sum(expected.games.values())} final games, {len(expected.bootstrap)} of "
        f"them bootstrap, {len(expected.scheduled - expected.final)} only scheduled"
    )
    if expected.unknown:
        said = f"the schedule says nothing about {shortened(expected.unknown)}; {said}"
        return Finding("expected dates", "FAIL", said, schedule_repair(expected.unknown))
    return Finding("expected dates", "PASS" if expected.scheduled else "INFO", said)


def _complete(gate: GateReport) -> Finding:
    """Every table of a phase on every expected date."""
    phase = PHASES[gate.phase]
    title = f"phase {gate.phase} on every expected date"
    if gate.error:
        return Finding(title, "FAIL", f"could not be judged: {gate.error}", "Repair what the message names.")
    # Fallbacks stand in for single raw sources; what no source has is listed below the name of the family.
    judged = [one for one in gate.tables if one.is_family == phase.is_source]
    missing = {one.table: one.missing for one in judged if one.missing}
    details = (
        *gate.lines,
        *(f"{table} lacks {', '.join(map(str, days))}" for table, days in missing.items()),
        *(f"{one.table} {day}: accepted: {why}" for one in judged for day, why in sorted(one.accepted.items())),
    )
    if missing:
        table, days = next(iter(missing.items()))
        said = f"{len(missing)} tables have gaps; {table} lacks {shortened(days)}"
        remedy = repair([day for days in missing.values() for day in days], of_sources=phase.is_source)
        return Finding(title, "FAIL", said, remedy, details=details)
    # Whoever fills the bootstrap is asked for it too; the report counts it apart.
    counted = [one.expected + (0 if phase.skips_bootstrap else one.bootstrap_expected) for one in gate.tables]
    expected = max(counted, default=0)
    if not expected or gate.verdict == "NOT_APPLICABLE":
        return Finding(title, "INFO", "nothing is expected here", details=details)
    accepted = sum(len(one.accepted) for one in judged)
    said = f"{len(judged)} of {len(judged)} are whole on {expected} dates"
    return Finding(title, "PASS", said + (f", {accepted} gaps accepted" if accepted else ""), details=details)


def _bootstrap_rows(gates: Iterable[GateReport]) -> Finding:
    title = "bootstrap is empty"
    empty = (one for gate in gates if PHASES[gate.phase].skips_bootstrap for one in gate.tables)
    filled = [f"{one.table} on {one.bootstrap_actual} dates" for one in empty if one.bootstrap_actual]
    if not filled:
        return Finding(title, "PASS", "no precompute rows on bootstrap dates")
    return Finding(title, "WARN", ", ".join(filled), catalogue()["V25"].remedy)


def _no_untracked(gates: Iterable[GateReport]) -> Finding:
    title = "no date without a reason"
    silent = {name: days for gate in gates for name, days in gate.untracked.items() if days}
    if not silent:
        return Finding(title, "PASS", "every date has rows or says why not")
    said = tuple(f"{name}: {shortened(days)}" for name, days in silent.items())
    return Finding(title, "FAIL", said[0], catalogue()["V22"].remedy, details=said)


def failed_finding(instance: dg.DagsterInstance, seen: Seen, phases: Iterable[int]) -> Finding:
    """Whether the latest run of every partition of some phases succeeded."""
    failed = failed_dates(instance, seen.warehouse, phase_tables(*phases), seen.dates, lambda: seen.states)
    title = "no partition failed"
    if not failed:
        return Finding(title, "PASS", "the latest run of every partition succeeded")
    details = tuple(f"{table}: {', '.join(map(str, days))}" for table, days in failed.items())
    said = f"{sum(map(len, failed.values()))} partitions, {details[0]}"
    return Finding(title, "FAIL", said, catalogue()["V23"].remedy, details=details)


def _spot_checks(warehouse: Warehouse, expected: ExpectedDates, dates: DateRange) -> Finding:
    """Plausible means, enough players, and three high scorers compared with their team and the final score."""
    title = "spot checks"
    mean = means(warehouse, dates)
    if not mean["players"]:
        if not expected.final:
            return Finding(title, "INFO", "nobody is expected to have played")
        return Finding(title, "FAIL", "nobody played according to player_game_summary")
    problems = []
    wanted = min(_MOST_PLAYERS_ASKED, _PLAYERS_PER_TEAM * mean["teams"])
    if mean["players"] < wanted:
        problems.append(f"{mean['players']} players, at least {wanted} expected")
    problems += [
        f"mean {what} {mean[what]}, usually {low:g} to {high:g}"
        for what, (low, high) in _USUAL.items()
        if mean[what] is None or not low <= mean[what] <= high
    ]
    details = []
    for row in high_scorers(warehouse, dates):
        said = f"{row['player_lookup']} {row['game_date']} {row['game_id']}: {row['points']} points"
        details.append(f"{said} of {row['team_abbr']}'s {row['final_score']}")
        if row["points"] != row["points_of_makes"]:
            problems.append(f"{said}, but his makes give {row['points_of_makes']}")
        by_players, by_team, final = row["player_sum"], row["team_points"], row["final_score"]
        if not by_players == by_team == final:
            problems.append(
                f"{said}, but {row['team_abbr']} has {by_players} by players, {by_team} by team, {final} final"
            )
    if problems:
        said = "; ".join(problems[:3])
        return Finding(title, "FAIL", said, catalogue()["V13"].remedy, details=(*problems, *details))
    said = f"{mean['players']} players, mean {mean['points']:.1f} points in {mean['minutes']:.1f} minutes"
    return Finding(title, "PASS", f"{said}; {', '.join(details)}", details=tuple(details))
