"""How each vendor prints a finished simulated game: field names, codes and texts. Faults are added afterwards.

A day's rendering is a mapping from landing source to flat records; markets, injuries and rosters are in ``markets``.
"""

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from nba_pipeline.simulated.play import COUNTS, REGULATION_PERIODS, Event, Line, PlayedGame, period_of
from nba_pipeline.simulated.slate import EASTERN, ScheduledGame
from nba_pipeline.simulated.teams import FULL_NAMES, NBA_IDS

Record = dict[str, object]

_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "’": "'"})
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


def announced(game: ScheduledGame) -> Record:
    """The schedule's record before the game."""
    return {
        "gameId": game.nba_game_id,
        "gameCode": game.code,
        "gameDateEst": f"{game.date.isoformat()}T00:00:00Z",
        "gameStatus": 1,
        "gameStatusText": game.tipoff.astimezone(EASTERN).strftime("%I:%M pm ET").lstrip("0"),
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
    date = game.date.isoformat()
    for line in _lines(played):
        record: Record = {
            "game_code": game.code,
            "date": date,
            "home_team": game.home,
            "away_team": game.away,
            "team": line.team,
            "name": ascii_name(line.player.last_name if line.status == "inactive" else line.player.name),
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


def bdl(played: PlayedGame, *, bench: bool) -> Iterator[Record]:
    """With ``bench`` also whoever did not play, as rows of zeros."""
    game = played.game
    head: Record = {
        "game_id": int(game.nba_game_id) + 700_000,
        "game_date": game.date.isoformat(),
        "game_season": _season_year(game.date),
        "game_status": "Final",
        "game_period": 4 + played.overtimes,
        "game_postseason": game.is_postseason,
        "game_home_team_abbreviation": game.home,
        "game_visitor_team_abbreviation": game.away,
        "game_home_team_score": played.score(game.home),
        "game_visitor_team_score": played.score(game.away),
    }
    for line in _lines(played):
        if line.status == "active" or (bench and line.status == "dnp"):
            first, _, last = ascii_name(line.player.name).partition(" ")
            minutes = max(round(line.seconds / 60), 1) if line.status == "active" else 0
            yield {
                **head,
                "team_abbreviation": line.team,
                "player_id": line.player.person_id - 1_500_000,
                "player_first_name": first,
                "player_last_name": last,
                "player_jersey_number": str(line.player.person_id % 99),
                "player_position": line.player.position,
                "min": f"{minutes:02d}",
                **{name: line.counts[count] for count, name in _BDL.items()},
                "reb": line.counts["oreb"] + line.counts["dreb"],
            }


def bigdataball(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    date = game.date.isoformat()
    for sequence, (event, period, left, score_home, score_away) in enumerate(_timeline(played), start=1):
        is_shot, is_attempt = event.kind == "shot", event.kind in ("shot", "free throw")
        yield {
            "game_id": int(game.nba_game_id),
            "date": date,
            "play_id": sequence,
            "period": period,
            "remaining_time": f"0:{left // 60:02d}:{left % 60:02d}",
            "event_type": event.kind,
            "type": _bdb_type(event),
            "team": event.team or None,
            "home_score": score_home,
            "away_score": score_away,
            "player": ascii_name(event.player.name) if event.player else None,
            "assist": _partner(event, "assist"),
            "block": _partner(event, "block"),
            "steal": _partner(event, "steal"),
            "result": ("made" if event.made else "missed") if is_attempt else None,
            "shot_distance": event.distance if is_shot else None,
            "points": event.value if is_attempt else None,
            "num": event.number or None,
            "outof": event.trip or None,
            "original_x": event.x if is_shot else None,
            "original_y": event.y if is_shot else None,
            "reason": None,
            "opponent": None,
            "description": None,
        }


def nba_play_by_play(played: PlayedGame) -> Iterator[Record]:
    """Blocks and steals are actions of their own after the shot or turnover, as in the live feed."""
    game = played.game
    number = 0
    for event, period, left, score_home, score_away in _timeline(played):
        is_shot, player, partner = event.kind == "shot", event.player, event.second_player
        number += 2
        base: Record = {
            "gameId": game.nba_game_id,
            "actionNumber": number,
            "orderNumber": number * 10_000,
            "period": period,
            "clock": f"PT{left // 60:02d}M{left % 60:02d}.00S",
            "teamTricode": event.team or None,
            "personId": player.person_id if player else 0,
            "playerNameI": f"{player.name[0]}. {player.last_name}" if player else None,
            "actionType": _NBA_TYPE[event.kind] if not is_shot else f"{3 if event.zone == 'three' else 2}pt",
            "subType": _nba_subtype(event),
            "descriptor": None,
            "description": None,
            "scoreHome": str(score_home),
            "scoreAway": str(score_away),
            "isFieldGoal": int(is_shot),
            "shotResult": ("Made" if event.made else "Missed") if event.kind in ("shot", "free throw") else None,
            "shotDistance": event.distance if is_shot else None,
            "area": None,
            "xLegacy": event.x if is_shot else None,
            "yLegacy": event.y if is_shot else None,
            "assistPersonId": partner.person_id if partner and event.role == "assist" else None,
            "blockPersonId": partner.person_id if partner and event.role == "block" else None,
            "stealPersonId": partner.person_id if partner and event.role == "steal" else None,
            "foulDrawnPersonId": None,
        }
        yield base
        if partner and event.role in ("block", "steal"):
            yield {
                **dict.fromkeys(base),
                **{key: base[key] for key in ("gameId", "period", "clock", "scoreHome", "scoreAway")},
                "actionNumber": number + 1,
                "orderNumber": number * 10_000 + 1,
                "actionType": event.role,
                "isFieldGoal": 0,
                "personId": partner.person_id,
                "teamTricode": game.away if event.team == game.home else game.home,
            }


def shot_chart(played: PlayedGame) -> Iterator[Record]:
    game = played.game
    date = game.date.strftime("%Y%m%d")
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
            "GAME_DATE": date,
        }


#: Sources printed from the finished game alone.
GAME_SOURCES: dict[str, Callable[[PlayedGame], Iterator[Record]]] = {
    "nbac_gamebook_player_stats": gamebook,
    "nbac_player_boxscores": player_log,
    "nbac_team_boxscore": team_log,
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


def _timeline(played: PlayedGame) -> Iterator[tuple[Event, int, int, int, int]]:
    """Every event with period, seconds left and the score after it; a start event opens each period."""
    home = played.game.home
    current = score_home = score_away = 0
    for event in played.events:
        period, left = period_of(event.second)
        while current < period:
            current += 1
            length = 720 if current <= REGULATION_PERIODS else 300
            yield _START, current, length, score_home, score_away
        if event.value:
            if event.team == home:
                score_home += event.value
            else:
                score_away += event.value
        yield event, period, left, score_home, score_away


_START = Event(0, "start of period", "", None)


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
    return ascii_name(event.second_player.name) if event.second_player and event.role == role else None


@cache
def ascii_name(name: str) -> str:
    """Feeds that print ASCII transliterate; folding the result gives the same key."""
    decomposed = unicodedata.normalize("NFD", name.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _season_year(date: dt.date) -> int:
    return date.year if date.month >= 10 else date.year - 1
