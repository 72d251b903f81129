"""The league's live feed: final box score and play-by-play of one game.

Flags are text ("1", "0"), playing times read PT34M12.00S.
"""

import datetime as dt
import re
from typing import Any

from nba_pipeline.payloads.flat import (
    Flat,
    Known,
    NotLandedError,
    Record,
    answered_at,
    date_of_code,
    eastern_date,
    game_of,
    league_game_id,
    words,
)
from nba_pipeline.payloads.schedule import FINAL, schedule_row

COUNTS = {
    "points": "points",
    "field_goals_made": "fieldGoalsMade",
    "field_goals_attempted": "fieldGoalsAttempted",
    "three_pointers_made": "threePointersMade",
    "three_pointers_attempted": "threePointersAttempted",
    "free_throws_made": "freeThrowsMade",
    "free_throws_attempted": "freeThrowsAttempted",
    "offensive_rebounds": "reboundsOffensive",
    "defensive_rebounds": "reboundsDefensive",
    "total_rebounds": "reboundsTotal",
    "assists": "assists",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "personal_fouls": "foulsPersonal",
    "plus_minus": "plusMinusPoints",
}
#: As the game log counts: team rebounds and team turnovers are left out.
TOTALS = {
    "PTS": "points",
    "FGM": "fieldGoalsMade",
    "FGA": "fieldGoalsAttempted",
    "FG3M": "threePointersMade",
    "FG3A": "threePointersAttempted",
    "FTM": "freeThrowsMade",
    "FTA": "freeThrowsAttempted",
    "OREB": "reboundsOffensive",
    "DREB": "reboundsDefensive",
    "REB": "reboundsPersonal",
    "AST": "assists",
    "STL": "steals",
    "BLK": "blocks",
    "TOV": "turnovers",
    "PF": "foulsPersonal",
}
_ACTION = (
    "actionNumber", "orderNumber", "period", "clock", "teamTricode", "personId", "playerNameI", "actionType", "subType",
    "descriptor", "description", "scoreHome", "scoreAway", "isFieldGoal", "shotResult", "shotDistance", "area",
    "xLegacy", "yLegacy", "assistPersonId", "blockPersonId", "stealPersonId", "foulDrawnPersonId",
)  # fmt: skip


def box_score(payload: Any, _known: Known) -> Flat:
    """Everybody on both rosters, both teams' totals and the final schedule row of a game.

    Raises:
        NotLandedError: when the game is not final or an exhibition.
        BrokenPayloadError: when its code names no date.
    """
    game = payload["game"]
    game_id = league_game_id(game["gameId"])
    if int(game["gameStatus"]) != FINAL:
        raise NotLandedError(f"game {game_id} was not over: its status is {game['gameStatus']}, final is {FINAL}")
    date = date_of_code(game["gameCode"])
    flat = Flat(captured_at=answered_at(payload))
    sides = (game["awayTeam"], game["homeTeam"])
    for team, other in (sides, sides[::-1]):
        for player in team["players"]:
            flat.add("nbac_gamebook_player_stats", date, _listed(game, date, team, player))
        flat.add("nbac_team_boxscore", date, _team(game_id, date, team, other, is_home=team is game["homeTeam"]))
        flat.notes += _sum_differs(team)
    flat.add("nbac_schedule", date, schedule_row(game, date))
    return flat


def play_by_play(payload: Any, known: Known) -> Flat:
    """Every action of a game; dated by the first action's own time, else by the schedule.

    Raises:
        NotLandedError: when the game had not ended or is an exhibition.
        UnknownGameError: when no action has a time and nobody else said the date.
    """
    game = payload["game"]
    game_id = league_game_id(game["gameId"])
    actions = game["actions"]
    if not any((action["actionType"], action.get("subType")) == ("game", "end") for action in actions):
        raise NotLandedError(f"game {game_id} was not over: no action says that it ended")
    started = min((str(action["timeActual"]) for action in actions if action.get("timeActual")), default=None)
    date = eastern_date(started) or game_of(game_id, known.games).date
    flat = Flat(captured_at=answered_at(payload))
    for action in actions:
        record = {name: action[name] for name in _ACTION if name in action}
        flat.add("nbac_play_by_play", date, {"gameId": game_id, **record})
    return flat


def _listed(game: Record, date: dt.date, team: Record, player: Record) -> Record:
    """A player of the roster; the zeros of one who did not play, and the old reason of one who did, are no facts."""
    has_played = str(player["played"]) == "1"
    is_inactive = player["status"] == "INACTIVE"
    status = "active" if has_played else "inactive" if is_inactive else "did_not_play"
    reason = words((player.get("notPlayingReason") or "").replace("_", " "), player.get("notPlayingDescription"))
    statistics = player["statistics"] if has_played else {}
    return {
        "game_code": game["gameCode"],
        "date": date.isoformat(),
        "home_team": game["homeTeam"]["teamTricode"],
        "away_team": game["awayTeam"]["teamTricode"],
        "team": team["teamTricode"],
        "name": player["name"],
        "full_name": player["name"],
        "status": status,
        "dnp_reason": reason if status == "did_not_play" else None,
        "reason": reason if status == "inactive" else None,
        "minutes": statistics.get("minutes"),
        **{name: statistics.get(sent) for name, sent in COUNTS.items()},
        "person_id": player.get("personId"),
        "starter": player.get("starter"),
    }


def _team(game_id: str, date: dt.date, team: Record, other: Record, *, is_home: bool) -> Record:
    statistics = team["statistics"]
    return {
        "GAME_ID": game_id,
        "GAME_DATE": date.isoformat(),
        "TEAM_ID": team["teamId"],
        "TEAM_ABBREVIATION": team["teamTricode"],
        "TEAM_NAME": f"{team['teamCity']} {team['teamName']}".strip(),
        "isHome": is_home,
        "MIN": _team_minutes(statistics.get("minutes")),
        **{name: statistics.get(sent) for name, sent in TOTALS.items()},
        "PLUS_MINUS": int(team["score"]) - int(other["score"]),
    }


def _team_minutes(text: object) -> str | None:
    """'PT240M00.00S' as '240:00', the spelling of the box score that the totals are known by."""
    matched = re.fullmatch(r"PT(\d+)M(\d\d)(?:\.\d+)?S", str(text or ""))
    return f"{matched[1]}:{matched[2]}" if matched else None


def _sum_differs(team: Record) -> list[str]:
    points = [player["statistics"].get("points") for player in team["players"] if str(player["played"]) == "1"]
    total = sum(int(value) for value in points if str(value).isdigit())
    if total == int(team["score"]):
        return []
    return [f"the points of {team['teamTricode']}'s players add up to {total}, its score is {team['score']}"]
