"""Coverage of the schedule, phase by phase: which game dates a table should hold, holds, lacks, and the gate's verdict.

Expected dates come from the schedule, never from the table that is judged. A date counts only when every final game of
it is there. Nothing is stored here; how a verdict is said is in ``gate_report``, the assets that carry it in
``graph.gates``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from nba_pipeline.calendar import DateRange, empty_reason, is_bootstrap, seasons
from nba_pipeline.completeness.gate_report import GateReport, TableCoverage
from nba_pipeline.completeness.states import STORED_GAMES, PartitionState, States, partition_states
from nba_pipeline.contract.catalog import declared, phase_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Verdict
from nba_pipeline.phases import PHASES, Phase
from nba_pipeline.validation.lookback import SCHEDULE, STATUS
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Query, Warehouse

#: Why nobody played.
NO_GAMES = frozenset({"no_games", "all_star_break", "off_season"})
#: An empty partition is in order for these reasons.
EXPECTED_REASONS = NO_GAMES | {"bootstrap"}
#: Sources of which any one is enough, per final game.
_FAMILIES = {
    "schedule": ("nba_raw.nbac_schedule",),
    "player box scores": (
        "nba_raw.nbac_gamebook_player_stats",
        "nba_raw.nbac_player_boxscores",
        "nba_raw.bdl_player_boxscores",
    ),
    "team box scores": (
        "nba_raw.nbac_team_boxscore",
        "nba_raw.nbac_gamebook_player_stats",
        "nba_raw.nbac_player_boxscores",
        "nba_raw.bdl_player_boxscores",
    ),
}
#: The table whose accepted gaps are those of a family.
_ACCEPTED_AS = {
    "schedule": SCHEDULE,
    "player box scores": "nba_reference.player_box_lines",
    "team box scores": "nba_reference.team_box_lines",
}


@dataclass(frozen=True)
class ExpectedDates:
    """Dates of a range with games, as the schedule says."""

    final: frozenset[dt.date]
    scheduled: frozenset[dt.date]
    bootstrap: frozenset[dt.date]
    games: Mapping[dt.date, int] = field(default_factory=dict)
    #: Dates inside a season about which the schedule never spoke: nobody knows whether there were games.
    unknown: tuple[dt.date, ...] = ()

    @property
    def after_bootstrap(self) -> frozenset[dt.date]:
        """Final game dates on which precompute rows can exist."""
        return self.final - self.bootstrap


def known_range(warehouse: Warehouse) -> DateRange | None:
    """From the first to the last game date of the stored schedule; None when there is none."""
    warehouse.create([declared(SCHEDULE)])
    (row,) = warehouse.read(
        f"select min(game_date) as first_date, max(game_date) as last_date from {SCHEDULE}"
    ).to_pylist()
    return DateRange(row["first_date"], row["last_date"]) if row["first_date"] else None


def expected_dates(warehouse: Warehouse, dates: DateRange) -> ExpectedDates:
    """What the schedule expects of a range; All-Star and pre-season games do not exist for this project."""
    warehouse.create([declared(SCHEDULE), declared(STATUS)])
    bounds = {"start_date": dates.start, "end_date": dates.end}
    games, spoken = warehouse.read_many(
        [
            Query(
                f"select game_date, countif(is_final) as final_games from {SCHEDULE} "
                "where game_date between @start_date and @end_date group by game_date",
                bounds,
            ),
            Query(
                f"select partition_date, row_count, reason from {STATUS} where table_name = @schedule "
                "and partition_date between @start_date and @end_date",
                {**bounds, "schedule": SCHEDULE},
            ),
        ]
    )
    rows = games.to_pylist()
    known = {
        row["partition_date"] for row in spoken.to_pylist() if row["row_count"] or row["reason"] in EXPECTED_REASONS
    }
    final = frozenset(row["game_date"] for row in rows if row["final_games"])
    return ExpectedDates(
        final=final,
        scheduled=frozenset(row["game_date"] for row in rows),
        bootstrap=frozenset(day for day in final if is_bootstrap(day)),
        games={row["game_date"]: row["final_games"] for row in rows if row["final_games"]},
        unknown=tuple(day for day in dates.dates() if day not in known and empty_reason(day) == "no_games"),
    )


def games_by_kind(warehouse: Warehouse, dates: DateRange) -> Mapping[tuple[dt.date, str], int]:
    """Final games of a range by date and kind of game."""
    rows = warehouse.read(
        f"select game_date, season_type, count(*) as games from {SCHEDULE} "
        "where is_final and game_date between @start_date and @end_date group by game_date, season_type",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    return {(row["game_date"], row["season_type"]): row["games"] for row in rows}


@dataclass(frozen=True)
class Seen:
    """A range as all who judge it see it: each question is asked of the warehouse once, when it first comes up.

    The states may reach beyond the range, up to ``until``.
    """

    warehouse: Warehouse
    dates: DateRange
    until: dt.date | None = None

    @cached_property
    def expected(self) -> ExpectedDates:
        """What the schedule expects of the range."""
        return expected_dates(self.warehouse, self.dates)

    @cached_property
    def states(self) -> States:
        """What every table holds of every date."""
        return partition_states(self.warehouse, DateRange(self.dates.start, self.until or self.dates.end))

    def of(self, table: str) -> Mapping[dt.date, PartitionState]:
        """The states of a table by date."""
        return self.states.get(table, {})


def judge_gate(warehouse: Warehouse, phase: int, dates: DateRange, *, override_reason: str = "") -> GateReport:
    """Judge a phase over a range now. An error while judging is a verdict of its own, never a pass."""
    return judge_gates(Seen(warehouse, dates), [phase], override_reason=override_reason)[phase]


def judge_gates(seen: Seen, phases: Iterable[int], *, override_reason: str = "") -> dict[int, GateReport]:
    """Judge phases over a range, by number."""
    reports: dict[int, GateReport] = {}
    why = override_reason.strip()
    for phase in phases:
        try:
            with seen.warehouse.session():
                covered, untracked = _covered(PHASES[phase], seen)
        except Exception as error:  # noqa: BLE001  whatever went wrong, the gate stays shut
            message = f"{type(error).__name__}: {error}"
            reports[phase] = GateReport(phase, seen.dates, (), {}, "ERROR", error=message, override_reason=why)
        else:
            verdict = _overall(covered, untracked)
            reports[phase] = GateReport(phase, seen.dates, tuple(covered), untracked, verdict, override_reason=why)
    return reports


def _covered(phase: Phase, seen: Seen) -> tuple[list[TableCoverage], dict[str, tuple[dt.date, ...]]]:
    """The coverage of the tables of a phase, and dates without rows and without a reason by table."""
    covered: list[TableCoverage] = []
    untracked: dict[str, tuple[dt.date, ...]] = {}
    tables = phase_tables(phase.number)
    if phase.is_source:
        used = _sources_in_use(seen.warehouse, seen.dates)
        whole = replace(seen.expected, bootstrap=frozenset())
        needed = threshold("V21", phase.percent)
        sources = [(table, _filled(table, whole, seen.of(table.name), needed)[0]) for table in tables]
        covered = [*_families(seen), *(_as_source(one, in_use=table.name in used) for table, one in sources)]
        tables = []
    for table in tables:
        if phase.skips_bootstrap:
            one, silent = _precompute(phase, table, seen)
        else:
            one, silent = _filled(table, seen.expected, seen.of(table.name), threshold("V21", phase.percent))
        covered.append(one)
        if silent:
            untracked[table.name] = silent
    if seen.expected.unknown:
        untracked[SCHEDULE] = seen.expected.unknown
    return covered, untracked


def _overall(covered: Iterable[TableCoverage], untracked: Mapping[str, Sequence[dt.date]]) -> Verdict:
    verdicts = {one.verdict for one in covered}
    if "FAIL" in verdicts or untracked:
        return "FAIL"
    return "PASS" if verdicts & {"PASS", "WARN"} else "NOT_APPLICABLE"


def _filled(
    table: TableContract, expected: ExpectedDates, held: Mapping[dt.date, PartitionState], needed: float
) -> tuple[TableCoverage, tuple[dt.date, ...]]:
    """A table that must hold every final game; the bootstrap is counted apart and held to the same threshold."""
    lacking = _lacking(expected, held)
    after, before = expected.after_bootstrap, expected.bootstrap
    actual, early = len(after - lacking.keys()), len(before - lacking.keys())
    reached = _reaches(actual, len(after), needed) and _reaches(early, len(before), needed)
    verdict = "PASS" if reached and after else "NOT_APPLICABLE" if reached else "FAIL"
    coverage = TableCoverage(
        table=table.name,
        actual=actual,
        expected=len(after),
        missing=tuple(lacking),
        verdict=verdict,
        threshold=needed,
        bootstrap_actual=early,
        bootstrap_expected=len(before),
        reasons=lacking,
        accepted=_accepted(expected, held),
    )
    return coverage, tuple(day for day in lacking if not held[day].is_published and verdict == "FAIL")


def _precompute(phase: Phase, table: TableContract, seen: Seen) -> tuple[TableCoverage, tuple[dt.date, ...]]:
    """A table that is empty in the bootstrap: dates tracked, and dates with rows where whole seasons are judged."""
    expected, held = seen.expected, seen.of(table.name)
    after = expected.after_bootstrap
    lacking = {day: words for day, words in _lacking(expected, held).items() if day in after}
    with_rows = {day for day in expected.final if held[day].stored_rows}
    tracked = len(after) - len(lacking)
    needed = threshold("V21", phase.percent)
    reached = _reaches(tracked, len(after), needed)
    note = f"rows on {len(with_rows)}/{len(expected.final)} dates bootstrap included"
    if phase.whole_season_percent and _whole_seasons(seen.dates):
        floor = threshold("V21", phase.whole_season_percent)
        reached = reached and _reaches(len(with_rows), len(expected.final), floor)
        note += f", {floor:g} % needed over whole seasons"
    coverage = TableCoverage(
        table=table.name,
        actual=tracked,
        expected=len(after),
        missing=tuple(lacking),
        verdict=("PASS" if reached else "FAIL") if after else "NOT_APPLICABLE",
        threshold=needed,
        bootstrap_actual=len(expected.bootstrap & with_rows),
        bootstrap_expected=len(expected.bootstrap),
        reasons=lacking,
        note=note if expected.final else "",
        accepted=_accepted(expected, held),
    )
    return coverage, tuple(day for day in lacking if not held[day].is_published)


def _lacking(expected: ExpectedDates, held: Mapping[dt.date, PartitionState]) -> Mapping[dt.date, str]:
    """Game dates that are not covered, and why."""
    return {day: held[day].words for day in sorted(expected.final) if not held[day].is_covered}


def _accepted(expected: ExpectedDates, held: Mapping[dt.date, PartitionState]) -> Mapping[dt.date, str]:
    return {day: held[day].acceptance or "" for day in sorted(expected.final) if held[day].state == "accepted"}


def _as_source(one: TableCoverage, *, in_use: bool) -> TableCoverage:
    """A thin source is a warning, because what must be there is judged per family; one nobody uses is not judged."""
    if not in_use:
        return TableCoverage(
            one.table, actual=0, expected=0, missing=(), verdict="NOT_APPLICABLE", threshold=one.threshold,
            note="source not in use",
        )  # fmt: skip
    return replace(one, verdict="WARN") if one.verdict == "FAIL" else one


def _sources_in_use(warehouse: Warehouse, dates: DateRange) -> frozenset[str]:
    """Raw tables with rows anywhere in the seasons of a range."""
    touched = [one for one in seasons() if one.regular_start <= dates.end and one.season_end >= dates.start]
    rows = warehouse.read(
        f"select distinct table_name from {STATUS} "
        "where row_count > 0 and partition_date between @start_date and @end_date",
        {
            "start_date": min([dates.start, *(one.regular_start for one in touched)]),
            "end_date": max([dates.end, *(one.season_end for one in touched)]),
        },
    )
    return frozenset(rows["table_name"].to_pylist())


def _families(seen: Seen) -> list[TableCoverage]:
    """What a phase cannot do without, from whichever source has the game."""
    needed = threshold("V21", "phase_2_percent")
    expected = seen.expected
    found = []
    for family, short in _lost_games(seen.warehouse, seen.dates).items():
        decided = {day: held.acceptance for day, held in seen.of(_ACCEPTED_AS[family]).items() if held.acceptance}
        lost = {day: games for day, games in short.items() if day not in decided}
        whole = len(expected.final) - len(lost)
        verdict: Verdict = "PASS" if _reaches(whole, len(expected.final), needed) else "FAIL"
        found.append(
            TableCoverage(
                table=family,
                actual=whole,
                expected=len(expected.final),
                missing=tuple(sorted(lost)),
                verdict=verdict if expected.final else "NOT_APPLICABLE",
                threshold=needed,
                reasons={day: f"{count} games in no source" for day, count in lost.items()},
                note="any source",
                accepted={day: decided[day] for day in short if day in decided},
            )
        )
    return found


def _lost_games(warehouse: Warehouse, dates: DateRange) -> Mapping[str, Mapping[dt.date, int]]:
    """Final games by family and date that no source of the family has."""
    families = list(_FAMILIES.items())
    held = ", ".join(
        f"logical_or(table_name in ({', '.join(map(repr, sources))})) as held_{number}"
        for number, (_, sources) in enumerate(families)
    )
    lost = ", ".join(f"countif(not coalesce(held_{number}, false)) as lost_{number}" for number in range(len(families)))
    rows = warehouse.read(
        f"select games.game_date, {lost} from {SCHEDULE} as games "
        f"left join (select game_id, {held} from {STORED_GAMES} group by game_id) as stored "
        "on games.game_id = stored.game_id "
        "where games.game_date between @start_date and @end_date and games.is_final group by games.game_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    return {
        family: {row["game_date"]: row[f"lost_{number}"] for row in rows if row[f"lost_{number}"]}
        for number, (family, _) in enumerate(families)
    }


def _reaches(actual: int, expected: int, percent: float) -> bool:
    return 100 * actual >= percent * expected


def _whole_seasons(dates: DateRange) -> bool:
    """Whether the range begins and ends with seasons: every season it touches is in it as a whole."""
    touched = [one for one in seasons() if one.regular_start <= dates.end and one.season_end >= dates.start]
    return bool(touched) and all(dates.start <= one.regular_start and one.season_end <= dates.end for one in touched)
