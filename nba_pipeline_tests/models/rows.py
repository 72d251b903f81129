"""Rows of one invented game for model tests: BOS at GSW, eight players a side, every player the same line.

Only what the fact models read is filled; a test changes what it is about and states what it expects itself.
"""

import datetime as dt

DAY = dt.date(2021, 11, 10)
TIPOFF = dt.datetime(2021, 11, 11, 0, 30, tzinfo=dt.UTC)
MORNING_AFTER = dt.datetime(2021, 11, 11, 14, tzinfo=dt.UTC)
GAME = "20211110_BOS_GSW"
NBA_GAME = "0022100160"
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")

#: 12 points in 30 minutes: 4 twos, 1 three, 1 free throw.
LINE = {
    "seconds_played": 1800,
    "points": 12,
    "field_goals_made": 5,
    "field_goals_attempted": 10,
    "three_pointers_made": 1,
    "three_pointers_attempted": 3,
    "free_throws_made": 1,
    "free_throws_attempted": 2,
    "offensive_rebounds": 1,
    "defensive_rebounds": 4,
    "assists": 3,
    "steals": 1,
    "blocks": 0,
    "turnovers": 2,
    "personal_fouls": 2,
}
NOTHING = dict.fromkeys(LINE, 0)


def schedule(**changes) -> dict:
    """The final row of the game in the schedule: GSW 97, BOS 96."""
    return {
        "game_id": NBA_GAME,
        "game_date": DAY,
        "season_year": 2021,
        "game_status": 3,
        "tipoff_at": TIPOFF,
        "home_team_tricode": "GSW",
        "away_team_tricode": "BOS",
        "home_team_score": 97,
        "away_team_score": 96,
        "neutral_site_flag": False,
        "data_source": "api_stats",
        "fetched_at": MORNING_AFTER,
        "source_file": "schedule",
        "record_number": 1,
    } | changes


def game(**changes) -> dict:
    """The game as dim_game holds it."""
    return {
        "game_id": GAME,
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "season_year": 2021,
        "season_type": "regular",
        "game_status": 3,
        "is_final": True,
        "tipoff_at": TIPOFF,
        "home_team_abbr": "GSW",
        "away_team_abbr": "BOS",
        "home_team_score": 97,
        "away_team_score": 96,
        "neutral_site_flag": False,
    } | changes


def lookup(team: str, number: str) -> str:
    return f"{team.lower()}{number}"


def person(team: str, number: str) -> int:
    return {"GSW": 100, "BOS": 200}[team] + (*NUMBERS, "nine").index(number) + 1


def stats(team: str, number: str) -> dict:
    """LINE; GSW's first player makes his second free throw too, so that GSW wins by one."""
    return LINE | ({"points": 13, "free_throws_made": 2} if (team, number) == ("GSW", "one") else {})


def gamebook(team: str, number: str, **changes) -> dict:
    """A line of an active player in the game book."""
    return {
        "game_code": "20211110/BOSGSW",
        "game_date": DAY,
        "home_team_abbr": "GSW",
        "away_team_abbr": "BOS",
        "team_abbr": team,
        "player_name": f"{team} {number}",
        "player_lookup": lookup(team, number),
        "player_status": "active",
        "plus_minus": 1 if team == "GSW" else -1,
        **stats(team, number),
    } | changes


def absent(team: str, name: str, **changes) -> dict:
    """A line of a player who did not play, with a reason and no statistics."""
    return {
        "game_code": "20211110/BOSGSW",
        "game_date": DAY,
        "home_team_abbr": "GSW",
        "away_team_abbr": "BOS",
        "team_abbr": team,
        "player_name": name,
        "player_lookup": name,
        "player_status": "dnp",
        "dnp_reason": "DNP - Coach's Decision",
    } | changes


def log(team: str, number: str, **changes) -> dict:
    """A line of the league game log."""
    return {
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "team_abbr": team,
        "nba_player_id": person(team, number),
        "player_full_name": f"{team} {number}",
        "player_lookup": lookup(team, number),
        "plus_minus": 1 if team == "GSW" else -1,
        **stats(team, number),
    } | changes


def bdl(team: str, number: str, **changes) -> dict:
    """A BallDontLie line."""
    return {
        "game_date": DAY,
        "home_team_abbr": "GSW",
        "away_team_abbr": "BOS",
        "team_abbr": team,
        "bdl_player_id": person(team, number),
        "player_full_name": f"{team} {number}",
        "player_lookup": lookup(team, number),
        **stats(team, number),
    } | changes


def both(line, **changes) -> list[dict]:
    """The same kind of line for all sixteen players."""
    return [line(team, number, **changes) for team in ("GSW", "BOS") for number in NUMBERS]


def registered(*exceptions: str) -> list[dict]:
    """The registry: all sixteen players but the exceptions."""
    return [
        {
            "universal_player_id": f"{lookup(team, number)}_001",
            "player_lookup": lookup(team, number),
            "player_name": f"{team.title()} {number.title()}",
            "nba_player_id": person(team, number),
        }
        for team in ("GSW", "BOS")
        for number in NUMBERS
        if lookup(team, number) not in exceptions
    ]


def team_box(team: str, **changes) -> dict:
    """The team box score, equal to the sum of the players."""
    extra = 1 if team == "GSW" else 0
    return {
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "season_year": 2021,
        "team_abbr": team,
        "is_home": team == "GSW",
        "player_minutes": 240,
        "points": 96 + extra,
        "fg_made": 40,
        "fg_attempted": 80,
        "three_pt_made": 8,
        "three_pt_attempted": 24,
        "ft_made": 8 + extra,
        "ft_attempted": 16,
        "offensive_rebounds": 8,
        "defensive_rebounds": 32,
        "assists": 24,
        "steals": 8,
        "blocks": 0,
        "turnovers": 16,
        "personal_fouls": 16,
    } | changes


def bdb(sequence: int, event_type: str = "shot", **changes) -> dict:
    """A BigDataBall event: GSW's first player misses a two from 20 feet."""
    return {
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "event_sequence": sequence,
        "period": 1,
        "game_clock_seconds": 600,
        "event_type": event_type,
        "team_abbr": "GSW",
        "player_1_lookup": "gswone",
        "shot_made": False if event_type == "shot" else None,
        "shot_type": "2PT" if event_type == "shot" else None,
        "shot_distance": 20.0 if event_type == "shot" else None,
    } | changes
