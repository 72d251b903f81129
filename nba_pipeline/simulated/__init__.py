"""A simulated league written into landing: deterministic by seed, labelled simulated, as awkward as the real feeds."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nba_pipeline import landing
from nba_pipeline.calendar import Season, season
from nba_pipeline.simulated import markets, render
from nba_pipeline.simulated.faults import Day, chosen, strike
from nba_pipeline.simulated.people import Player, absences, roster_on, season_players
from nba_pipeline.simulated.play import PlayedGame, play
from nba_pipeline.simulated.slate import season_schedule

ORIGIN = "simulated"
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
        UsageError: for an unknown season or fault.
    """
    names = chosen(faults)
    report = SimulationReport()
    people: dict[int, tuple[Player, int]] = {}
    for label in seasons:
        known = season(label)
        people |= {player.person_id: (player, known.season_year) for player in season_players(known.season_year, seed)}
        _simulate_season(landing_root, known, seed, start, end, names, report, progress)
    _write_people(landing_root, season(seasons[0]), people, names, report)
    folder = landing_root / "_manifest"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed_{seed}.json").write_text(json.dumps(report.manifest, indent=1), encoding="utf-8")
    return report


def _simulate_season(
    landing_root: Path,
    known: Season,
    seed: int,
    start: dt.date | None,
    end: dt.date | None,
    names: Sequence[str],
    report: SimulationReport,
    progress: Callable[..., None] | None,
) -> None:
    scheduled: dict[dt.date, list] = {}
    for game in season_schedule(known.label, seed):
        scheduled.setdefault(game.date, []).append(game)
    out = absences(known, seed)
    first, last = max(start or known.regular_start, known.regular_start), min(end or known.season_end, known.season_end)
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        rosters = roster_on(known, day, seed)
        absent = {
            person: _ABSENT[(person + day.toordinal() // 9) % len(_ABSENT)]
            for person, days in out.items()
            if day in days
        }
        games = [play(game, rosters, absent, seed) for game in scheduled.get(day, [])]
        report.games += len(games)
        report.dates += bool(games)
        rendered = Day(day, games, _records(day, games, rosters, known, seed))
        report.manifest += strike(rendered, names)
        _write_day(landing_root, rendered, report)
        if progress:
            progress(day)


def _records(
    day: dt.date, games: list[PlayedGame], rosters: dict[str, list[Player]], known: Season, seed: int
) -> dict[str, list[render.Record]]:
    records: dict[str, list[render.Record]] = {
        source: [record for game in games for record in printed(game)]
        for source, printed in render.GAME_SOURCES.items()
    }
    records["nbac_schedule"] = [render.schedule(game, final=True) for game in games]
    records["odds_api_player_points_props"] = [row for game in games for row in markets.odds_props(game, seed)]
    records["bettingpros_player_points_props"] = [row for game in games for row in markets.bettingpros(game, seed)]
    records["odds_api_game_lines"] = [row for game in games for row in markets.game_lines(game, seed)]
    records["nbac_injury_report"] = [row for game in games for row in markets.injury_report(game)]
    records["espn_team_rosters"] = list(markets.espn_rosters(day, rosters)) if games else []
    if games:
        records["nbac_player_list_current"] = list(markets.player_list(rosters, known.season_year))
    return records


def _write_day(landing_root: Path, day: Day, report: SimulationReport) -> None:
    """The schedule is written for every date, so that a date without games says so."""
    after = dt.datetime.combine(day.date, dt.time(17), dt.UTC) + dt.timedelta(days=1)
    before = dt.datetime.combine(day.date, dt.time(13), dt.UTC)
    morning = [render.schedule(game, final=False) for game in day.games]
    if morning:
        _write(landing_root, "nbac_schedule", day.date, before, morning, report)
    for source, records in day.records.items():
        if records or source == "nbac_schedule":
            early = source in ("espn_team_rosters", "nbac_player_list_current")
            _write(landing_root, source, day.date, before if early else after, records, report)
    for number, (source, records) in enumerate(day.extra_captures, start=1):
        if records:
            _write(landing_root, source, day.date, after + dt.timedelta(hours=number), records, report)
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
        if names and person_id % 251 == 0:
            report.manifest.append(
                {"fault": "registry_missing_player", "date": "", "key": player.name, "expected": "row kept, uid NULL"}
            )
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
