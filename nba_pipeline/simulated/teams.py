"""The thirty teams as vendors write them: tricodes, numeric ids, full names, arenas. No results, no players."""

import csv
from functools import cache
from importlib.resources import files

TEAMS = tuple(
    "ATL BOS BKN CHA CHI CLE DAL DEN DET GSW HOU IND LAC LAL MEM MIA MIL MIN NOP NYK OKC ORL PHI PHX POR SAC SAS TOR "
    "UTA WAS".split()
)
WEST = frozenset("DAL DEN GSW HOU LAC LAL MEM MIN NOP OKC PHX POR SAC SAS UTA".split())
#: Teams whose games tip off late in Eastern time.
PACIFIC = frozenset("GSW LAC LAL POR SAC PHX".split())
_BY_NBA_ID = "ATL BOS CLE NOP CHI DAL DEN GSW HOU LAC LAL MIA MIL MIN BKN NYK ORL IND PHI PHX POR SAC SAS OKC TOR UTA MEM WAS DET CHA"
NBA_IDS: dict[str, int] = {team: 1610612737 + position for position, team in enumerate(_BY_NBA_ID.split())}
ESPN = {"GSW": "GS", "NOP": "NO", "NYK": "NY", "SAS": "SA", "UTA": "UTAH", "WAS": "WSH"}
_FULL = (
    "Atlanta Hawks|Boston Celtics|Brooklyn Nets|Charlotte Hornets|Chicago Bulls|Cleveland Cavaliers|Dallas Mavericks|"
    "Denver Nuggets|Detroit Pistons|Golden State Warriors|Houston Rockets|Indiana Pacers|Los Angeles Clippers|"
    "Los Angeles Lakers|Memphis Grizzlies|Miami Heat|Milwaukee Bucks|Minnesota Timberwolves|New Orleans Pelicans|"
    "New York Knicks|Oklahoma City Thunder|Orlando Magic|Philadelphia 76ers|Phoenix Suns|Portland Trail Blazers|"
    "Sacramento Kings|San Antonio Spurs|Toronto Raptors|Utah Jazz|Washington Wizards"
)
FULL_NAMES: dict[str, str] = dict(zip(TEAMS, _FULL.split("|"), strict=True))


@cache
def arena(team: str, season_year: int) -> tuple[str, str]:
    """Name and city of a team's arena in a season."""
    places = {row["arena_id"]: (row["arena_name"], row["city"]) for row in _rows("arenas")}
    homes = {(row["team_abbr"], row["season_year"]): row["arena_id"] for row in _rows("team_arenas")}
    return places[homes[team, str(season_year)]]


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = files("nba_pipeline").joinpath(f"reference/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
