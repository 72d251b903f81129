"""Coverage of the schedule, phase by phase: which game dates a table should hold, holds, lacks, and the gate's verdict.

Expected dates come from the schedule, never from the table that is judged. A date counts only when every final game of
it is there. Nothing is stored here; the assets that carry a gate's verdict are in ``graph.gates``.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nba_pipeline.calendar import DateRange, empty_reason, is_bootstrap, last_partition, seasons
from nba_pipeline.completeness.states import STORED_GAMES, PartitionState, partition_states
from nba_pipeline.contract.catalog import load_contracts, phase_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.markup import markdown, markdown_table, one_line
from nba_pipeline.phases import PHASES, Phase
from nba_pipeline.validation.lookback import ACCEPTED, SCHEDULE, STATUS
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Query, Warehouse

#: Why nobody played.
NO_GAMES = frozenset({"no_games", "all_star_break", "off_season"})
_HEADINGS = ("table", "actual", "expected", "percent", "threshold", "bootstrap", "verdict", "note", "missing dates")
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
    verdict: str
    threshold: float
    bootstrap_actual: int = 0
    bootstrap_expected: int = 0
    reasons: Mapping[dt.date, str] = field(default_factory=dict)
    note: str = ""
    accepted: Mapping[dt.date, str] = field(default_factory=dict)

    @property
    def pct(self) -> float | None:
        """Share of the expected dates in percent; None when none is expected."""
        return 100 * self.actual / self.expected if self.expected else None

    @property
    def line(self) -> str:
        """The table's line of a gate report."""
        share = "    -   " if self.pct is None else f"{self.pct:7.2f}%"
        counts = f"{self.actual}/{self.expected}"
        extra = f", bootstrap {self.bootstrap_actual}/{self.bootstrap_expected}" if self.bootstrap_expected else ""
        note = f", {self.note}" if self.note else ""
        note += f", {len(self.accepted)} accepted" if self.accepted else ""
        missing = f", missing {shortened(self.missing)}" if self.missing else ""
        return f"{self.verdict:14} {self.table:46} {counts:>9} {share}{extra}{note}{missing}"


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
    verdict: str
    error: str | None = None
    override_reason: str = ""

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed or not to be judged, 4 nothing to judge."""
        return {"PASS": 0, "NOT_APPLICABLE": 4}.get(self.verdict, 1)

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
        names = [one.table for one in self.failing if "." in one.table] or list(self.untracked)
        days = [day for one in self.failing for day in one.missing]
        days += [day for name in self.untracked for day in self.untracked[name]]
        if not days:
            return ""
        first, last = min(days), max(days)
        # Of every table: what a failing one reads may be missing too, and is computed before it.
        command = f"nba-pipeline backfill --start {first} --end {last}"
        if names:
            return command
        ingest = f"Ingest a source that has the games of {first}...{last} (nba-pipeline ingest archive FOLDER)"
        return f"{ingest}, then {command}"

    @property
    def lines(self) -> list[str]:
        """One line per table, then the total."""
        lines = [one.line for one in self.tables]
        failing = {one.table for one in self.failing}
        for name, days in self.untracked.items():
            if name == SCHEDULE:
                lines.append(f"{'UNKNOWN':14} {name:46} the schedule never spoke of {shortened(days)}")
            elif name not in failing:
                lines.append(f"{'UNTRACKED':14} {name:46} neither rows nor a reason on {shortened(days)}")
        if self.error:
            lines.append(f"ERROR          {self.error}")
        judged = [one for one in self.tables if one.verdict != "NOT_APPLICABLE" and "." in one.table]
        passed = sum(one.verdict in ("PASS", "WARN") for one in judged)
        total = f"Phase {self.phase} gate {self.dates}: {self.verdict}, {passed} of {len(judged)} tables"
        families = [one.table for one in self.failing if "." not in one.table]
        total += f", without enough {' and '.join(families)}" if families else ""
        if self.verdict == "NOT_APPLICABLE":
            bootstrap = any(one.bootstrap_expected for one in self.tables)
            nothing = "only bootstrap dates, on which precompute is empty" if bootstrap else "nothing here"
            total = f"Phase {self.phase} gate {self.dates}: NOT_APPLICABLE, the schedule expects {nothing}"
        if self.override_reason and self.exit_code == 1:
            total += f"; overridden: {self.override_reason}"
        return [one_line(line) for line in (*lines, total)]

    @property
    def markdown(self) -> str:
        """The report as a table for the UI and for files."""
        rows = [
            (
                one.table,
                one.actual,
                one.expected,
                "" if one.pct is None else f"{one.pct:.2f}",
                f"{one.threshold:g}",
                f"{one.bootstrap_actual}/{one.bootstrap_expected}",
                one.verdict,
                one.note,
                ", ".join(day.isoformat() for day in one.missing),
            )
            for one in self.tables
        ]
        tail = [f"\nUntracked in {name}: {', '.join(map(str, days))}" for name, days in self.untracked.items()]
        tail += [f"\n**Error.** {markdown(self.error)}"] if self.error else []
        tail += [f"\n**Overridden.** {markdown(self.override_reason)}"] if self.override_reason else []
        tail += [f"\nRepair: `{one_line(self.repair)}`"] if self.repair and self.exit_code == 1 else []
        return "\n".join([f"**{markdown(self.lines[-1])}**", "", *markdown_table(_HEADINGS, rows), *tail])

    @property
    def document(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "phase": self.phase,
            "start": self.dates.start,
            "end": self.dates.end,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "error": self.error,
            "override_reason": self.override_reason or None,
            "repair": self.repair or None,
            "tables": [
                {
                    "table": one.table,
                    "actual": one.actual,
                    "expected": one.expected,
                    "pct": None if one.pct is None else round(one.pct, 2),
                    "threshold": one.threshold,
                    "bootstrap_actual": one.bootstrap_actual,
                    "bootstrap_expected": one.bootstrap_expected,
                    "missing": list(one.missing),
                    "reasons": {day.isoformat(): reason for day, reason in one.reasons.items()},
                    "verdict": one.verdict,
                    "note": one.note or None,
                    "accepted": {day.isoformat(): reason for day, reason in sorted(one.accepted.items())},
                }
                for one in self.tables
            ],
            "untracked": {name: list(days) for name, days in self.untracked.items()},
        }


def shortened(days: Sequence[object], most: int = 5) -> str:
    """The first dates and how many more there are."""
    listed = ", ".join(str(day) for day in days[:most])
    return f"{listed} and {len(days) - most} more" if len(days) > most else listed


def schedule_repair(unknown: Sequence[dt.date]) -> str:
    """What to do about dates of which the schedule never spoke."""
    return (
        f"Land the schedule of {min(unknown)}...{max(unknown)} (nba-pipeline ingest), then "
        f"nba-pipeline materialize nbac_schedule dim_game --partition-range {min(unknown)}...{max(unknown)}"
    )


def expected_dates(warehouse: Warehouse, dates: DateRange) -> ExpectedDates:
    """What the schedule expects of a range; All-Star and pre-season games do not exist for this project."""
    warehouse.create([load_contracts()[SCHEDULE], load_contracts()[STATUS]])
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


def known_range(warehouse: Warehouse) -> DateRange | None:
    """From the first to the last game date of the stored schedule; None when there is none."""
    warehouse.create([load_contracts()[SCHEDULE]])
    (row,) = warehouse.read(
        f"select min(game_date) as first_date, max(game_date) as last_date from {SCHEDULE}"
    ).to_pylist()
    return DateRange(row["first_date"], row["last_date"]) if row["first_date"] else None


def judge_gate(warehouse: Warehouse, phase: int, dates: DateRange, *, override_reason: str = "") -> GateReport:
    """Judge a phase over a range now. An error while judging is a verdict of its own, never a pass."""
    override_reason = override_reason.strip()
    try:
        with warehouse.session():
            return _judge(warehouse, phase, dates, override_reason)
    except Exception as error:  # noqa: BLE001  whatever went wrong, the gate stays shut
        message = f"{type(error).__name__}: {error}"
        return GateReport(phase, dates, (), {}, "ERROR", error=message, override_reason=override_reason)


def _judge(warehouse: Warehouse, number: int, dates: DateRange, override_reason: str) -> GateReport:
    phase, tables = PHASES[number], phase_tables(number)
    contracts = load_contracts()
    warehouse.create([*tables, contracts[SCHEDULE], contracts[STATUS]])
    expected = expected_dates(warehouse, dates)
    states = partition_states(warehouse, dates)
    covered: list[TableCoverage] = []
    untracked: dict[str, tuple[dt.date, ...]] = {}
    used = _sources_in_use(warehouse, dates) if phase.is_source else frozenset()
    for table in tables:
        held = states.get(table.name, {})
        if phase.skips_bootstrap:
            one, silent = _precompute(phase, table, expected, held, dates)
        else:
            judged = replace(expected, bootstrap=frozenset()) if phase.is_source else expected
            one, silent = _filled(table, judged, held, threshold("V21", phase.percent))
        if phase.is_source:
            one, silent = _as_source(one, in_use=table.name in used), ()
        covered.append(one)
        if silent:
            untracked[table.name] = silent
    if phase.is_source:
        covered = [*_families(warehouse, expected, dates, accepted_reasons(warehouse, dates)), *covered]
    if expected.unknown:
        untracked[SCHEDULE] = expected.unknown
    verdict = _overall(covered, untracked)
    return GateReport(number, dates, tuple(covered), untracked, verdict, override_reason=override_reason)


def _overall(covered: Iterable[TableCoverage], untracked: Mapping[str, Sequence[dt.date]]) -> str:
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


def _precompute(
    phase: Phase,
    table: TableContract,
    expected: ExpectedDates,
    held: Mapping[dt.date, PartitionState],
    dates: DateRange,
) -> tuple[TableCoverage, tuple[dt.date, ...]]:
    """A table that is empty in the bootstrap: dates tracked, and dates with rows where whole seasons are judged."""
    after = expected.after_bootstrap
    lacking = {day: words for day, words in _lacking(expected, held).items() if day in after}
    with_rows = {day for day in expected.final if held[day].stored_rows}
    tracked = len(after) - len(lacking)
    needed = threshold("V21", phase.percent)
    reached = _reaches(tracked, len(after), needed)
    note = f"rows on {len(with_rows)}/{len(expected.final)} dates bootstrap included"
    if phase.whole_season_percent and _whole_seasons(dates):
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


def accepted_reasons(warehouse: Warehouse, dates: DateRange) -> Mapping[str, Mapping[dt.date, str]]:
    """Why somebody lives with a gap, by table and date of a range; decisions that expired do not count."""
    warehouse.create([load_contracts()[ACCEPTED]])
    rows = warehouse.read(
        f"select table_name, partition_date, reason, owner from {ACCEPTED} "
        "where partition_date between @start_date and @end_date and (expires is null or expires >= @today)",
        {"start_date": dates.start, "end_date": dates.end, "today": last_partition()},
    ).to_pylist()
    found: dict[str, dict[dt.date, str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], {})[row["partition_date"]] = f"{row['reason']} ({row['owner']})"
    return found


def _families(
    warehouse: Warehouse, expected: ExpectedDates, dates: DateRange, excused: Mapping[str, Mapping[dt.date, str]]
) -> list[TableCoverage]:
    """What a phase cannot do without, from whichever source has the game."""
    needed = threshold("V21", "phase_2_percent")
    found = []
    for family, sources in _FAMILIES.items():
        named = ", ".join(repr(name) for name in sources)
        rows = warehouse.read(
            f"select games.game_date, count(*) as games from {SCHEDULE} as games "
            f"left join (select distinct game_id from {STORED_GAMES} where table_name in ({named})) as held "
            "on games.game_id = held.game_id "
            "where games.game_date between @start_date and @end_date and games.is_final and held.game_id is null "
            "group by games.game_date",
            {"start_date": dates.start, "end_date": dates.end},
        ).to_pylist()
        short = {row["game_date"]: row["games"] for row in rows}
        decided = excused.get(_ACCEPTED_AS[family], {})
        lost = {day: games for day, games in short.items() if day not in decided}
        whole = len(expected.final) - len(lost)
        verdict = "PASS" if _reaches(whole, len(expected.final), needed) else "FAIL"
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


def _reaches(actual: int, expected: int, percent: float) -> bool:
    return 100 * actual >= percent * expected


def _whole_seasons(dates: DateRange) -> bool:
    """Whether the range begins and ends with seasons: every season it touches is in it as a whole."""
    touched = [one for one in seasons() if one.regular_start <= dates.end and one.season_end >= dates.start]
    return bool(touched) and all(dates.start <= one.regular_start and one.season_end <= dates.end for one in touched)
