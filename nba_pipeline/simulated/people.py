"""Simulated players: careers, rosters, trades and absences. What they do in a game belongs to ``play``.

Names are invented by combination; a few are spelled on purpose like the awkward ones real feeds carry.
"""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from nba_pipeline.calendar import Season, seasons
from nba_pipeline.simulated.teams import TEAMS

ROSTER = 17
_FIRST = (
    "Aaron Adrian Alec Andre Anton Brandon Caleb Calvin Cedric Corey Dante Darius Davion Derrick Desmond Dominic Elijah "
    "Emmett Ethan Felix Garrison Gideon Grant Harold Isaac Jabril Jalen Jamal Jarrod Jerome Joel Jordan Julian Kadeem Keegan "
    "Kelvin Kendrick Lamar Landon Leon Malcolm Marquis Mason Micah Miles Nolan Omari Orlando Percy Quentin Rashad Reggie "
    "Roman Russell Shawn Silas Terrell Tobias Trevon Tyrell Vernon Wesley Xander Zion"
).split()
_LAST = (
    "Abbott Alston Banks Barlow Beckett Blackwell Bowden Briggs Bryson Calloway Carver Chandler Colbert Corbin Crawley Dalton "
    "Dawkins Delgado Denham Draper Easton Ellery Fairley Farrow Fenwick Gaines Garland Gentry Hadley Harlow Hathaway Holloway "
    "Hyde Ingram Irvin Jarvis Keaton Kendall Lawson Lockett Maddox Marlow Mercer Merritt Nash Norwood Oakley Okafor Osborne "
    "Paxton Pembroke Quarles Radford Ramsey Rhodes Sampson Shelby Sinclair Stafford Tatum Thorne Underwood Vance Wade Walton "
    "Webb Whitaker Winslow Yates York"
).split()
#: One full name per kind of awkward spelling; given to the first players of the first season.
_AWKWARD = (
    "Marcus Ellery Jr.",
    "Robert Maddox III",
    "Lonnie Winslow IV",
    "Gary Norwood II",
    "Nikola Vukašinović",
    "Luka Đurđević",
    "Bojan Krejčí",
    "Kristaps Ozoliņš",
    "Łukasz Wójcik",
    "Jørgen Sørensen",
    "De'Andre Foxworth",
    "Kel’el Ambrose",
    "Shai Okoro-Whitfield",
    "P.J. Hartwell",
    "OG Anozie",
    "Sasha Vezenkarov",
    "Jrue Livingstone",
    "Ivica Zubarev",
)
TRADE_DAYS = {2021: "2022-02-10", 2022: "2023-02-09", 2023: "2024-02-08", 2024: "2025-02-06", 2025: "2026-02-05"}


@dataclass(frozen=True)
class Player:
    """One simulated person with the traits that drive his games."""

    person_id: int
    name: str
    birth_date: dt.date
    position: str
    skill: float
    three_share: float
    paint_share: float
    free_throw: float
    first_season: int
    team: str

    @cached_property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @cached_property
    def last_name(self) -> str:
        """Everything after the first name, suffix included."""
        return self.name.split(" ", 1)[1]


@cache
def season_players(season_year: int, seed: int) -> tuple[Player, ...]:
    """Everybody under contract on opening night: careers go on, about a fifth of the league is new."""
    opening = min(known.season_year for known in seasons())
    rng = np.random.default_rng([seed, season_year, 2])
    if season_year == opening:
        return tuple(_newcomer(index, TEAMS[index % 30], opening, seed) for index in range(30 * ROSTER))
    before = season_players(season_year - 1, seed)
    newest = max(player.person_id for player in before) - 1_600_000
    players = []
    for player in before:
        if rng.random() < 0.19:
            newest += 1
            players.append(_newcomer(newest, player.team, season_year, seed))
        else:
            players.append(replace(player, skill=player.skill + rng.normal(0, 0.25)))
    movers = rng.permutation(len(players))[: len(players) // 7]
    for position, target in zip(movers, rng.permutation(movers), strict=True):
        players[position] = replace(players[position], team=before[target].team)
    return tuple(players)


def roster_on(known: Season, day: dt.date, seed: int) -> dict[str, list[Player]]:
    """Players by team on a date; trades on deadline day swap pairs of players."""
    players = list(season_players(known.season_year, seed))
    if day > dt.date.fromisoformat(TRADE_DAYS[known.season_year]):
        traded = np.random.default_rng([seed, known.season_year, 3]).permutation(len(players))[:40]
        for first, second in zip(traded[::2], traded[1::2], strict=True):
            a, b = players[first], players[second]
            players[first], players[second] = replace(a, team=b.team), replace(b, team=a.team)
    teams: dict[str, list[Player]] = {team: [] for team in TEAMS}
    for player in players:
        teams[player.team].append(player)
    return {team: sorted(listed, key=lambda one: (-one.skill, one.person_id)) for team, listed in teams.items()}


@cache
def absences(known: Season, seed: int) -> dict[int, frozenset[dt.date]]:
    """Dates on which a player cannot play, as spells of one to many days."""
    days = (known.season_end - known.regular_start).days + 1
    out = {}
    for player in season_players(known.season_year, seed):
        rng = np.random.default_rng([seed, known.season_year, 4, player.person_id])
        missing: set[dt.date] = set()
        for offset in np.flatnonzero(rng.random(days) < 0.022):
            length = int(rng.choice([1, 2, 4, 7, 14, 30], p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05]))
            missing |= {known.regular_start + dt.timedelta(days=int(offset) + day) for day in range(length)}
        out[player.person_id] = frozenset(missing)
    return out


def _newcomer(index: int, team: str, season_year: int, seed: int) -> Player:
    rng = np.random.default_rng([seed, index, 5])
    position = ("G", "F", "C")[int(rng.choice(3, p=[0.42, 0.4, 0.18]))]
    three = {"G": 0.46, "F": 0.42, "C": 0.14}[position]
    paint = {"G": 0.34, "F": 0.42, "C": 0.67}[position]
    three_share = float(np.clip(rng.normal(three, 0.09), 0.01, 0.7))
    return Player(
        person_id=1_600_000 + index,
        name=_name(index, rng),
        birth_date=dt.date(season_year - int(rng.integers(20, 34)), int(rng.integers(1, 13)), int(rng.integers(1, 28))),
        position=position,
        skill=float(rng.normal(0, 1)),
        three_share=three_share,
        paint_share=float(np.clip(rng.normal(paint, 0.06), 0.05, 0.95 - three_share)),
        free_throw=float(np.clip(rng.normal(0.78, 0.07), 0.45, 0.93)),
        first_season=season_year,
        team=team,
    )


def _name(index: int, rng: np.random.Generator) -> str:
    """Distinct for every index: first and last name walk through all pairs, then get a second last name."""
    if index < len(_AWKWARD):
        return _AWKWARD[index]
    pair = index * 403 % (len(_FIRST) * len(_LAST))
    name = f"{_FIRST[pair % len(_FIRST)]} {_LAST[pair // len(_FIRST)]}"
    suffix = rng.random()
    return f"{name} Jr." if suffix < 0.03 else f"{name} III" if suffix < 0.04 else name
