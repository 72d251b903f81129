"""Examinations of what a backfill left: the ten checks, a range, a season, readiness for training.

What a single fact is stands in the catalogue and in the contracts; here facts are gathered under the numbers and
questions operators know. Everything is judged anew each time it is asked; nothing is stored.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Concatenate, ParamSpec

import dagster as dg

from nba_pipeline.calendar import DateRange, last_partition, merged, season, season_range, seasons
from nba_pipeline.completeness.coverage import (
    ExpectedDates,
    GateReport,
    TableCoverage,
    expected_dates,
    judge_gate,
    schedule_repair,
    shortened,
)
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.contract.catalog import declared, load_contracts, phase_tables, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.features import feature_versions
from nba_pipeline.home import current_home
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.findings import Finding, Report, Result
from nba_pipeline.phases import COMPUTED, PHASES
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Fact, Verdict, evaluate
from nba_pipeline.validation.lookback import SCHEDULE, accepted_dates
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Value, Warehouse

Arguments = ParamSpec("Arguments")

PLAYERS = "nba_analytics.player_game_summary"
TEAMS = "nba_analytics.team_offense_game_summary"
FACTORS = "nba_precompute.player_composite_factors"
STORE = "nba_predictions.ml_feature_store_v2"
TRAINING = "training_features_v1"
#: What four complete seasons hold, for which the documented minima of rows were written down.
FOUR_SEASONS_GAMES = 5281
_MINIMA = (
    (PLAYERS, "played rows", "countif(did_play)", 35_000),
    (TEAMS, "games", "count(distinct game_id)", 5_600),
    (FACTORS, "rows", "count(*)", 30_000),
)
_USUAL_POINTS = (5.0, 20.0)
_USUAL_MINUTES = (10.0, 35.0)
_MOST_PLAYERS_ASKED = 100
_PLAYERS_PER_TEAM = 8
_HIGH_SCORERS = 3


@dataclass(frozen=True)
class Judged:
    """The verdicts of one table."""

    table: TableContract
    verdicts: Sequence[Verdict]


# The ten checks

BESIDE_THE_TEN = "Beside the ten"


def ten_tables() -> list[TableContract]:
    """The five analytics and the five precompute tables."""
    return phase_tables(*COMPUTED)


def _in_one_session(
    examine: Callable[Concatenate[Warehouse, Arguments], Report],
) -> Callable[Concatenate[Warehouse, Arguments], Report]:
    """Keep the warehouse open for the many questions of one examination."""

    @wraps(examine)
    def examined(warehouse: Warehouse, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Report:
        with warehouse.session():
            return examine(warehouse, *args, **kwargs)

    return examined


@_in_one_session
def post_backfill_validation(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    dates: DateRange,
    tables: Sequence[TableContract] | None = None,
) -> Report:
    """The ten numbered checks over every date of a range, of all ten tables or of some of them.

    An error-level fact that is broken fails its check, a warning-level one warns.
    """
    chosen = list(tables or ten_tables())
    warehouse.create(load_contracts().values())
    expected = expected_dates(warehouse, dates)
    asked = frozenset({"V01", "V03", "V05", "V08", "V09", "V11", "V12", "V13", "V20"})
    everything = judge(warehouse, chosen, dates, None)
    judged = [_with(one, lambda fact: fact.id in asked) for one in everything]
    others = [_with(one, lambda fact: fact.id not in asked) for one in everything]
    gates = _gates(warehouse, chosen, dates)
    whole = len(chosen) == len(ten_tables())
    facts = {
        2: ("duplicates", ("V01",)),
        3: ("empty values", ("V08", "V09")),
        4: ("impossible values", ("V11",)),
        5: ("sums inside a row", ("V12",)),
        6: ("quality", ("V20",)),
        9: ("players add up to their team", ("V13",)),
    }
    found = {number: _by_facts(number, title, judged, wanted, whole) for number, (title, wanted) in facts.items()}
    found[1] = _record_count(warehouse, judged, expected, dates)
    found[7] = _gaps(expected, gates)
    found[8] = _freshness(warehouse, instance, chosen, dates)
    found[10] = _write_coverage(gates)
    ten = [found[number] for number in sorted(found)]
    beside = [_errors_of(others)]
    if not expected.final:
        ten, beside = [_nothing(one) for one in ten], [_nothing(one) for one in beside]
    return Report("Post-backfill validation", dates, ten, {BESIDE_THE_TEN: beside}, not expected.final)


def judge(
    warehouse: Warehouse, tables: Iterable[TableContract], dates: DateRange, ids: Iterable[str] | None
) -> Sequence[Judged]:
    """The verdicts of all facts with these catalogue entries; of every fact for None."""
    wanted = None if ids is None else set(ids)
    return [
        Judged(
            table,
            list(
                evaluate(warehouse, [fact for fact in checks_of(table) if wanted is None or fact.id in wanted], dates)
            ),
        )
        for table in tables
    ]


def _with(one: Judged, wanted: Callable[[Fact], bool]) -> Judged:
    return Judged(one.table, [verdict for verdict in one.verdicts if wanted(verdict.fact)])


def _errors_of(judged: Sequence[Judged]) -> Finding:
    """Every error-level fact that none of the ten checks is made of."""
    title = "every other error-level check"
    asked = [
        (one.table, verdict)
        for one in judged
        for verdict in one.verdicts
        if verdict.fact.severity is dg.AssetCheckSeverity.ERROR
    ]
    broken = [(table, verdict) for table, verdict in asked if not verdict.passed]
    if not broken:
        return Finding(title, "PASS", f"{len(asked)} facts hold in {len(judged)} tables")
    said = tuple(
        f"{table.table}.{verdict.fact.name}: {verdict.violations} violations"
        + (f" on {shortened(list(verdict.by_date))}" if verdict.by_date else "")
        for table, verdict in broken
    )
    ids = sorted({verdict.fact.id for _, verdict in broken if verdict.fact.id})
    remedy = catalogue()[ids[0]].remedy if ids else "Materialise the named dates again."
    return Finding(title, "FAIL", f"{len(broken)} of {len(asked)} are broken; {said[0]}", remedy, details=said)


def _nothing(one: Finding) -> Finding:
    """A line that judged nothing is neither a pass nor a failure."""
    return one if one.result == "FAIL" else replace(one, result="INFO", sentence="the schedule expects nothing here")


def judge_facts(
    warehouse: Warehouse,
    tables: Sequence[TableContract],
    dates: DateRange,
    lines: Iterable[tuple[str, Sequence[str]]],
) -> list[Finding]:
    """One line per title and catalogue entries, over these tables."""
    warehouse.create(load_contracts().values())
    asked = list(lines)
    judged = judge(warehouse, tables, dates, {id_ for _, ids in asked for id_ in ids})
    return [_by_facts(None, title, judged, ids, whole=False) for title, ids in asked]


def _by_facts(number: int | None, title: str, judged: Sequence[Judged], ids: Sequence[str], whole: bool) -> Finding:
    """A check that is the sum of the catalogue's facts with these ids."""
    asked = [(one.table, verdict) for one in judged for verdict in one.verdicts if verdict.fact.id in ids]
    named = " and ".join(ids)
    if not asked:
        result: Result = "WARN" if whole else "INFO"
        return Finding(
            title, result, f"no fact of {named} is stated for these tables", "State it below checks/.", number
        )
    broken = [(table, verdict) for table, verdict in asked if not verdict.passed]
    errors = [one for one in broken if one[1].fact.severity is dg.AssetCheckSeverity.ERROR]
    if not broken:
        tables = len({table.name for table, _ in asked})
        return Finding(title, "PASS", f"{len(asked)} facts of {named} hold in {tables} tables", "", number)
    said = [
        f"{table.table}.{verdict.fact.name}: {verdict.violations} violations"
        + (f" on {shortened(list(verdict.by_date), 3)}" if verdict.by_date else "")
        for table, verdict in sorted(broken, key=lambda one: one[1].fact.severity is not dg.AssetCheckSeverity.ERROR)
    ]
    remedies = dict.fromkeys(catalogue()[verdict.fact.id].remedy for _, verdict in (errors or broken))
    return Finding(
        title,
        "FAIL" if errors else "WARN",
        f"{len(broken)} of {len(asked)} facts of {named} are broken; {said[0]}",
        " ".join(remedies),
        number,
        details=tuple(said),
    )


def _record_count(warehouse: Warehouse, judged: Sequence[Judged], expected: ExpectedDates, dates: DateRange) -> Finding:
    """Complete games and populations, and the documented minima in proportion to the games of the range."""
    facts = _by_facts(1, "record count", judged, ("V03", "V05"), whole=False)
    names = {one.table.name for one in judged}
    scope = f"documented minima in proportion to {sum(expected.games.values())} games"
    if _seasons_inside(dates) >= 4:
        scope = "documented minima"
    said, short = [], []
    for name, what, measure, documented in _MINIMA:
        if name not in names:
            continue
        table = declared(name)
        (row,) = warehouse.read(
            f"select {measure} as counted, count(distinct {table.partition}) as dates from {name} "
            f"where {table.partition} between @start_date and @end_date",
            _bounds(dates),
        ).to_pylist()
        least = _least(documented, what, expected, dates, bootstrap=not table.empty_in_bootstrap)
        counted = row["counted"] or 0
        said.append(f"{table.table} {counted:,} {what} on {row['dates']} dates, at least {least:,}")
        if counted < least or (least and not row["dates"]):
            short.append(said[-1])
    if short:
        details = (*short, *facts.details)
        remedy = "Materialise the missing dates; check 10 names them."
        return Finding("record count", "FAIL", f"{short[0]} ({scope})", remedy, 1, details=details)
    if facts.result in ("FAIL", "WARN"):
        return facts
    if not said:
        return facts
    return Finding("record count", "PASS", f"{facts.sentence}; {'; '.join(said)} ({scope})", "", 1)


def _least(documented: int, what: str, expected: ExpectedDates, dates: DateRange, *, bootstrap: bool) -> int:
    games = sum(expected.games.values())
    later = sum(count for day, count in expected.games.items() if bootstrap or day not in expected.bootstrap)
    least = documented if _seasons_inside(dates) >= 4 else documented * later // FOUR_SEASONS_GAMES
    return min(least, games) if what == "games" else least


def _of_seasons(documented: float, dates: DateRange) -> int:
    """What is documented of four seasons, for as many whole ones as the range holds, one at least."""
    return int(documented * min(4, max(1, _seasons_inside(dates))) / 4)


def _seasons_inside(dates: DateRange) -> int:
    return sum(dates.start <= one.regular_start and one.season_end <= dates.end for one in seasons())


def _gates(
    warehouse: Warehouse, tables: Sequence[TableContract], dates: DateRange
) -> list[tuple[GateReport, list[TableCoverage]]]:
    """The gates of the phases of some tables, each with the coverage of these tables."""
    names = {table.name for table in tables}
    gates = []
    for phase in COMPUTED:
        if names & {table.name for table in phase_tables(phase)}:
            report = judge_gate(warehouse, phase, dates)
            gates.append((report, [one for one in report.tables if one.table in names]))
    return gates


def _gaps(expected: ExpectedDates, gates: Sequence[tuple[GateReport, list[TableCoverage]]]) -> Finding:
    """Game dates without complete rows, as runs of neighbouring game dates: off-days are no gap."""
    order = sorted(expected.final)
    said = [
        f"{one.table.partition('.')[2]}: {', '.join(gap.words for gap in merged(one.missing, order))}"
        for _, covered in gates
        for one in covered
        if one.missing
    ]
    if not said:
        return Finding("gaps", "PASS", f"no gap between the {len(order)} game dates", "", 7)
    remedy = " ".join(dict.fromkeys(report.repair for report, _ in gates if report.repair))
    return Finding(
        "gaps",
        "WARN",
        f"{len(said)} tables lack game dates; {said[0]}",
        remedy or catalogue()["V21"].remedy,
        7,
        details=tuple(said),
    )


def _freshness(
    warehouse: Warehouse, instance: dg.DagsterInstance, tables: Sequence[TableContract], dates: DateRange
) -> Finding:
    """Every stored date was computed after what it is made of; how long ago is not judged."""
    runnable = runnable_contracts()
    known: dict[str, Mapping[str, int]] = {}

    def recorded(name: str) -> Mapping[str, int]:
        if name not in known:
            known[name] = instance.get_latest_storage_id_by_partition(
                asset_key(name), dg.DagsterEventType.ASSET_MATERIALIZATION
            )
        return known[name]

    keys = [day.isoformat() for day in dates.dates()]
    stored = _stored_dates(warehouse, tables, dates)
    said, unrecorded = [], 0
    for table in tables:
        own = recorded(table.name)
        unrecorded += sum(day not in own for day in stored[table.name])
        for upstream in stored_tables(table.upstreams):
            if upstream == table.name or upstream not in runnable or not runnable[upstream].partition:
                continue
            newer = recorded(upstream)
            stale = [day for day in keys if day in own and newer.get(day, 0) > own[day]]
            if stale:
                days = [dt.date.fromisoformat(day) for day in stale]
                said.append(f"{table.table} is older than {upstream.partition('.')[2]} on {shortened(days)}")
    if unrecorded:
        said.append(f"{unrecorded} partitions have rows without a materialisation on record")
    if not said:
        return Finding("freshness", "PASS", "every stored date is newer than what it is made of", "", 8)
    names = " ".join(table.name for table in tables)
    remedy = f"nba-pipeline materialize {names} --partition-range {dates}"
    return Finding("freshness", "WARN", said[0], remedy, 8, details=tuple(said))


def _stored_dates(warehouse: Warehouse, tables: Sequence[TableContract], dates: DateRange) -> Mapping[str, set[str]]:
    states = partition_states(warehouse, dates)
    return {
        table.name: {day.isoformat() for day, held in states.get(table.name, {}).items() if held.stored_rows}
        for table in tables
    }


def _write_coverage(gates: Sequence[tuple[GateReport, list[TableCoverage]]]) -> Finding:
    """The gates of the phases, against the schedule's dates."""
    lines = tuple(line for report, _ in gates for line in report.lines)
    errors = [report.error for report, _ in gates if report.error]
    failing = [one for _, covered in gates for one in covered if one.verdict in ("FAIL", "ERROR")]
    named = {SCHEDULE, *(one.table for _, covered in gates for one in covered)}
    silent = [(name, days) for report, _ in gates for name, days in report.untracked.items() if days and name in named]
    repair = " ".join(dict.fromkeys(report.repair for report, _ in gates if report.repair))
    if errors:
        return Finding("write coverage", "FAIL", f"could not be judged: {errors[0]}", repair, 10, details=lines)
    if failing:
        one = failing[0]
        table, missing = one.table.partition(".")[2], shortened(one.missing)
        said = f"{table} has {one.actual} of {one.expected} dates, missing {missing}"
        return Finding("write coverage", "FAIL", said, repair, 10, details=lines)
    if silent:
        said = f"{silent[0][0]} has neither rows nor a reason on {shortened(silent[0][1])}"
        return Finding("write coverage", "FAIL", said, repair, 10, details=lines)
    covered = [one for _, tables in gates for one in tables if one.expected]
    if not covered:
        return Finding("write coverage", "INFO", "the schedule expects nothing here", "", 10, details=lines)
    worst = min(covered, key=lambda one: one.pct or 0.0)
    said = f"{len(covered)} tables at {worst.pct:.2f} % or more of the schedule's dates"
    return Finding("write coverage", "PASS", said, "", 10, details=lines)


# A range


@_in_one_session
def verify_range(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    dates: DateRange,
) -> Report:
    """Whether a range is whole: expected dates, both phases at 100 %, bootstrap, failed partitions, spot checks.

    A gap that somebody accepted counts as whole and is listed.
    """
    warehouse.create(load_contracts().values())
    expected = expected_dates(warehouse, dates)
    gates = [judge_gate(warehouse, phase, dates) for phase in COMPUTED]
    number = count(2)
    findings = [
        _expected(expected),
        *(_complete(gate, next(number)) for gate in gates),
        _bootstrap_rows(gates, next(number)),
        failed_finding(instance, warehouse, COMPUTED, dates, next(number)),
        _spot_checks(warehouse, expected, dates, next(number)),
    ]
    return Report("Range", dates, findings, {}, not expected.final)


def _expected(expected: ExpectedDates) -> Finding:
    unknown = expected.unknown
    games = sum(expected.games.values())
    said = (
        f"{len(expected.final)} dates with {games} final games, {len(expected.bootstrap)} of them bootstrap, "
        f"{len(expected.scheduled - expected.final)} only scheduled"
    )
    if unknown:
        return Finding(
            "expected dates",
            "FAIL",
            f"the schedule says nothing about {shortened(unknown)}; {said}",
            schedule_repair(unknown),
            1,
        )
    return Finding("expected dates", "PASS" if expected.scheduled else "INFO", said, "", 1)


def _complete(gate: GateReport, number: int | None) -> Finding:
    """Every table of a phase on every expected date: stricter than the gate, which forgives some."""
    phase = PHASES[gate.phase]
    title = f"phase {gate.phase} on every expected date"
    if gate.error:
        return Finding(title, "FAIL", f"could not be judged: {gate.error}", "Repair what the message names.", number)
    # Fallbacks stand in for single raw sources; what no source has is listed below the name of the family.
    judged = [one for one in gate.tables if ("." in one.table) == (not phase.is_source)]
    missing = {one.table: list(one.missing) for one in judged if one.missing}
    details = [*gate.lines]
    details += [f"{table} lacks {', '.join(map(str, days))}" for table, days in missing.items()]
    details += [f"{one.table} {day}: accepted: {why}" for one in judged for day, why in sorted(one.accepted.items())]
    if missing:
        table, days = next(iter(missing.items()))
        said = f"{len(missing)} tables have gaps; {table} lacks {shortened(days)}"
        return Finding(title, "FAIL", said, _recovery(missing), number, details=tuple(details))
    accepted = sum(len(one.accepted) for one in judged)
    excused = f", {accepted} gaps accepted" if accepted else ""
    if gate.verdict == "NOT_APPLICABLE":
        return Finding(title, "INFO", "nothing is expected here", "", number, details=tuple(details))
    # Whoever fills the bootstrap is asked for it too; the report counts it apart.
    counted = [one.expected + (0 if phase.skips_bootstrap else one.bootstrap_expected) for one in gate.tables]
    expected = max(counted, default=0)
    return Finding(
        title,
        "PASS" if expected else "INFO",
        f"{len(judged)} of {len(judged)} are whole on {expected} dates{excused}",
        "",
        number,
        details=tuple(details),
    )


def _recovery(missing: Mapping[str, Sequence[dt.date]]) -> str:
    """Commands that close gaps, in the order data flow."""
    order = [table.name for table in phase_tables(*PHASES)]
    known = sorted((table for table in missing if table in order), key=order.index)
    if not known:
        return "Ingest a source that has the missing games, then nba-pipeline materialize nba_raw for their dates."
    return "; ".join(
        f"nba-pipeline materialize {table} --partition-range {min(missing[table])}...{max(missing[table])}"
        for table in known
    )


def _bootstrap_rows(gates: Iterable[GateReport], number: int) -> Finding:
    title = "bootstrap is empty"
    empty = (one for gate in gates if PHASES[gate.phase].skips_bootstrap for one in gate.tables)
    filled = {one.table: one.bootstrap_actual for one in empty if one.bootstrap_actual}
    if not filled:
        return Finding(title, "PASS", "no precompute rows on bootstrap dates", "", number, critical=False)
    said = ", ".join(f"{table} on {days} dates" for table, days in filled.items())
    return Finding(title, "WARN", said, catalogue()["V25"].remedy, number, critical=False)


def failed_finding(
    instance: dg.DagsterInstance,
    warehouse: Warehouse,
    phases: Iterable[int],
    dates: DateRange,
    number: int | None = None,
) -> Finding:
    """Whether the latest run of every partition of some phases succeeded."""
    failed = failed_dates(instance, warehouse, [table for phase in phases for table in phase_tables(phase)], dates)
    title = "no partition failed"
    if not failed:
        return Finding(title, "PASS", "the latest run of every partition succeeded", "", number)
    details = tuple(f"{table}: {', '.join(map(str, days))}" for table, days in failed.items())
    said = f"{sum(map(len, failed.values()))} partitions, {details[0]}"
    return Finding(title, "FAIL", said, catalogue()["V23"].remedy, number, details=details)


_MEANS = f"""
select
    count(*) as row_count,
    count(distinct player_lookup) as players,
    count(distinct team_abbr) as teams,
    avg(points) as points,
    avg(minutes_played) as minutes
from {PLAYERS}
where game_date between @start_date and @end_date and did_play
"""

#: The highest scorers and what their line is compared with: the line's own sum, the team's points as the sum of its
#: players, as its team row and as the schedule's final score.
_HIGHEST = f"""
with
highest as (
    select
        game_id,
        game_date,
        player_lookup,
        team_abbr,
        points,
        2 * (fg_makes - three_pt_makes) + 3 * three_pt_makes + ft_makes as points_of_makes
    from {PLAYERS}
    where game_date between @start_date and @end_date and did_play
    order by points desc, game_id, player_lookup
    limit {_HIGH_SCORERS}
),

sums as (
    select
        game_id,
        team_abbr,
        sum(points) as points
    from {PLAYERS}
    where game_date between @start_date and @end_date
    group by game_id, team_abbr
)

select
    highest.game_id,
    highest.game_date,
    highest.player_lookup,
    highest.team_abbr,
    highest.points,
    highest.points_of_makes,
    sums.points as player_sum,
    team.points_scored as team_points,
    if(highest.team_abbr = games.home_team_abbr, games.home_team_score, games.away_team_score) as final_score
from highest
inner join sums on highest.game_id = sums.game_id and highest.team_abbr = sums.team_abbr
left join {TEAMS} as team on highest.game_id = team.game_id and highest.team_abbr = team.team_abbr
left join nba_reference.dim_game as games on highest.game_id = games.game_id
order by highest.points desc, highest.game_id, highest.player_lookup
"""


def _spot_checks(warehouse: Warehouse, expected: ExpectedDates, dates: DateRange, number: int | None) -> Finding:
    """Plausible means, enough players, and three high scorers compared with their team and the final score."""
    title = "spot checks"
    (means,) = warehouse.read(_MEANS, _bounds(dates)).to_pylist()
    if not means["row_count"]:
        if not expected.final:
            return Finding(title, "INFO", "nobody is expected to have played", "", number)
        return Finding(title, "FAIL", "nobody played according to player_game_summary", "", number)
    problems = []
    wanted = min(_MOST_PLAYERS_ASKED, _PLAYERS_PER_TEAM * means["teams"])
    if means["players"] < wanted:
        problems.append(f"{means['players']} players, at least {wanted} expected")
    for what, (low, high) in (("points", _USUAL_POINTS), ("minutes", _USUAL_MINUTES)):
        if means[what] is None or not low <= means[what] <= high:
            problems.append(f"mean {what} {means[what]}, usually {low:g} to {high:g}")
    highest = warehouse.read(_HIGHEST, _bounds(dates)).to_pylist()
    details = []
    for row in highest:
        said = f"{row['player_lookup']} {row['game_date']} {row['game_id']}: {row['points']} points"
        sums = (row["player_sum"], row["team_points"], row["final_score"])
        if row["points"] != row["points_of_makes"]:
            problems.append(f"{said}, but his makes give {row['points_of_makes']}")
        if len(set(sums)) != 1:
            problems.append(
                f"{said}, but {row['team_abbr']} has {sums[0]} by players, {sums[1]} by team, {sums[2]} final"
            )
        details.append(f"{said} of {row['team_abbr']}'s {row['final_score']}")
    if problems:
        remedy = catalogue()["V13"].remedy
        return Finding(title, "FAIL", "; ".join(problems[:3]), remedy, number, details=(*problems, *details))
    said = (
        f"{means['players']} players, mean {means['points']:.1f} points in {means['minutes']:.1f} minutes; "
        f"{', '.join(details)}"
    )
    return Finding(title, "PASS", said, "", number, details=tuple(details))


# A season


@_in_one_session
def verify_season(
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    label: str,
) -> Report:
    """The success list of a season's backfill: every phase at 100 % of what the schedule expects, nothing failed.

    Raises:
        UsageError: for an unknown season.
    """
    known = season(label)
    dates = season_range(known)
    warehouse.create(load_contracts().values())
    expected = expected_dates(warehouse, dates)
    gates = [judge_gate(warehouse, phase, dates) for phase in PHASES]
    number = count(2)
    judged = judge(warehouse, ten_tables(), dates, {"V01", "V02", "V11", "V12", "V13", "V14", "V19"})
    findings = [
        _expected(expected),
        *(_complete(gate, next(number)) for gate in gates),
        _no_untracked(gates, next(number)),
        failed_finding(instance, warehouse, PHASES, dates, next(number)),
        _by_facts(next(number), "keys are unique and filled", judged, ("V01", "V02"), whole=True),
        _by_facts(next(number), "values are possible", judged, ("V11", "V12", "V19"), whole=True),
        _by_facts(next(number), "tables agree", judged, ("V13", "V14"), whole=True),
        _spot_checks(warehouse, expected, dates, next(number)),
        _predictions(next(number)),
    ]
    return Report(f"Season {label}", dates, findings, {}, not expected.final)


def _no_untracked(gates: Sequence[GateReport], number: int) -> Finding:
    silent = {name: days for gate in gates for name, days in gate.untracked.items() if days}
    if not silent:
        return Finding("no date without a reason", "PASS", "every date has rows or says why not", "", number)
    said = tuple(f"{name}: {shortened(days)}" for name, days in silent.items())
    return Finding("no date without a reason", "FAIL", said[0], catalogue()["V22"].remedy, number, details=said)


def _predictions(number: int) -> Finding:
    table = "nba_predictions.player_prop_predictions"
    if table in load_contracts():
        return Finding("predictions", "INFO", f"{table} is part of the code location", "", number)
    return Finding("predictions", "INFO", "this code location makes no predictions yet", "", number)


# Training


@_in_one_session
def ml_ready(warehouse: Warehouse, dates: DateRange, *, home: Path | None = None) -> Report:
    """Whether the training features of a range can be trained on: exit code 0 ready, 1 not ready, 2 with caveats.

    A labelled row is a row of the feature view whose player played that day and has points.
    """
    numbers = catalogue(home or current_home().root)["V32"].thresholds
    warehouse.create(load_contracts().values())
    expected = expected_dates(warehouse, dates)
    if not expected.final and not expected.unknown:
        nothing = Finding("labelled rows", "INFO", "the schedule expects nothing here")
        return Report("Readiness for training", dates, [nothing], nothing_to_judge=True)
    (row,) = warehouse.read(_LABELLED_SHARES, {**_bounds(dates), "today": last_partition()}).to_pylist()
    shares = {name: value or 0 for name, value in row.items()}
    labelled = shares["labelled"]
    tables = [declared(name) for name in (PLAYERS, STORE)]
    facts = judge(warehouse, tables, dates, {"V01", "V11", "V19"})
    pre_game = [table for table in ten_tables() if any(fact.id == "V28" for fact in checks_of(table))]
    leaks = judge(warehouse, pre_game, dates, {"V28"})
    findings = [
        _least_rows(labelled, _of_seasons(numbers["labelled_rows"], dates)),
        _share("minutes", shares["minutes"], labelled, numbers["minutes_filled_share"]),
        _share("usage", shares["usage"], shares["with_minutes"], numbers["usage_filled_share"]),
        *(
            _share(
                what,
                shares[what],
                shares["played"] if what == "points" else labelled,
                numbers["statistics_filled_share"],
            )
            for what in ("points", "rebounds", "assists", "field_goal_attempts", "three_point_attempts")
        ),
        _share("shot_zones", shares["zones"], shares["with_shots"], numbers["zones_filled_share"], critical=False),
        _quality(row["quality"], numbers["mean_quality"]),
        _share("production_ready", shares["ready"], labelled, numbers["production_ready_share"], critical=False),
        _by_facts(None, "no duplicates", facts, ("V01",), whole=True),
        _by_facts(None, "no impossible values", facts, ("V11", "V19"), whole=True),
        _features_present(warehouse, dates),
        _split(warehouse, dates, _of_seasons(numbers["split_rows"], dates)),
        _by_facts(None, "no row knows its own game", leaks, ("V28",), whole=True),
    ]
    return Report("Readiness for training", dates, findings, {}, not expected.after_bootstrap)


_VIEW = f"nba_predictions.features_{TRAINING}"
_AVAILABLE = "nba_processing.available_sources"

#: Feature rows of players who played, with what is predicted from them and how good they are.
_PLAYED = f"""
    select
        features.player_lookup,
        features.game_date,
        summary.points,
        summary.minutes_played,
        summary.usage_rate,
        summary.total_rebounds,
        summary.assists,
        summary.fg_attempts,
        summary.three_pt_attempts,
        summary.paint_attempts,
        summary.mid_range_attempts
    from {_VIEW} as features
    inner join {PLAYERS} as summary
        on features.player_lookup = summary.player_lookup and features.game_date = summary.game_date
    where features.game_date between @start_date and @end_date and summary.did_play
"""

_LABELLED_SHARES = f"""
with
played as ({_PLAYED}),

quality as (
    select
        count(*) as stored,
        avg(store.feature_quality_score) as quality,
        countif(store.is_production_ready) as ready
    from {STORE} as store
    inner join played
        on store.player_lookup = played.player_lookup and store.game_date = played.game_date
    where played.points is not null
),

shares as (
    select
        count(*) as played,
        countif(points is not null) as labelled,
        countif(points is not null) as points,
        countif(points is not null and minutes_played is not null) as minutes,
        countif(points is not null and minutes_played > 0) as with_minutes,
        countif(points is not null and minutes_played > 0 and usage_rate is not null) as usage,
        countif(points is not null and total_rebounds is not null) as rebounds,
        countif(points is not null and assists is not null) as assists,
        countif(points is not null and fg_attempts is not null) as field_goal_attempts,
        countif(points is not null and three_pt_attempts is not null) as three_point_attempts,
        countif(points is not null and accepted.partition_date is null) as with_shots,
        countif(
            points is not null and accepted.partition_date is null
            and paint_attempts is not null and mid_range_attempts is not null
        ) as zones
    from played
    left join ({accepted_dates("'nba_reference.shot_events'")}) as accepted
        on played.game_date = accepted.partition_date
)

select
    shares.*,
    quality.quality,
    quality.ready
from shares
cross join quality
"""


def _least_rows(labelled: int, least: int) -> Finding:
    return Finding(
        "labelled rows",
        "PASS" if labelled >= least else "FAIL",
        f"{labelled:,}, at least {least:,}",
        "Backfill more seasons; nba-pipeline verify season names what is missing.",
    )


def _share(what: str, filled: int, rows: int, least: float, *, critical: bool = True) -> Finding:
    share = filled / rows if rows else 0.0
    good = bool(rows) and share >= least
    result: Result = "PASS" if good else "FAIL" if critical else "WARN"
    return Finding(
        what.replace("_", " "),
        result,
        f"{filled:,} of {rows:,} rows, {share:.2%}, at least {least:.0%}",
        catalogue()["V08"].remedy if what != "production_ready" else catalogue()["V20"].remedy,
        critical=critical,
    )


def _quality(mean: float | None, least: float) -> Finding:
    said = "no rows" if mean is None else f"mean {mean:.1f}, at least {least:g}"
    good = mean is not None and mean >= least
    return Finding("quality", "PASS" if good else "WARN", said, catalogue()["V20"].remedy, critical=False)


def _features_present(warehouse: Warehouse, dates: DateRange) -> Finding:
    """Every training feature has stored values that differ; defaults of the view do not count."""
    features = feature_versions()[TRAINING]
    title = f"the {len(features)} training features"
    names = [feature.name for feature in features]
    offered = {column.name for column in declared(_VIEW).columns}
    absent = [name for name in names if name not in offered]
    if absent:
        return Finding(
            title, "FAIL", f"{_VIEW} lacks {', '.join(absent)}", "nba-pipeline dictionary rewrites the view."
        )
    kinds = sorted({feature.needs for feature in features if feature.needs})
    asked = {feature.name: f"available.{feature.needs}" if feature.needs else "true" for feature in features}
    measured = ", ".join(
        f"count(distinct store.{name}) as distinct_{name}, "
        f"countif({asked[name]} and store.{name} is null) as missing_{name}, countif({asked[name]}) as asked_{name}"
        for name in names
    )
    listed = ", ".join(f"logical_or(source_kind = '{kind}') as {kind}" for kind in kinds)
    (row,) = warehouse.read(
        f"select count(*) as row_count, {measured} from {STORE} as store inner join ({_PLAYED}) as played "
        "on store.player_lookup = played.player_lookup and store.game_date = played.game_date "
        f"left join (select analysis_date, {listed} from {_AVAILABLE} group by analysis_date) as available "
        "on store.game_date = available.analysis_date",
        _bounds(dates),
    ).to_pylist()
    absent_here = {name for name in names if not row[f"asked_{name}"] and not row[f"distinct_{name}"]}
    unavailable = [f"{one.name} (no {one.needs.replace('_', ' ')})" for one in features if one.name in absent_here]
    without = f"; no source here for {', '.join(unavailable)}: missing in every row, marked" if unavailable else ""
    constant = [name for name in names if row[f"distinct_{name}"] < 2 and name not in absent_here]
    if constant:
        said = f"without two different values: {', '.join(constant)}{without}"
        return Finding(title, "FAIL", said, catalogue()["V18"].remedy)
    most = catalogue()["V18"].thresholds["default_share"]
    thin = {name: row[f"missing_{name}"] / row[f"asked_{name}"] for name in names if row[f"asked_{name}"]}
    thin = {name: share for name, share in thin.items() if share > most}
    if thin:
        said = ", ".join(f"{name} {share:.0%}" for name, share in thin.items())
        return Finding(
            title,
            "WARN",
            f"all present and varying; defaulted in more than {most:.0%}: {said}{without}",
            catalogue()["V18"].remedy,
        )
    present = "all present" if not unavailable else f"{len(names) - len(unavailable)} present"
    return Finding(title, "PASS", f"{present}, none constant{without}")


def chronological_split(counts: Mapping[dt.date, int]) -> tuple[int, int, int]:
    """Rows of training, validation and test: 70, 15 and 15 % in the order of time, no date in two of them."""
    total = sum(counts.values())
    parts = [0, 0, 0]
    before = 0
    for day in sorted(counts):
        part = 0 if 100 * before < 70 * total else 1 if 100 * before < 85 * total else 2
        parts[part] += counts[day]
        before += counts[day]
    return parts[0], parts[1], parts[2]


def _split(warehouse: Warehouse, dates: DateRange, least: int) -> Finding:
    rows = warehouse.read(
        f"select game_date, count(*) as row_count from ({_PLAYED}) as played "
        "where points is not null group by game_date",
        _bounds(dates),
    ).to_pylist()
    train, validation, test = chronological_split({row["game_date"]: row["row_count"] for row in rows})
    said = f"{train:,} training, {validation:,} validation, {test:,} test rows; the last two at least {least:,}"
    good = min(validation, test) >= least
    return Finding("chronological split 70/15/15", "PASS" if good else "FAIL", said, "Backfill more seasons.")


def _bounds(dates: DateRange) -> dict[str, Value]:
    return {"start_date": dates.start, "end_date": dates.end}
