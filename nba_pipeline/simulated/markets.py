"""What is known before simulated games: points lines, game lines, injury reports, rosters, player list.

A line is a latent expectation plus noise and knows nothing of the game's result.
"""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from nba_pipeline.names import fold
from nba_pipeline.simulated.people import Player
from nba_pipeline.simulated.play import Line, PlayedGame
from nba_pipeline.simulated.render import Record
from nba_pipeline.simulated.slate import EASTERN
from nba_pipeline.simulated.teams import ESPN, FULL_NAMES

_BOOKS = ((12, "DraftKings"), (10, "FanDuel"), (19, "BetMGM"))
_HOURS_BEFORE = (8.0, 3.0, 0.3)
_MIDDLE = ("Joel", "Larry", "Femi", "Robert", "Christian", "Terrance", "Emanuel")
_POINTS_BY_RANK = (22.9, 19.4, 16.1, 13.7, 11.4, 9.3, 7.4, 5.8)


def legal_name(player: Player) -> str | None:
    """The name of a player's papers, where it is another than the one he goes by."""
    if player.person_id % 4:
        return None
    first = {"P.J.": "Paul Jerome", "OG": "Ogugua"}.get(player.first_name, player.first_name)
    return f"{first} {_MIDDLE[player.person_id // 4 % len(_MIDDLE)]} {player.last_name}"


@lru_cache(maxsize=4096)
def _stamp(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _offered(played: PlayedGame, seed: int) -> Iterator[tuple[Line, float, np.random.Generator]]:
    """Players with a points line and what the market expects of them."""
    for team in (played.game.home, played.game.away):
        active = [line for line in played.lines[team] if line.status == "active"][:8]
        for rank, line in enumerate(active):
            rng = np.random.default_rng([seed, int(played.game.nba_game_id), line.player.person_id, 8])
            if rng.random() < 0.97 - 0.08 * rank:
                yield line, float(_POINTS_BY_RANK[rank] * np.exp(0.05 * line.player.skill) + rng.normal(0, 1)), rng


def _half(value: float) -> float:
    """A line as books quote it: halves, three of ten whole."""
    return max(0.5, round(value * 2) / 2)


def odds_props(played: PlayedGame, seed: int) -> Iterator[Record]:
    game = played.game
    for line, expected, rng in _offered(played, seed):
        quoted = _half(expected)
        for hours in _HOURS_BEFORE:
            quoted += float(rng.choice([-0.5, 0.0, 0.5], p=[0.12, 0.76, 0.12]))
            for book, offset in (("draftkings", 0.0), ("fanduel", float(rng.choice([0.0, 0.5], p=[0.8, 0.2])))):
                yield {
                    "id": f"{int(game.nba_game_id):032x}",
                    "commence_time": _stamp(game.tipoff),
                    "home_team": FULL_NAMES[game.home],
                    "away_team": FULL_NAMES[game.away],
                    "timestamp": _stamp(game.tipoff - dt.timedelta(hours=hours)),
                    "bookmaker_key": book,
                    "bookmaker_last_update": _stamp(game.tipoff - dt.timedelta(hours=hours, minutes=2)),
                    "description": line.player.name,
                    "point": max(0.5, quoted + offset),
                    "over_price": 1.87,
                    "under_price": 1.91,
                }


def bettingpros(played: PlayedGame, seed: int) -> Iterator[Record]:
    game = played.game
    for line, expected, _ in _offered(played, seed):
        rng = np.random.default_rng([seed, int(game.nba_game_id), line.player.person_id, 9])
        opening = _half(expected)
        for book_id, book in _BOOKS:
            quoted = max(0.5, opening + float(rng.choice([-0.5, 0.0, 0.5], p=[0.15, 0.7, 0.15])))
            for side, cost in (("over", -115), ("under", -110)):
                yield {
                    "date": game.date.isoformat(),
                    "market_type": "points",
                    "event_id": int(game.nba_game_id) % 100_000_000,
                    "offer_id": f"{game.nba_game_id}-{line.player.person_id}",
                    "selection": side,
                    "player_id": line.player.person_id - 1_400_000,
                    "player_name": line.player.name,
                    "player_team": line.team,
                    "player_position": line.player.position,
                    "book_id": book_id,
                    "book_name": book,
                    "line_id": f"{book_id}-{line.player.person_id}-{side}",
                    "line": quoted,
                    "cost": cost,
                    "active": True,
                    "best": book_id == 12,
                    "updated": _stamp(game.tipoff - dt.timedelta(minutes=40)),
                    "opening_line": opening,
                    "opening_cost": -110,
                    "opening_book_id": book_id,
                    "opening_created": _stamp(game.tipoff - dt.timedelta(hours=20)),
                }


def game_lines(played: PlayedGame, seed: int) -> Iterator[Record]:
    """Spread and total from team strength, not from the result."""
    game = played.game
    rng = np.random.default_rng([seed, int(game.nba_game_id), 10])
    worth = {
        team: sum(line.player.skill for line in lines if line.status == "active")
        for team, lines in played.lines.items()
    }
    spread = _signed_half(-(worth[game.home] - worth[game.away]) * 0.9 - 2.2 + rng.normal(0, 1))
    total = round((226 + rng.normal(0, 7)) * 2) / 2
    for hours in (10.0, 0.5):
        spread += float(rng.choice([-0.5, 0.0, 0.5], p=[0.2, 0.6, 0.2]))
        total += float(rng.choice([-1.0, 0.0, 1.0], p=[0.2, 0.6, 0.2]))
        for book in ("draftkings", "fanduel"):
            for market, outcome, point in (
                ("spreads", FULL_NAMES[game.home], spread),
                ("spreads", FULL_NAMES[game.away], -spread),
                ("totals", "Over", total),
                ("totals", "Under", total),
            ):
                yield {
                    "id": f"{int(game.nba_game_id):032x}",
                    "commence_time": _stamp(game.tipoff),
                    "home_team": FULL_NAMES[game.home],
                    "away_team": FULL_NAMES[game.away],
                    "timestamp": _stamp(game.tipoff - dt.timedelta(hours=hours)),
                    "bookmaker_key": book,
                    "bookmaker_last_update": _stamp(game.tipoff - dt.timedelta(hours=hours, minutes=1)),
                    "market_key": market,
                    "outcome_name": outcome,
                    "outcome_price": 1.91,
                    "outcome_point": point,
                }


def injury_report(played: PlayedGame) -> Iterator[Record]:
    """Reports at 13:00 and 17:00 Eastern: everybody inactive is out, some who play were questionable before."""
    game = played.game
    for hour in (13, 17):
        for team in (game.away, game.home):
            for position, line in enumerate(played.lines[team]):
                status = _status(line, position, hour)
                if status:
                    yield {
                        "gamedate": game.date.isoformat(),
                        "hour24": hour,
                        "minute": 0,
                        "date": game.date.strftime("%m/%d/%Y"),
                        "gametime": game.tipoff.astimezone(EASTERN).strftime("%I:%M (ET)"),
                        "matchup": f"{game.away}@{game.home}",
                        "team": team,
                        "player": f"{line.player.last_name}, {line.player.first_name}",
                        "status": status,
                        "reason": line.reason or "Injury/Illness - Left Ankle; Sprain",
                        "confidence": 0.97,
                    }


def _status(line: Line, position: int, hour: int) -> str | None:
    if line.status == "inactive":
        return "Questionable" if hour == 13 and position % 3 == 0 else "Out"
    if line.status == "active" and line.player.person_id % 11 == 0:
        return "Questionable" if hour == 13 else "Probable"
    return None


def espn_rosters(day: dt.date, rosters: dict[str, list[Player]]) -> Iterator[Record]:
    for team, players in rosters.items():
        for player in players:
            yield {
                "timestamp": f"{day.isoformat()}T12:00:00Z",
                "espn_team_abbr": ESPN.get(team, team),
                "playerId": player.person_id - 1_300_000,
                "fullName": player.name,
                "jersey": str(player.person_id % 99),
                "position": {"G": "Guard", "F": "Forward", "C": "Center"}[player.position],
                "heightIn": {"G": 75.0, "F": 80.0, "C": 83.0}[player.position],
                "weightLb": 215.0,
                "status": "Active",
            }


def player_list(rosters: dict[str, list[Player]], season_year: int) -> Iterator[Record]:
    for team, players in rosters.items():
        for player in players:
            yield {
                "PERSON_ID": player.person_id,
                "PLAYER_FIRST_NAME": player.first_name,
                "PLAYER_LAST_NAME": player.last_name,
                "TEAM_ABBREVIATION": team,
                "JERSEY_NUMBER": str(player.person_id % 99),
                "POSITION": player.position,
                "HEIGHT": "6-7",
                "WEIGHT": "215",
                "COUNTRY": "USA",
                "ROSTER_STATUS": 1,
                "FROM_YEAR": player.first_season,
                "TO_YEAR": season_year,
            }


def registry(players: list[Player], last_season: int) -> Iterator[Record]:
    for player in players:
        yield {
            "universal_player_id": f"{fold(player.name)}_{player.person_id % 1_000_000:03d}",
            "player_name": player.name,
            "nba_player_id": player.person_id,
            "birth_date": player.birth_date.isoformat(),
            "position": player.position,
            "first_season": player.first_season,
            "last_season": last_season,
        }


def _signed_half(value: float) -> float:
    return round(value * 2) / 2
