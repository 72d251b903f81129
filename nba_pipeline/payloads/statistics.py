"""Answers of stats.nba.com: box scores of a game, the game log of a date, shot detail, the player index.

The second version sends tables, the third nested objects. A box score states neither date nor home team of its game:
both come from the schedule. Inactive players are not in it, so where the live feed's box score of a game is there,
that one is to be preferred.
"""

from typing import Any

from nba_pipeline.payloads.flat import (
    EASTERN,
    Flat,
    Game,
    Known,
    NotLandedError,
    Record,
    answered_at,
    day_of,
    game_of,
    league_game_id,
    need_capture,
    text_of,
    words,
)
from nba_pipeline.payloads.live_feed import COUNTS, TOTALS

GAMEBOOK = "nbac_gamebook_player_stats"
SHOTS = "nbac_shot_chart"
#: Minutes of five players without overtime; a team with fewer was still playing.
_REGULATION = 240
_COUNTS = {
    "points": "PTS",
    "field_goals_made": "FGM",
    "field_goals_attempted": "FGA",
    "three_pointers_made": "FG3M",
    "three_pointers_attempted": "FG3A",
    "free_throws_made": "FTM",
    "free_throws_attempted": "FTA",
    "offensive_rebounds": "OREB",
    "defensive_rebounds": "DREB",
    "total_rebounds": "REB",
    "assists": "AST",
    "steals": "STL",
    "blocks": "BLK",
    "turnovers": "TO",
    "personal_fouls": "PF",
    "plus_minus": "PLUS_MINUS",
}
#: Measures of a shot query under which every attempt is listed.
_ALL_SHOTS = ("FGA", "FG_PCT")


def box_score_tables(payload: Any, known: Known) -> Flat:
    """Box score, second version: everybody who played or was dressed, and both teams' totals.

    Raises:
        UnknownGameError: when nobody said the game's date and teams.
        NotLandedError: when the game was not over or is an exhibition.
    """
    tables = payload["tables"]
    teams = tables["TeamStats"]["rows"]
    game = _finished(teams[0]["GAME_ID"] if teams else None, [team["MIN"] for team in teams], known)
    flat = Flat(captured_at=known.captured_at)
    for player in tables["PlayerStats"]["rows"]:
        said = {"person_id": player.get("PLAYER_ID"), "starter": _is_starter(player, "START_POSITION")}
        counts = {name: player[sent] for name, sent in _COUNTS.items()}
        team, name = player["TEAM_ABBREVIATION"], player["PLAYER_NAME"]
        flat.add(GAMEBOOK, game.date, _listed(game, team, name, player["MIN"], player["COMMENT"], counts) | said)
    for team in teams:
        name = f"{team['TEAM_CITY']} {team['TEAM_NAME']}"
        flat.add("nbac_team_boxscore", game.date, team | _team(game, team["TEAM_ABBREVIATION"], name))
    return flat


def box_score_nested(payload: Any, known: Known) -> Flat:
    """Box score, third version; as the second.

    Raises:
        UnknownGameError: when nobody said the game's date and teams.
        NotLandedError: when the game was not over or is an exhibition.
    """
    box = payload["boxScoreTraditional"]
    sides = (box["awayTeam"], box["homeTeam"])
    game = _finished(box["gameId"], [side["statistics"]["minutes"] for side in sides], known)
    flat = Flat(captured_at=answered_at(payload) or known.captured_at)
    for side in sides:
        for player in side["players"]:
            name, sent = words_of_name(player["firstName"], player["familyName"]), player["statistics"]
            counts = {name: sent.get(field) for name, field in COUNTS.items()}
            said = {"person_id": player.get("personId"), "starter": _is_starter(player, "position")}
            record = _listed(game, side["teamTricode"], name, sent["minutes"], player["comment"], counts)
            flat.add(GAMEBOOK, game.date, record | said)
        totals = {name: side["statistics"].get(sent) for name, sent in TOTALS.items()}
        totals |= {"REB": side["statistics"].get("reboundsTotal"), "MIN": side["statistics"]["minutes"]}
        totals |= {"TEAM_ID": side["teamId"], "PLUS_MINUS": side["statistics"].get("plusMinusPoints")}
        team = _team(game, side["teamTricode"], f"{side['teamCity']} {side['teamName']}")
        flat.add("nbac_team_boxscore", game.date, totals | team)
    return flat


def game_log(payload: Any, known: Known) -> Flat:
    """The league's game log of players or of teams; every row has its date."""
    table = payload["tables"]["LeagueGameLog"]
    source = "nbac_player_boxscores" if "PLAYER_ID" in table["columns"] else "nbac_team_boxscore"
    return _dated_rows(source, table["rows"], known)


def shots(payload: Any, known: Known) -> Flat:
    """Every field goal attempt of the asked games.

    Raises:
        NotLandedError: when the query asked for some attempts only: those of one player, or those that went in.
    """
    asked = payload.get("parameters") or {}
    if text_of(asked.get("PlayerID")) not in ("", "0"):
        raise NotLandedError(f"it holds the shots of player {asked['PlayerID']} only: ask with PlayerID=0")
    if text_of(asked.get("ContextMeasure")) not in ("", *_ALL_SHOTS):
        raise NotLandedError(f"ContextMeasure={asked['ContextMeasure']} lists some shots only: ask with FGA")
    return _dated_rows(SHOTS, payload["tables"]["Shot_Chart_Detail"]["rows"], known)


def whole_games(records: list[Record]) -> tuple[list[Record], list[str]]:
    """Shots of the games of which both teams' are there, and a note on each other game.

    A landing file replaces its games whole, so one team's shots would take the other's away.
    """
    teams: dict[str, set[str]] = {}
    for record in records:
        teams.setdefault(record["GAME_ID"], set()).add(text_of(record["TEAM_ID"]))
    halves = sorted(game_id for game_id, ids in teams.items() if len(ids) < 2)
    notes = [f"game {game_id} is left out: the shots of one team only; put both into one folder" for game_id in halves]
    return [record for record in records if record["GAME_ID"] not in halves], notes


def player_index(payload: Any, known: Known) -> Flat:
    """Every player the league lists, as of the capture.

    Raises:
        NotLandedError: when the user has not said when it was captured.
    """
    captured_at = need_capture(known, "the player index")
    date = captured_at.astimezone(EASTERN).date()
    flat = Flat(captured_at=captured_at)
    for row in payload["tables"]["PlayerIndex"]["rows"]:
        flat.add("nbac_player_list_current", date, row)
    return flat


def words_of_name(first: object, last: object) -> str:
    """First and last name; a player of one name has no first."""
    return f"{text_of(first)} {text_of(last)}".strip()


def _dated_rows(source: str, rows: list[Record], known: Known) -> Flat:
    flat = Flat(captured_at=known.captured_at)
    for row in rows:
        try:
            game_id = league_game_id(row["GAME_ID"])
        except NotLandedError:
            flat.left_out["rows of pre-season, All-Star or other games"] += 1
            continue
        date = day_of(row["GAME_DATE"])
        if date is None:
            flat.left_out["rows without a readable date"] += 1
            continue
        flat.add(source, date, row | {"GAME_ID": game_id, "GAME_DATE": date.isoformat()})
    return flat


def _finished(game_id: object, minutes: list[Any], known: Known) -> Game:
    """The game of a box score that states no status: two teams that played a whole game are through."""
    counted = league_game_id(game_id)
    played = [text_of(text).partition(":")[0].partition(".")[0] for text in minutes]
    if len(played) != 2 or not all(text.isdigit() and int(text) >= _REGULATION for text in played):
        raise NotLandedError(f"game {counted} was not over: its teams played {' and '.join(played) or 'no'} minutes")
    return game_of(counted, known.games)


def _listed(game: Game, team: str, name: str, minutes: object, comment: object, counts: Record) -> Record:  # noqa: PLR0917 one value per field
    """A player of the box score: without minutes he did not play, and his zeros are no facts."""
    has_played = bool(text_of(minutes))
    return {
        "game_code": game.code,
        "date": game.date.isoformat(),
        "home_team": game.home,
        "away_team": game.away,
        "team": team,
        "name": name,
        "full_name": name,
        "status": "active" if has_played else "did_not_play",
        "dnp_reason": None if has_played else words(comment),
        "minutes": text_of(minutes) or None,
        **{name: value if has_played else None for name, value in counts.items()},
    }


def _is_starter(player: Record, field: str) -> bool | None:
    """Only starters have a position in a box score; NULL where it has no positions at all."""
    return bool(text_of(player[field])) if field in player else None


def _team(game: Game, team: str, name: str) -> Record:
    return {
        "GAME_ID": game.nba_game_id,
        "GAME_DATE": game.date.isoformat(),
        "TEAM_ABBREVIATION": team,
        "TEAM_NAME": name.strip(),
        "isHome": team == game.home,
    }
