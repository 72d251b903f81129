"""One simulated game: shots first, then everything that follows from them. How vendors print it belongs to ``render``.

Box score, team totals and play-by-play are sums of the same events, so they agree to the point. Distributions follow
league averages: about 88 field goal attempts, 40 % of them threes, paint, mid-range and three made at .59, .43 and .36.
"""

from bisect import bisect
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nba_pipeline.simulated.people import Player
from nba_pipeline.simulated.slate import ScheduledGame

REGULATION = 48 * 60
REGULATION_PERIODS = 4
OVERTIME = 5 * 60
_MINUTES = np.array([36.6, 34.4, 32.3, 30.0, 27.1, 23.3, 19.7, 16.3, 12.3, 8.0, 4.9, 4.0, 3.8])
_MAKE = {"paint": 0.592, "mid_range": 0.433, "three": 0.363}
COUNTS = (*("points", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "ast", "stl", "blk", "tov", "pf"),)


@dataclass
class Line:
    """A player's line; ``status`` is active, dnp or inactive."""

    player: Player
    team: str
    status: str
    reason: str = ""
    seconds: int = 0
    plus_minus: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))


class Event(NamedTuple):
    """Something that happened at ``second`` of the game."""

    second: int
    kind: str
    team: str
    player: Player | None
    made: bool = False
    value: int = 0
    zone: str = ""
    distance: int = 0
    x: int = 0
    y: int = 0
    second_player: Player | None = None
    role: str = ""
    number: int = 0
    trip: int = 0
    offensive: bool = False


@dataclass
class PlayedGame:
    """A finished game."""

    game: ScheduledGame
    overtimes: int
    lines: dict[str, list[Line]]
    events: list[Event]

    def score(self, team: str) -> int:
        return sum(line.counts["points"] for line in self.lines[team])

    def total(self, team: str, count: str) -> int:
        return sum(line.counts[count] for line in self.lines[team])


def period_of(second: int) -> tuple[int, int]:
    """Period and seconds left in it at a second of the game."""
    if second < REGULATION:
        return second // 720 + 1, 720 - second % 720
    beyond = second - REGULATION
    return 5 + beyond // OVERTIME, OVERTIME - beyond % OVERTIME


def play(
    game: ScheduledGame,
    rosters: dict[str, list[Player]],
    absent: dict[int, str],
    seed: int,
    *,
    goes_to_overtime: bool = False,
) -> PlayedGame:
    """Play one game; the same seed and rosters give the same game whatever else is simulated."""
    rng = np.random.default_rng([seed, int(game.nba_game_id), 6])
    lines = {team: _choose(team, rosters[team], absent, rng) for team in (game.home, game.away)}
    pace = float(np.clip(rng.normal(100.2, 4.4), 86, 115))
    home, away = (_Side(team, _active(lines[team])) for team in (game.home, game.away))
    edge = home.strength - away.strength + 0.8
    while True:
        events, overtimes = _contest(home, away, pace, edge, rng, goes_to_overtime=goes_to_overtime)
        winner = game.home if _margin(events, home) > 0 else game.away
        if game.winner in ("", winner):
            break
        edge += 3.0 if game.winner == game.home else -3.0
    for team_lines in lines.values():
        _seconds(team_lines, overtimes, rng)
    events.sort(key=lambda event: (event.second, event.kind == "rebound", event.team))
    played = PlayedGame(game, overtimes, lines, events)
    _count(played)
    _plus_minus(played, rng)
    return played


@dataclass(frozen=True)
class _Side:
    """The players of a team who play, with what decides who of them does something."""

    team: str
    lines: list[Line]

    @cached_property
    def players(self) -> list[Player]:
        return [line.player for line in self.lines]

    @cached_property
    def strength(self) -> float:
        """Points per 100 possessions above average that the rotation is worth."""
        rotation = self.players[:8]
        return 3.0 * sum(player.skill for player in rotation) / len(rotation)

    @cached_property
    def usage(self) -> np.ndarray:
        shares = _MINUTES[: len(self.lines)] * np.exp(0.22 * np.array([player.skill for player in self.players]))
        return shares / shares.sum()

    @cached_property
    def rebounding(self) -> list[float]:
        """Upper ends of the players' shares of the rebounds."""
        weights = np.array([3.0 if player.position == "C" else 1.0 for player in self.players])
        return (weights / weights.sum()).cumsum().tolist()

    def someone(self, luck: float) -> Player:
        return self.players[int(luck * len(self.players))]

    def rebounder(self, luck: float) -> Player:
        return self.players[min(bisect(self.rebounding, luck), len(self.players) - 1)]


def _contest(
    home: _Side, away: _Side, pace: float, edge: float, rng: np.random.Generator, *, goes_to_overtime: bool
) -> tuple[list[Event], int]:
    """Events up to a decision; a game that must go to overtime is drawn until it is close, then levelled."""
    while True:
        events = [
            *_possessions(home, away, pace, edge, 0, REGULATION, rng),
            *_possessions(away, home, pace, -edge, 0, REGULATION, rng),
        ]
        margin = _margin(events, home)
        is_levelled = goes_to_overtime or (abs(margin) < len(_EQUALISERS) and rng.random() < 0.25)
        if is_levelled and 0 < abs(margin) <= len(_EQUALISERS):
            events.append(_equaliser(away if margin > 0 else home, abs(margin)))
            margin = 0
        if not margin or not goes_to_overtime:
            break
    overtimes = 0
    while not _margin(events, home):
        start = REGULATION + overtimes * OVERTIME
        for own, other in ((home, away), (away, home)):
            events += _possessions(own, other, pace * 5 / 48, 0.0, start, OVERTIME, rng)
        overtimes += 1
    return events, overtimes


#: Kind, zone and distance of what levels a game, by points behind.
_EQUALISERS = {1: ("free throw", "", 0), 2: ("shot", "paint", 2), 3: ("shot", "three", 25)}


def _equaliser(side: _Side, behind: int) -> Event:
    kind, zone, distance = _EQUALISERS[behind]
    number = int(kind == "free throw")
    return Event(
        REGULATION - 2,
        kind,
        side.team,
        side.players[0],
        made=True,
        value=behind,
        zone=zone,
        distance=distance,
        y=10 * distance,
        number=number,
        trip=number,
    )


def _margin(events: list[Event], home: _Side) -> int:
    return sum(event.value if event.team == home.team else -event.value for event in events)


def _choose(team: str, roster: list[Player], absent: dict[int, str], rng: np.random.Generator) -> list[Line]:
    """Who plays, who sits, who is out; at least eight can play."""
    fit = [player for player in roster if player.person_id not in absent]
    out = [player for player in roster if player.person_id in absent]
    while len(fit) < 9:
        fit.append(out.pop(0))
    used = min(len(fit), int(rng.choice([8, 9, 10, 11, 12, 13], p=[0.03, 0.23, 0.31, 0.18, 0.14, 0.11])))
    lines = [Line(player, team, "active") for player in fit[:used]]
    lines += [Line(player, team, "dnp", _DNP[int(rng.integers(len(_DNP)))]) for player in fit[used : used + 4]]
    rest = fit[used + 4 :]
    lines += [
        Line(player, team, "inactive", absent.get(player.person_id, "G League - Two-Way")) for player in rest + out
    ]
    return lines


_DNP = (
    "DNP - Coach's Decision",
    "DNP - Coach's decision",
    "DNP - Coach's Decision",
    "DND - Injury/Illness - Left Knee; Soreness",
    "NWT - Personal",
)


def _active(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.status == "active"]


def _possessions(
    own: _Side, other: _Side, pace: float, edge: float, start: int, length: int, rng: np.random.Generator
) -> list[Event]:
    """A team's shots, free throws, turnovers and the rebounds of its misses over a stretch of the game."""
    team, opponent = own.team, other.team
    share = pace / 100
    turnovers = int(rng.poisson(13.2 * share))
    trips = int(rng.poisson(9.6 * share))
    fouls = int(rng.poisson(9.0 * share))
    attempts = max(round(pace + rng.normal(10.6 * share, 1.5) - turnovers - 0.88 * trips - 0.3), 2)
    shooters = iter(rng.choice(len(own.players), attempts + trips + turnovers, p=own.usage).tolist())
    moments = iter(rng.integers(start, start + length - 5, attempts + trips + turnovers + fouls).tolist())
    events = _shots(own, other, edge, [(next(moments), next(shooters)) for _ in range(attempts)], rng)
    for first, second, fouler, offensive, taker in rng.random((trips, 5)).tolist():
        moment, shooter = next(moments), own.players[next(shooters)]
        events.append(Event(moment, "foul", opponent, other.someone(fouler)))
        for number, luck in enumerate((first, second), start=1):
            made = luck < shooter.free_throw
            events.append(Event(moment, "free throw", team, shooter, made, int(made), number=number, trip=2))
        if second >= shooter.free_throw:
            events.append(_rebound(own, other, moment, taker, offensive=offensive < 0.12))
    for luck, taker in rng.random((turnovers, 2)).tolist():
        moment, loser = next(moments), own.players[next(shooters)]
        thief = other.someone(taker) if luck < 0.56 else None
        events.append(Event(moment, "turnover", team, loser, second_player=thief, role="steal" if thief else ""))
    for luck in rng.random(fouls).tolist():
        events.append(Event(next(moments), "foul", team, own.someone(luck)))
    return events


#: Upper ends of the shares of shots in the paint by whole feet.
_PAINT_FEET = np.cumsum([0.14, 0.22, 0.16, 0.11, 0.09, 0.08, 0.07, 0.07]).tolist()
_BLOCKED = {"paint": 0.23, "mid_range": 0.09, "three": 0.02}
#: The other rebounds are a team's, not a player's.
_CAUGHT = 0.9


def _shots(
    own: _Side, other: _Side, edge: float, attempts: list[tuple[int, int]], rng: np.random.Generator
) -> list[Event]:
    """Attempts at a second by a player, with what comes of each: assist, block, foul, rebound."""
    count = len(attempts)
    threes = np.clip(rng.normal(25.2, 1.6, count).round(), 22, 33).astype(int).tolist()
    angles = rng.random(count)
    directions = zip((10 * np.cos(np.pi * angles)).tolist(), (10 * np.sin(np.pi * angles)).tolist(), strict=True)
    lucks = rng.random((count, 9)).tolist()
    events = []
    for (second, index), three, (x, y), luck in zip(attempts, threes, directions, lucks, strict=True):
        kind, hit, helped, partner, feet, fouled, bonus, rebounded, taker = luck
        shooter = own.players[index]
        if kind < shooter.three_share:
            zone, distance, value = "three", three, 3
        elif kind < shooter.three_share + shooter.paint_share:
            zone, distance, value = "paint", bisect(_PAINT_FEET, feet), 2
        else:
            # A long two now and then from behind where the arc is nearest.
            zone, distance, value = "mid_range", 22 + int(feet * 3) if fouled > 0.98 else 9 + int(feet * 13), 2
        made = hit < _MAKE[zone] + 0.006 * edge
        second_player, role = None, ""
        if made and helped < 0.62:
            place = int(partner * (len(own.players) - 1))
            second_player, role = own.players[place + (place >= index)], "assist"
        elif not made and helped < _BLOCKED[zone]:
            second_player, role = other.someone(partner), "block"
        scored = value if made else 0
        events.append(
            Event(
                second,
                "shot",
                own.team,
                shooter,
                made,
                scored,
                zone,
                distance,
                round(distance * x),
                round(distance * y),
                second_player,
                role,
            )
        )
        if not made and rebounded < _CAUGHT:
            events.append(_rebound(own, other, second, taker, offensive=rebounded < 0.235 * _CAUGHT))
        elif made and fouled < 0.045:
            good = bonus < shooter.free_throw
            events.append(Event(second, "foul", other.team, other.someone(taker)))
            events.append(Event(second, "free throw", own.team, shooter, good, int(good), number=1, trip=1))
    return events


def _rebound(own: _Side, other: _Side, second: int, luck: float, *, offensive: bool) -> Event:
    side = own if offensive else other
    return Event(second + 1, "rebound", side.team, side.rebounder(luck), offensive=offensive)


def _seconds(lines: list[Line], overtimes: int, rng: np.random.Generator) -> None:
    """Playing time by rank with noise; the team's sum is exact and nobody plays more than the game."""
    active = _active(lines)
    game = REGULATION + OVERTIME * overtimes
    weights = _MINUTES[: len(active)] * np.exp(rng.normal(0, 0.10, len(active)))
    seconds = np.zeros(len(active))
    for _ in range(8):
        open_ = seconds < game * 0.98
        missing = 5 * game - seconds.sum()
        seconds[open_] += missing * weights[open_] / weights[open_].sum()
        seconds = np.minimum(seconds, game * 0.98)
    whole = np.maximum(np.floor(seconds).astype(int), 7)
    short = 5 * game - int(whole.sum())
    position = len(active) - 1
    while short:
        step = 1 if short > 0 else -1
        if 7 < whole[position] + step <= game:
            whole[position] += step
            short -= step
        position = (position - 1) % len(active)
    for line, second in zip(active, whole.tolist(), strict=True):
        line.seconds = second


def _count(played: PlayedGame) -> None:
    by_person = {line.player.person_id: line.counts for lines in played.lines.values() for line in lines}
    for event in played.events:
        if event.player is None:
            continue
        counts = by_person[event.player.person_id]
        counts["points"] += event.value
        if event.kind == "shot":
            counts["fga"] += 1
            counts["fgm"] += event.made
            counts["fg3a"] += event.zone == "three"
            counts["fg3m"] += event.zone == "three" and event.made
        elif event.kind == "free throw":
            counts["fta"] += 1
            counts["ftm"] += event.made
        elif event.kind == "rebound":
            counts["oreb" if event.offensive else "dreb"] += 1
        elif event.kind == "turnover":
            counts["tov"] += 1
        elif event.kind == "foul":
            counts["pf"] = min(counts["pf"] + 1, 6)
        if event.second_player is not None:
            key = {"assist": "ast", "block": "blk", "steal": "stl"}[event.role]
            by_person[event.second_player.person_id][key] += 1


def _plus_minus(played: PlayedGame, rng: np.random.Generator) -> None:
    margin = played.score(played.game.home) - played.score(played.game.away)
    game = REGULATION + OVERTIME * played.overtimes
    for team, lines in played.lines.items():
        sign = 1 if team == played.game.home else -1
        for line in _active(lines):
            line.plus_minus = round(sign * margin * line.seconds / game + rng.normal(0, 4))
