"""The league's schedule: of a whole season, of one day (scoreboards), and of one game (box score summary).

Only ``gameDateTimeUTC`` and ``gameTimeUTC`` are instants; the Z of every other time is false. Which captures count is
decided when the tables are built.
"""

import datetime as dt
from typing import Any

from nba_pipeline.payloads.flat import (
    EASTERN,
    Flat,
    Known,
    NotLandedError,
    Record,
    answered_at,
    date_of_code,
    league_game_id,
    text_of,
)

SCHEDULE = "nbac_schedule"
FINAL = 3
#: A whole season has 1,230 regular games; fewer than this is a part of one and says nothing about free dates.
WHOLE_SEASON = 1150
_NO_TIME = "T00:00:00Z"


def season_schedule(payload: Any, known: Known) -> Flat:
    """Every game of a season that counts, and an empty part for every free date the schedule speaks about.

    It speaks about the dates of the regular season, and about later ones up to the day before the capture: playoff
    dates ahead are still being made.
    """
    flat = Flat(captured_at=answered_at(payload) or known.captured_at)
    regular: list[dt.date] = []
    for day in payload["leagueSchedule"]["gameDates"]:
        for game in day["games"]:
            try:
                game_id = league_game_id(game["gameId"])
            except NotLandedError:
                flat.left_out["pre-season, All-Star or other games"] += 1
                continue
            if not (text_of(game["homeTeam"].get("teamTricode")) and text_of(game["awayTeam"].get("teamTricode"))):
                flat.left_out["games whose teams are not known yet"] += 1
                continue
            date = dt.date.fromisoformat(game["gameDateEst"][:10])
            _add(flat, date, schedule_row(game, date))
            if game_id[2] == "2":
                regular.append(date)
    if len(regular) < WHOLE_SEASON:
        flat.notes.append(f"{len(regular)} regular games are no whole season: dates without games stay open")
    elif flat.captured_at:
        _add_free_dates(flat, min(regular), max(regular), flat.captured_at.astimezone(EASTERN).date())
    return flat


def _add_free_dates(flat: Flat, first: dt.date, last: dt.date, captured_on: dt.date) -> None:
    listed = max(date for _, date in flat.parts)
    end = max(last, min(listed, captured_on - dt.timedelta(days=1)))
    for offset in range((end - first).days + 1):
        # The default makes an empty part.
        _ = flat.parts[SCHEDULE, first + dt.timedelta(days=offset)]


def scoreboard(payload: Any, known: Known) -> Flat:
    """The games of one day, whatever their status."""
    flat = Flat(captured_at=answered_at(payload) or known.captured_at)
    for game in payload["scoreboard"]["games"]:
        try:
            league_game_id(game["gameId"])
        except NotLandedError:
            flat.left_out["pre-season, All-Star or other games"] += 1
            continue
        date = date_of_code(game["gameCode"])
        _add(flat, date, schedule_row(game, date))
    return flat


def game_headers(payload: Any, known: Known) -> Flat:
    """Games of a scoreboard or summary of stats.nba.com, second version, with the points of its line score."""
    tables = payload["tables"]
    headers = (tables.get("GameHeader") or tables["GameSummary"])["rows"]
    sides = {(line["GAME_ID"], line["TEAM_ID"]): line for line in tables["LineScore"]["rows"]}
    flat = Flat(captured_at=known.captured_at)
    for header in headers:
        try:
            game_id = league_game_id(header["GAME_ID"])
        except NotLandedError:
            flat.left_out["pre-season, All-Star or other games"] += 1
            continue
        date = date_of_code(header["GAMECODE"])
        home = sides[header["GAME_ID"], header["HOME_TEAM_ID"]]
        away = sides[header["GAME_ID"], header["VISITOR_TEAM_ID"]]
        record = {
            "gameId": game_id,
            "gameCode": header["GAMECODE"],
            "gameDateEst": date.isoformat(),
            "gameStatus": header["GAME_STATUS_ID"],
            "gameStatusText": text_of(header["GAME_STATUS_TEXT"]),
            "homeTeam_teamTricode": home["TEAM_ABBREVIATION"],
            "awayTeam_teamTricode": away["TEAM_ABBREVIATION"],
            "homeTeam_score": home["PTS"],
            "awayTeam_score": away["PTS"],
            "arenaName": header.get("ARENA_NAME"),
            "data_source": "api_stats",
        }
        _add(flat, date, record)
    return flat


def _add(flat: Flat, date: dt.date, record: Record) -> None:
    """Keep a game; one that is not over says something only together with the moment of the capture."""
    if flat.captured_at is None and int(record["gameStatus"]) != FINAL:
        flat.left_out["games not over, of an unknown moment: name it with --captured-at"] += 1
    else:
        flat.add(SCHEDULE, date, record)


def schedule_row(game: Record, date: dt.date) -> Record:
    """A game as the schedule, the scoreboard and the live box score state it; what one does not say is NULL.

    A time still to be announced stands as midnight, with TBD in the status text: no tip-off is known then.
    """
    arena = game.get("arena") or game
    status = text_of(game["gameStatusText"])
    is_open = "TBD" in status.upper() or text_of(game.get("gameTimeEst")).endswith(_NO_TIME)
    return {
        "gameId": league_game_id(game["gameId"]),
        "gameCode": game["gameCode"],
        "gameDateEst": date.isoformat(),
        "gameStatus": game["gameStatus"],
        "gameStatusText": status,
        "homeTeam_teamTricode": game["homeTeam"]["teamTricode"],
        "awayTeam_teamTricode": game["awayTeam"]["teamTricode"],
        "homeTeam_score": game["homeTeam"].get("score"),
        "awayTeam_score": game["awayTeam"].get("score"),
        "gameDateTimeUTC": None if is_open else game.get("gameDateTimeUTC", game.get("gameTimeUTC")),
        "arenaName": arena.get("arenaName"),
        "arenaCity": arena.get("arenaCity"),
        "arenaState": arena.get("arenaState"),
        "isNeutral": game.get("isNeutral"),
        "gameSubtype": game.get("gameSubtype"),
        "gameLabel": game.get("gameLabel"),
        "postponedStatus": game.get("postponedStatus"),
        "data_source": "cdn_static",
    }
