"""BallDontLie: the box scores of a date, and the statistics of players, page by page.

Both say 00 minutes for players who did not play. A page may hold a part of a game, so pages land together.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from nba_pipeline.payloads.flat import Flat, Known, Record, day_of, text_of

BOXES = "bdl_player_boxscores"
FINAL = "Final"
_COUNTS = (
    "min", "pts", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb", "ast", "stl", "blk", "turnover",
    "pf",
)  # fmt: skip


def box_scores(payload: Any, known: Known) -> Flat:
    """Everybody of both teams of every game of a date that is over."""
    flat = Flat(captured_at=known.captured_at)
    for game in payload["data"]:
        home, visitor = game["home_team"], game["visitor_team"]
        for team in (home, visitor):
            for line in team["players"]:
                record = _record(game, home["abbreviation"], visitor["abbreviation"], team["abbreviation"], line)
                _add(flat, game, record)
    return _noted(flat, payload)


def statistics(payload: Any, known: Known) -> Flat:
    """One line per player and game; the code of a team is known from the lines of its players."""
    codes: Mapping[Any, str] = {line["team"]["id"]: line["team"]["abbreviation"] for line in payload["data"]}
    flat = Flat(captured_at=known.captured_at)
    for line in payload["data"]:
        game = line["game"]
        home, visitor = codes.get(game.get("home_team_id")), codes.get(game.get("visitor_team_id"))
        if home is None or visitor is None:
            flat.left_out["lines of a game of which one team's players are on another page"] += 1
            continue
        _add(flat, game, _record(game, home, visitor, line["team"]["abbreviation"], line))
    return _noted(flat, payload)


def _add(flat: Flat, game: Record, record: Record) -> None:
    date: dt.date | None = day_of(game["date"])
    if text_of(game["status"]) != FINAL:
        flat.left_out[f"lines of games not over, status {text_of(game['status'])}"] += 1
    elif date is None:
        flat.left_out["lines of a game without a readable date"] += 1
    else:
        flat.add(BOXES, date, record | {"game_date": date.isoformat()})


def _record(game: Record, home: str, visitor: str, team: str, line: Record) -> Record:
    player = line["player"]
    return {
        "game_id": game["id"],
        "game_season": game["season"],
        "game_status": game["status"],
        "game_period": game.get("period"),
        "game_postseason": game.get("postseason"),
        "game_home_team_abbreviation": home,
        "game_visitor_team_abbreviation": visitor,
        "game_home_team_score": game.get("home_team_score"),
        "game_visitor_team_score": game.get("visitor_team_score"),
        "team_abbreviation": team,
        "player_id": player["id"],
        "player_first_name": player["first_name"],
        "player_last_name": player["last_name"],
        "player_jersey_number": player.get("jersey_number"),
        "player_position": player.get("position"),
        **{name: line.get(name) for name in _COUNTS},
    }


def _noted(flat: Flat, payload: Record) -> Flat:
    if (payload.get("meta") or {}).get("next_cursor"):
        flat.notes.append("one page of several: all of them belong into one folder, or a game stays in part")
    return flat
