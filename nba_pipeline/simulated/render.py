"""How each vendor prints a finished simulated game: field names, codes and texts. Faults are added afterwards.

A day's rendering is a mapping from landing source to flat records; markets, injuries and rosters are in ``markets``.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from nba_pipeline.simulated.play import COUNTS, Event, Line, PlayedGame, period_of
from nba_pipeline.simulated.slate import EASTERN, ScheduledGame
from nba_pipeline.simulated.teams import FULL_NAMES, NBA_IDS

Record = dict[str, object]

_HEADERS = dict(zip(COUNTS, "PTS FGM FGA FG3M FG3A FTM FTA OREB DREB AST STL BLK TOV PF".split(), strict=True))
_GAMEBOOK = dict(
    zip(
        COUNTS,
        (
            "points field_goals_made field_goals_attempted three_pointers_made three_pointers_attempted free_throws_made "
            "free_throws_attempted offensive_rebounds defensive_rebounds assists steals blocks turnovers personal_fouls"
        ).split(),
        strict=True,
    )
)
_BDL = dict(zip(COUNTS, "pts fgm fga fg3m fg3a ftm fta oreb dreb ast stl blk turnover pf".split(), strict=True))
_TIP_TEXT = "%-I:%M pm ET"


def announced(game: ScheduledGame) -> Record:
    """The schedule's record before the game."""
    return {
        "gameId": game.nba_game_id,
        "gameCode": game.code,
        "gameDateEst": f"{game.date.isoformat()}T00:00:00Z",
        "gameStatus": 1,
        "gameStatusText": game.tipoff.astimezone(EASTERN).strftime(_TIP_TEXT),
        "homeTeam_teamTricode": game.home,
        "awayTeam_teamTricode": game.away,
        "homeTeam_score": 0,
        "awayTeam_score": 0,
        "gameDateTimeUTC": game.tipoff.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "arenaName": game.arena_name,
        "arenaCity": game.arena_city,
        "arenaState": "",
        "isNeutral": game.is_neutral,
        "gameSubtype": game.subtype,
        "gameLabel": game.label,
        "postponedStatus": "N",
        "data_source": "api_stats",
    }


def final(played: PlayedGame) -> Record:
    """The schedule's record after the game."""
    game = played.game
    overtime = {0: "", 1: "/OT"}.get(played.overtimes, f"/OT{played.overtimes}")
    return {
        **announced(game),
        "gameStatus": 3,
        "gameStatusText": f"Final{overtime}",
        "homeTeam_score": played.score(game.home),
        "awayTeam_score": played.score(game.away),
    }


def gamebook(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    for line in _lines(played):
        record: Record = {
            "game_code": game.code,
            "date": game.date.isoformat(),
            "home_team": game.home,
            "away_team": game.away,
            "team": line.team,
            "name": _ascii(line.player.last_name if line.status == "inactive" else line.player.name),
            "status": {"active": "active", "dnp": "did_not_play", "inactive": "inactive"}[line.status],
            "dnp_reason": line.reason if line.status == "dnp" else None,
            "reason": line.reason if line.status == "inactive" else None,
            "minutes": f"{line.seconds // 60}:{line.seconds % 60:02d}" if line.status == "active" else None,
        }
        for count, name in _GAMEBOOK.items():
            record[name] = line.counts[count] if line.status == "active" else None
        record["plus_minus"] = f"{line.plus_minus:+d}" if line.status == "active" else None
        yield record


def player_log(played: PlayedGame) -> Iterator[Record]:
    for line in _lines(played):
        if line.status == "active":
            yield {
                **_log_head(played, line.team),
                "PLAYER_ID": line.player.person_id,
                "PLAYER_NAME": line.player.name,
                "MIN": line.seconds // 60,
                **_counted(line),
                "PLUS_MINUS": line.plus_minus,
            }


def team_log(played: PlayedGame) -> Iterator[Record]:
    for team in (played.game.home, played.game.away):
        other = played.game.away if team == played.game.home else played.game.home
        totals = {header: played.total(team, count) for count, header in _HEADERS.items()}
        yield {
            **_log_head(played, team),
            "TEAM_NAME": FULL_NAMES[team],
            "MIN": f"{240 + 25 * played.overtimes}:00",
            **totals,
            "REB": totals["OREB"] + totals["DREB"],
            "PLUS_MINUS": played.score(team) - played.score(other),
        }


def bdl(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    for line in _lines(played):
        if line.status == "inactive":
            continue
        first, _, last = _ascii(line.player.name).partition(" ")
        minutes = f"{round(line.seconds / 60):02d}" if line.status == "active" else "00"
        yield {
            "game_id": int(game.nba_game_id) + 700_000,
            "game_date": game.date.isoformat(),
            "game_season": _season_year(game.date),
            "game_status": "Final",
            "game_period": 4 + played.overtimes,
            "game_postseason": game.nba_game_id[2] in "45",
            "game_home_team_abbreviation": game.home,
            "game_visitor_team_abbreviation": game.away,
            "game_home_team_score": played.score(game.home),
            "game_visitor_team_score": played.score(game.away),
            "team_abbreviation": line.team,
            "player_id": line.player.person_id - 1_500_000,
            "player_first_name": first,
            "player_last_name": last,
            "player_jersey_number": str(line.player.person_id % 99),
            "player_position": line.player.position,
            "min": minutes if line.status != "active" or minutes != "00" else "01",
            **{name: line.counts[count] for count, name in _BDL.items()},
            "reb": line.counts["oreb"] + line.counts["dreb"],
        }


def bigdataball(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    score = {game.home: 0, game.away: 0}
    for sequence, event in enumerate(_with_periods(played), start=1):
        score[event.team] = score.get(event.team, 0) + event.value
        period, left = period_of(event.second)
        yield {
            "game_id": int(game.nba_game_id),
            "date": game.date.isoformat(),
            "play_id": sequence,
            "period": period,
            "remaining_time": f"0:{left // 60:02d}:{left % 60:02d}",
            "event_type": event.kind,
            "type": _bdb_type(event),
            "team": event.team or None,
            "home_score": score[game.home],
            "away_score": score[game.away],
            "player": _ascii(event.player.name) if event.player else None,
            "assist": _partner(event, "assist"),
            "block": _partner(event, "block"),
            "steal": _partner(event, "steal"),
            "result": ("made" if event.made else "missed") if event.kind in ("shot", "free throw") else None,
            "shot_distance": event.distance if event.kind == "shot" else None,
            "points": event.value if event.kind in ("shot", "free throw") else None,
            "num": event.number or None,
            "outof": event.trip or None,
            "original_x": event.x if event.kind == "shot" else None,
            "original_y": event.y if event.kind == "shot" else None,
            "reason": None,
            "opponent": None,
            "description": None,
        }


def nba_play_by_play(played: PlayedGame) -> Iterator[Record]:
    """Blocks and steals are actions of their own after the shot or turnover, as in the live feed."""
    game = played.game
    score = {game.home: 0, game.away: 0}
    number = 0
    for event in _with_periods(played):
        score[event.team] = score.get(event.team, 0) + event.value
        period, left = period_of(event.second)
        number += 2
        base: Record = {
            "gameId": game.nba_game_id,
            "actionNumber": number,
            "orderNumber": number * 10_000,
            "period": period,
            "clock": f"PT{left // 60:02d}M{left % 60:02d}.00S",
            "teamTricode": event.team or None,
            "personId": event.player.person_id if event.player else 0,
            "playerNameI": f"{event.player.name[0]}. {event.player.last_name}" if event.player else None,
            "actionType": _NBA_TYPE[event.kind] if event.kind != "shot" else f"{3 if event.zone == 'three' else 2}pt",
            "subType": _nba_subtype(event),
            "descriptor": None,
            "description": None,
            "scoreHome": str(score[game.home]),
            "scoreAway": str(score[game.away]),
            "isFieldGoal": 1 if event.kind == "shot" else 0,
            "shotResult": ("Made" if event.made else "Missed") if event.kind in ("shot", "free throw") else None,
            "shotDistance": event.distance if event.kind == "shot" else None,
            "area": None,
            "xLegacy": event.x if event.kind == "shot" else None,
            "yLegacy": event.y if event.kind == "shot" else None,
            "assistPersonId": event.second_player.person_id if event.second_player and event.role == "assist" else None,
            "blockPersonId": event.second_player.person_id if event.second_player and event.role == "block" else None,
            "stealPersonId": event.second_player.person_id if event.second_player and event.role == "steal" else None,
            "foulDrawnPersonId": None,
        }
        yield base
        if event.second_player and event.role in ("block", "steal"):
            yield {
                **dict.fromkeys(base),
                **{key: base[key] for key in ("gameId", "period", "clock", "scoreHome", "scoreAway")},
                "actionNumber": number + 1,
                "orderNumber": number * 10_000 + 1,
                "actionType": event.role,
                "isFieldGoal": 0,
                "personId": event.second_player.person_id,
                "teamTricode": game.away if event.team == game.home else game.home,
            }


def shot_chart(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    for number, event in enumerate(played.events, start=1):
        if event.kind != "shot" or event.player is None:
            continue
        period, left = period_of(event.second)
        yield {
            "GRID_TYPE": "Shot Chart Detail",
            "GAME_ID": game.nba_game_id,
            "GAME_EVENT_ID": number,
            "PLAYER_ID": event.player.person_id,
            "PLAYER_NAME": event.player.name,
            "TEAM_ID": NBA_IDS[event.team],
            "PERIOD": period,
            "MINUTES_REMAINING": min(left // 60, 11),
            "SECONDS_REMAINING": left % 60,
            "ACTION_TYPE": "Jump Shot" if event.zone != "paint" else "Driving Layup Shot",
            "SHOT_TYPE": "3PT Field Goal" if event.zone == "three" else "2PT Field Goal",
            "SHOT_ZONE_BASIC": {"three": "Above the Break 3", "paint": "Restricted Area", "mid_range": "Mid-Range"}[
                event.zone
            ],
            "SHOT_DISTANCE": event.distance,
            "LOC_X": max(-250, min(250, event.x)),
            "LOC_Y": max(-50, event.y),
            "SHOT_ATTEMPTED_FLAG": 1,
            "SHOT_MADE_FLAG": int(event.made),
            "GAME_DATE": game.date.strftime("%Y%m%d"),
        }


#: Sources that are one record or more per finished game.
GAME_SOURCES: dict[str, Callable[[PlayedGame], Iterator[Record]]] = {
    "nbac_gamebook_player_stats": gamebook,
    "nbac_player_boxscores": player_log,
    "nbac_team_boxscore": team_log,
    "bdl_player_boxscores": bdl,
    "bigdataball_play_by_play": bigdataball,
    "nbac_play_by_play": nba_play_by_play,
    "nbac_shot_chart": shot_chart,
}

_NBA_TYPE = {
    "free throw": "freethrow",
    "rebound": "rebound",
    "turnover": "turnover",
    "foul": "foul",
    "start of period": "period",
}


def _lines(played: PlayedGame) -> Iterator[Line]:
    for team in (played.game.away, played.game.home):
        yield from played.lines[team]


def _log_head(played: PlayedGame, team: str) -> Record:
    game = played.game
    other = game.away if team == game.home else game.home
    return {
        "SEASON_ID": f"2{_season_year(game.date)}",
        "TEAM_ID": NBA_IDS[team],
        "TEAM_ABBREVIATION": team,
        "GAME_ID": game.nba_game_id,
        "GAME_DATE": game.date.isoformat(),
        "MATCHUP": f"{team} vs. {other}" if team == game.home else f"{team} @ {other}",
        "WL": "W" if played.score(team) > played.score(other) else "L",
    }


def _counted(line: Line) -> Record:
    return {
        **{header: line.counts[count] for count, header in _HEADERS.items()},
        "REB": line.counts["oreb"] + line.counts["dreb"],
    }


def _with_periods(played: PlayedGame) -> Iterator[Event]:
    """The events with a start-of-period event before each period."""
    period = 0
    for event in played.events:
        while period < period_of(event.second)[0]:
            period += 1
            start = (period - 1) * 720 if period <= 4 else 2880 + (period - 5) * 300
            yield Event(start, "start of period", "", None)
        yield event


def _bdb_type(event: Event) -> str | None:
    if event.kind == "shot":
        return (
            "3pt jump shot"
            if event.zone == "three"
            else "driving layup"
            if event.zone == "paint"
            else "pullup jump shot"
        )
    if event.kind == "free throw":
        return f"free throw {event.number}/{event.trip}"
    if event.kind == "rebound":
        return "rebound offensive" if event.offensive else "rebound defensive"
    return None


def _nba_subtype(event: Event) -> str | None:
    if event.kind == "shot":
        return "Layup" if event.zone == "paint" else "Jump Shot"
    if event.kind == "free throw":
        return f"{event.number} of {event.trip}"
    if event.kind == "rebound":
        return "offensive" if event.offensive else "defensive"
    return None


def _partner(event: Event, role: str) -> str | None:
    return _ascii(event.second_player.name) if event.second_player and event.role == role else None


def _ascii(name: str) -> str:
    """Feeds that print ASCII transliterate; folding the result gives the same key."""
    import unicodedata

    letters = str.maketrans({"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "’": "'"})
    decomposed = unicodedata.normalize("NFD", name.translate(letters))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _season_year(date: dt.date) -> int:
    return date.year if date.month >= 10 else date.year - 1
