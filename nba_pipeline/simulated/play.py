"""One simulated game: shots first, then everything that follows from them. How vendors print it belongs to ``render``.

Box score, team totals and play-by-play are sums of the same events, so they agree to the point. Distributions follow
league averages: about 88 field goal attempts, 40 % of them threes, paint, mid-range and three made at .59, .43 and .36.
"""

from dataclasses import dataclass, field

import numpy as np

from nba_pipeline.simulated.people import Player
from nba_pipeline.simulated.slate import ScheduledGame

REGULATION = 48 * 60
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


@dataclass(frozen=True)
class Event:
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


def play(game: ScheduledGame, rosters: dict[str, list[Player]], absent: dict[int, str], seed: int) -> PlayedGame:
    """Play one game; the same seed and rosters give the same game whatever else is simulated."""
    rng = np.random.default_rng([seed, int(game.nba_game_id), 6])
    lines = {team: _choose(team, rosters[team], absent, rng) for team in (game.home, game.away)}
    pace = float(np.clip(rng.normal(100.2, 4.4), 86, 115))
    events: list[Event] = []
    for team, other in ((game.home, game.away), (game.away, game.home)):
        edge = _strength(lines[team]) - _strength(lines[other]) + (0.8 if team == game.home else -0.8)
        events += _possessions(lines[team], lines[other], pace, edge, 0, REGULATION, rng)
    overtimes = 0
    while _points(events, game.home) == _points(events, game.away):
        start = REGULATION + overtimes * OVERTIME
        for team, other in ((game.home, game.away), (game.away, game.home)):
            events += _possessions(lines[team], lines[other], pace * 5 / 48, 0.0, start, OVERTIME, rng)
        overtimes += 1
    for team_lines in lines.values():
        _seconds(team_lines, overtimes, rng)
    events.sort(key=lambda event: (event.second, event.kind == "rebound", event.team))
    played = PlayedGame(game, overtimes, lines, events)
    _count(played)
    _plus_minus(played, rng)
    return played


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


def _strength(lines: list[Line]) -> float:
    """Points per 100 possessions above average that the rotation is worth."""
    active = _active(lines)[:8]
    return 3.0 * sum(line.player.skill for line in active) / len(active) - 2.4


def _possessions(
    own: list[Line], other: list[Line], pace: float, edge: float, start: int, length: int, rng: np.random.Generator
) -> list[Event]:
    """A team's shots, free throws, turnovers and the rebounds of its misses over a stretch of the game."""
    shooters, defenders = _active(own), _active(other)
    team, opponent = own[0].team, other[0].team
    usage = _MINUTES[: len(shooters)] * np.exp(0.22 * np.array([line.player.skill for line in shooters]))
    usage /= usage.sum()
    share = pace / 100
    turnovers = rng.poisson(13.2 * share)
    trips = rng.poisson(9.6 * share)
    attempts = max(round(pace + rng.poisson(11.0 * share) - turnovers - 0.88 * trips - 0.3), 2)
    events: list[Event] = []
    seconds = np.sort(rng.integers(start, start + length - 5, attempts))
    for second, index in zip(seconds.tolist(), rng.choice(len(shooters), attempts, p=usage).tolist(), strict=True):
        events += _shot(shooters, index, defenders, edge, second, team, opponent, rng)
    for second in rng.integers(start, start + length - 5, trips).tolist():
        shooter = shooters[int(rng.choice(len(shooters), p=usage))].player
        fouler = defenders[int(rng.integers(len(defenders)))].player
        events.append(Event(second, "foul", opponent, fouler))
        made = rng.random(2) < shooter.free_throw
        for number in (1, 2):
            events.append(
                Event(
                    second,
                    "free throw",
                    team,
                    shooter,
                    bool(made[number - 1]),
                    int(made[number - 1]),
                    number=number,
                    trip=2,
                )
            )
        if not made[1]:
            events.append(_rebound(shooters, defenders, 0.12, second, team, opponent, rng))
    for second in rng.integers(start, start + length - 5, turnovers).tolist():
        loser = shooters[int(rng.choice(len(shooters), p=usage))].player
        thief = defenders[int(rng.integers(len(defenders)))].player if rng.random() < 0.56 else None
        events.append(Event(second, "turnover", team, loser, second_player=thief, role="steal" if thief else ""))
    for second in rng.integers(start, start + length - 5, rng.poisson(9.0 * share)).tolist():
        events.append(Event(second, "foul", team, shooters[int(rng.integers(len(shooters)))].player))
    return events


def _shot(
    shooters: list[Line],
    index: int,
    defenders: list[Line],
    edge: float,
    second: int,
    team: str,
    opponent: str,
    rng: np.random.Generator,
) -> list[Event]:
    shooter = shooters[index].player
    draw, luck, assist, angle = rng.random(4)
    zone = (
        "three"
        if draw < shooter.three_share
        else "paint"
        if draw < shooter.three_share + shooter.paint_share
        else "mid_range"
    )
    if zone == "three":
        distance = int(np.clip(round(rng.normal(25.2, 1.6)), 22, 33))
    elif zone == "paint":
        distance = int(rng.choice(9, p=[0.14, 0.22, 0.16, 0.11, 0.09, 0.08, 0.07, 0.07, 0.06]))
    else:
        distance = int(rng.integers(9, 25 if angle < 0.02 else 22))
    made = bool(luck < _MAKE[zone] + 0.006 * edge)
    partner, role = None, ""
    if made and assist < 0.62 and len(shooters) > 1:
        others = [line for position, line in enumerate(shooters) if position != index]
        partner, role = others[int(rng.integers(len(others)))].player, "assist"
    elif not made and assist < {"paint": 0.16, "mid_range": 0.06, "three": 0.015}[zone]:
        partner, role = defenders[int(rng.integers(len(defenders)))].player, "block"
    value = 3 if zone == "three" else 2
    events = [
        Event(
            second,
            "shot",
            team,
            shooter,
            made,
            value if made else 0,
            zone,
            distance,
            round(10 * distance * np.cos(np.pi * angle)),
            round(10 * distance * np.sin(np.pi * angle)),
            partner,
            role,
        )
    ]
    if made and rng.random() < 0.045:
        good = bool(rng.random() < shooter.free_throw)
        events.append(Event(second, "foul", opponent, defenders[int(rng.integers(len(defenders)))].player))
        events.append(Event(second, "free throw", team, shooter, good, int(good), number=1, trip=1))
    if not made:
        events.append(_rebound(shooters, defenders, 0.235, second, team, opponent, rng))
    return events


def _rebound(
    shooters: list[Line],
    defenders: list[Line],
    chance: float,
    second: int,
    team: str,
    opponent: str,
    rng: np.random.Generator,
) -> Event:
    offensive = bool(rng.random() < chance)
    side = shooters if offensive else defenders
    weights = np.array([3.0 if line.player.position == "C" else 1.0 for line in side])
    taker = side[int(rng.choice(len(side), p=weights / weights.sum()))].player
    return Event(second + 1, "rebound", team if offensive else opponent, taker, offensive=offensive)


def _points(events: list[Event], team: str) -> int:
    return sum(event.value for event in events if event.team == team)


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
