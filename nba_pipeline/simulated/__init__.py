"""A simulated league written into landing: deterministic by seed, labelled simulated, as awkward as the real feeds."""

import datetime as dt
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nba_pipeline import landing
from nba_pipeline.calendar import Season, season
from nba_pipeline.errors import UsageError
from nba_pipeline.simulated import markets, render
from nba_pipeline.simulated.awkward import Day, short_stint
from nba_pipeline.simulated.faults import chosen, entry, plan, strike
from nba_pipeline.simulated.people import Player, absences, roster_on, season_players
from nba_pipeline.simulated.play import PlayedGame, play
from nba_pipeline.simulated.slate import SIMULATED_YEARS, ScheduledGame, season_schedule

ORIGIN = "simulated"
#: From here on sharing out pays for starting the processes.
_MANY_DATES = 60
_ABSENT = (
    "Injury/Illness - Right Knee; Soreness",
    "Injury/Illness - Left Ankle; Sprain",
    "G League - On Assignment",
    "Injury/Illness - N/A; Illness",
)
_PARQUET = frozenset(
    {
        *("bigdataball_play_by_play", "nbac_play_by_play", "nbac_shot_chart", "nbac_player_boxscores"),
        *("odds_api_player_points_props", "bettingpros_player_points_props", "espn_team_rosters"),
    }
)


@dataclass
class SimulationReport:
    """What was written; ``manifest`` lists every fault with its place and expected outcome."""

    files: int = 0
    games: int = 0
    dates: int = 0
    manifest: list[dict[str, str]] = field(default_factory=list)

    def add(self, other: "SimulationReport") -> None:
        self.files += other.files
        self.games += other.games
        self.dates += other.dates
        self.manifest += other.manifest


def simulate(
    landing_root: Path,
    seasons: Sequence[str] = ("2021-22",),
    seed: int = 7,
    start: dt.date | None = None,
    end: dt.date | None = None,
    faults: Iterable[str] | str = "all",
    progress: Callable[..., None] | None = None,
) -> SimulationReport:
    """Write the landing files of simulated seasons, or of the part between two dates.

    Raises:
        UsageError: for an unknown season or fault, or a landing folder with the league of another seed.
    """
    names = chosen(faults)
    _refuse_another_league(landing_root, seed)
    report = SimulationReport()
    people: dict[int, tuple[Player, int]] = {}
    jobs: list[tuple[Season, dt.date]] = []
    for label in seasons:
        known = season(label)
        if known.season_year not in SIMULATED_YEARS:
            raise UsageError(
                f"The season {label} cannot be simulated: its numbers of games and breaks are not known yet."
            )
        people |= {player.person_id: (player, known.season_year) for player in season_players(known.season_year, seed)}
        first = max(start or known.regular_start, known.regular_start)
        last = min(end or known.season_end, known.season_end)
        jobs += [(known, first + dt.timedelta(days=offset)) for offset in range((last - first).days + 1)]
    for (_, date), written in zip(jobs, _run(landing_root, jobs, seed, names), strict=True):
        report.add(written)
        if progress:
            progress(date)
    _write_people(landing_root, season(seasons[0]), people, names, report)
    _record(landing_root, seed, {date.isoformat() for _, date in jobs}, report.manifest)
    return report


def _refuse_another_league(landing_root: Path, seed: int) -> None:
    """Two leagues in one landing folder would be one league whose facts contradict each other."""
    landing.refuse_other_origin(landing_root, ORIGIN)
    others = sorted(path.stem.removeprefix("seed_") for path in landing_root.glob("_manifest/seed_*.json"))
    if others and str(seed) not in others:
        raise UsageError(
            f"{landing_root} holds the simulated league of seed {others[0]}, not {seed}: "
            f"give --seed {others[0]}, or another home by NBA_PIPELINE_HOME."
        )


def _record(landing_root: Path, seed: int, dates: set[str], manifest: Sequence[dict[str, str]]) -> None:
    """The list of faults by date; the entries of dates that were not written now stay."""
    path = landing_root / "_manifest" / f"seed_{seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [entry for entry in before if entry["date"] not in dates and entry not in manifest]
    listed = sorted([*kept, *manifest], key=lambda entry: (entry["date"], entry["fault"], entry["key"]))
    path.write_text(json.dumps(listed, indent=1), encoding="utf-8")


def _run(
    landing_root: Path, jobs: Sequence[tuple[Season, dt.date]], seed: int, names: Sequence[str]
) -> Iterator[SimulationReport]:
    """Dates in order; many of them are shared out to the machine's cores."""
    one = partial(_simulate_date, landing_root, seed=seed, names=names)
    workers = os.cpu_count() or 1
    if workers == 1 or len(jobs) < _MANY_DATES:
        yield from (one(known, date) for known, date in jobs)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(one, *zip(*jobs, strict=True), chunksize=8)


def _simulate_date(
    landing_root: Path, known: Season, date: dt.date, seed: int, names: Sequence[str]
) -> SimulationReport:
    """Play, render and write one date; the same whatever other dates are simulated."""
    report = SimulationReport()
    schedule = season_schedule(known.label, seed)
    index, scheduled = _slates(known, seed).get(date, (0, []))
    rosters = roster_on(known, date, seed)
    planned = plan(index, scheduled, rosters, names)
    out = {
        person: _ABSENT[(person + date.toordinal() // 9) % len(_ABSENT)]
        for person, days in absences(known, seed).items()
        if date in days
    }
    games = []
    for game in scheduled:
        sitting = planned.sitting.get(game.nba_game_id, {})
        played = play(game, rosters, out | sitting, seed, goes_to_overtime=game.nba_game_id in planned.overtime)
        if game.nba_game_id in planned.short_stint:
            short_stint(played)
        games.append(played)
    day = Day(date, index, games, schedule, _records(date, games, rosters, known, seed, names))
    day.morning = [render.announced(game) for game in scheduled]
    report.manifest = strike(day, names, planned)
    report.games, report.dates = len(games), int(bool(games))
    _write_day(landing_root, day, report)
    return report


@cache
def _slates(known: Season, seed: int) -> dict[dt.date, tuple[int, list[ScheduledGame]]]:
    """Number and games of every playing date of a season."""
    by_date: dict[dt.date, list[ScheduledGame]] = {}
    for game in season_schedule(known.label, seed):
        by_date.setdefault(game.date, []).append(game)
    return {date: (index, games) for index, (date, games) in enumerate(sorted(by_date.items()))}


def _records(
    date: dt.date,
    games: list[PlayedGame],
    rosters: dict[str, list[Player]],
    known: Season,
    seed: int,
    names: Sequence[str],
) -> dict[str, list[render.Record]]:
    records: dict[str, list[render.Record]] = {
        source: [record for game in games for record in printed(game)]
        for source, printed in render.GAME_SOURCES.items()
    }
    bench = "bdl_zero_minute_rows" in names
    records["bdl_player_boxscores"] = [row for game in games for row in render.bdl(game, bench=bench)]
    records["nbac_schedule"] = [render.final(game) for game in games]
    records["odds_api_player_points_props"] = [row for game in games for row in markets.odds_props(game, seed)]
    records["bettingpros_player_points_props"] = [row for game in games for row in markets.bettingpros(game, seed)]
    records["odds_api_game_lines"] = [row for game in games for row in markets.game_lines(game, seed)]
    records["nbac_injury_report"] = [row for game in games for row in markets.injury_report(game)]
    records["espn_team_rosters"] = list(markets.espn_rosters(date, rosters)) if games else []
    records["nbac_player_list_current"] = list(markets.player_list(rosters, known.season_year)) if games else []
    return records


def _write_day(landing_root: Path, day: Day, report: SimulationReport) -> None:
    """The schedule is written for every date, so that a date without games says so."""
    after = dt.datetime.combine(day.date, dt.time(17), dt.UTC) + dt.timedelta(days=1)
    before = dt.datetime.combine(day.date, dt.time(13), dt.UTC)
    if day.morning:
        _write(landing_root, "nbac_schedule", day.date, before, day.morning, report)
    for source, records in day.records.items():
        if records or source == "nbac_schedule":
            early = source in ("espn_team_rosters", "nbac_player_list_current")
            _write(landing_root, source, day.date, before if early else after, records, report)
    for source, records, delay in day.extra_captures:
        _write(landing_root, source, day.date, after + delay, records, report)
    for number, (source, payload, suffix) in enumerate(day.broken_files, start=1):
        landing.put(landing_root, source, day.date, after + dt.timedelta(minutes=number), ORIGIN, payload, suffix)
        report.files += 1


def _write_people(
    landing_root: Path,
    first: Season,
    people: dict[int, tuple[Player, int]],
    names: Sequence[str],
    report: SimulationReport,
) -> None:
    """The registry knows everybody, less a few when names are to be missed."""
    written = dt.datetime.combine(first.regular_start, dt.time(6), dt.UTC)
    rows = []
    for person_id, (player, last_season) in sorted(people.items()):
        if "registry_missing_player" in names and person_id % 127 == 0:
            report.manifest.append(entry("registry_missing_player", player.name, ""))
            continue
        rows += markets.registry([player], last_season)
    _write(landing_root, "player_registry", first.regular_start, written, rows, report)


def _write(
    landing_root: Path,
    source: str,
    day: dt.date,
    fetched_at: dt.datetime,
    records: list[render.Record],
    report: SimulationReport,
) -> None:
    if source in _PARQUET:
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), buffer, compression="zstd")
        payload, suffix = buffer.getvalue(), "parquet"
    else:
        payload, suffix = json.dumps(records, ensure_ascii=False).encode(), "json"
    landing.put(landing_root, source, day, fetched_at, ORIGIN, payload, suffix)
    report.files += 1
