"""A small warehouse of given rows: a schedule, tables that hold its games, and what was recorded about dates.

Only what the operator's views read is filled; columns that are not named are NULL.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import closing

import duckdb

from nba_pipeline.calendar import season_year_of
from nba_pipeline.contract.catalog import declared, phase_tables
from nba_pipeline.home import Home
from nba_pipeline_tests.models import harness

SCHEDULE = "nba_reference.dim_game"
STATUS = "nba_processing.partition_status"
BOX_SCORES = "nba_raw.nbac_gamebook_player_stats"
TEAMS = ("BOS", "NYK", "LAL", "GSW", "MIA", "CHI")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def given(home: Home, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(home.warehouse))) as con:
        con.execute("set TimeZone = 'UTC'")
        harness.given(con, table, list(rows))


def status(home: Home, table: str, dates: Iterable[dt.date], rows: int = 1, reason: str | None = None) -> None:
    recorded = [{"table_name": table, "partition_date": date, "row_count": rows, "reason": reason} for date in dates]
    given(home, STATUS, recorded)


def games_of(date: dt.date, count: int = 1) -> list[dict[str, object]]:
    """Final games of a date, as the schedule lists them."""
    pairs = [(TEAMS[2 * place], TEAMS[2 * place + 1]) for place in range(count)]
    return [
        {
            "game_id": f"{date:%Y%m%d}_{away}_{home}",
            "nba_game_id": f"002{date:%y%m%d}{place}",
            "game_date": date,
            "season_year": season_year_of(date),
            "season_type": "regular",
            "game_status": 3,
            "is_final": True,
            "home_team_abbr": home,
            "away_team_abbr": away,
        }
        for place, (away, home) in enumerate(pairs)
    ]


def schedule(home: Home, dates: Iterable[dt.date], rest: Iterable[dt.date] = (), games: int = 1) -> None:
    """The schedule: final games on some dates, nothing on others, and the box scores of every game."""
    played = list(dates)
    listed = [game for date in played for game in games_of(date, games)]
    given(home, SCHEDULE, listed)
    given(
        home,
        "nba_raw.nbac_schedule",
        [{"game_id": game["nba_game_id"], "game_date": game["game_date"]} for game in listed],
    )
    given(
        home,
        BOX_SCORES,
        [{name: game[name] for name in ("game_date", "home_team_abbr", "away_team_abbr")} for game in listed],
    )
    for table in (SCHEDULE, "nba_raw.nbac_schedule", BOX_SCORES):
        status(home, table, played)
        status(home, table, rest, 0, "no_games")


def built(home: Home, table: str, dates: Iterable[dt.date], games: int = 1) -> None:
    """A table that holds the games of some dates."""
    held = list(dates)
    with_games = table.startswith("nba_analytics.")
    status(home, table, held, games if with_games else 1)
    if with_games:
        rows = [
            {"game_id": game["game_id"], "game_date": game["game_date"]}
            for date in held
            for game in games_of(date, games)
        ]
        given(home, table, rows)
    else:
        given(home, table, [{declared(table).partition: date} for date in held])


def built_phase(home: Home, phase: int, dates: Iterable[dt.date]) -> None:
    held = list(dates)
    for table in phase_tables(phase):
        built(home, table.name, held)
