"""The simulated schedule: which teams play on which date, where and when. Who plays and how it ends is elsewhere.

First and last dates, breaks, game-free days and counts of games are those of the real seasons; pairings are drawn.
A season's schedule is drawn whole, whatever part of it is written.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import numpy as np

from nba_pipeline.calendar import Season, season
from nba_pipeline.simulated.teams import PACIFIC, TEAMS, WEST, arena

EASTERN = ZoneInfo("America/New_York")
#: Games per date of the first four weeks of 2021-22.
FIRST_WEEKS = (2, 11, 3, 10, 8, 6, 9, 5, 10, 6, 7, 11, 5, 9, 5, 11, 5, 9, 6, 8, 8, 3, 13, 3, 11, 7, 7, 11)
GAMES_PER_SEASON = 1230
GAMES_PER_TEAM = 82
#: From here on only games left decide, so that every team ends at 82.
_CLOSING_DATES = 14
_FREE = {
    2021: ("2021-11-25", "2021-12-24", "2022-04-04"),
    2022: ("2022-11-08", "2022-11-24", "2022-12-24", "2023-04-03"),
    2023: (
        *("2023-11-07", "2023-11-23", "2023-12-03", "2023-12-09", "2023-12-10", "2023-12-24", "2024-04-08"),
        "2024-04-13",
    ),
    2024: ("2024-11-05", "2024-11-28", "2024-12-17", "2024-12-18", "2024-12-24", "2025-04-12"),
    2025: ("2025-11-04", "2025-11-27", "2025-12-16", "2025-12-17", "2025-12-24", "2026-04-11"),
}
_CUP_FINAL = {2023: "2023-12-09", 2024: "2024-12-17", 2025: "2025-12-16"}
#: Playoff games and the dates they were spread over.
_PLAYOFFS = {2021: (87, 45), 2022: (84, 45), 2023: (82, 44), 2024: (84, 47), 2025: (84, 45)}
#: Starting years of the seasons whose free days, breaks and numbers of games are known.
SIMULATED_YEARS = frozenset(_FREE)


@dataclass(frozen=True)
class ScheduledGame:
    """One game of the simulated schedule."""

    nba_game_id: str
    date: dt.date
    home: str
    away: str
    tipoff: dt.datetime
    arena_name: str
    arena_city: str
    is_neutral: bool = False
    subtype: str = ""
    label: str = ""
    winner: str = ""
    """Decided beforehand in a playoff series, so that somebody wins four."""

    @cached_property
    def code(self) -> str:
        """The league's game code, YYYYMMDD/AWYHOM."""
        return f"{self.date:%Y%m%d}/{self.away}{self.home}"

    @property
    def is_postseason(self) -> bool:
        return self.nba_game_id[2] in "45"


@dataclass(frozen=True)
class _Fixture:
    date: dt.date
    home: str
    away: str
    number: str
    winner: str = ""
    label: str = ""


@cache
def season_schedule(label: str, seed: int) -> tuple[ScheduledGame, ...]:
    """Every game of a season in date order, the same for the same seed."""
    known = season(label)
    rng = np.random.default_rng([seed, known.season_year, 1])
    fixtures = [*_regular(known, rng), *_cup_final(known, rng), *_play_in_and_playoffs(known, rng)]
    return tuple(_game(known, fixture, rng) for fixture in sorted(fixtures, key=lambda one: (one.date, one.number)))


def regular_dates(known: Season) -> list[dt.date]:
    """Dates with regular-season games."""
    free = {dt.date.fromisoformat(day) for day in _FREE[known.season_year]}
    days = (known.regular_end - known.regular_start).days + 1
    return [
        day
        for day in (known.regular_start + dt.timedelta(days=offset) for offset in range(days))
        if day not in free and not known.all_star_start <= day <= known.all_star_end
    ]


def games_per_date(known: Season, rng: np.random.Generator) -> list[int]:
    """How many games each regular date has; sums to 1,230, and the last date has everybody."""
    dates = regular_dates(known)
    fixed = FIRST_WEEKS if known.season_year == 2021 else (2, 12)
    full = {len(dates) - 1, *rng.choice(np.arange(40, len(dates) - 20), 1).tolist()}
    counts = [*fixed, *np.clip(rng.normal(7.4, 2.9, len(dates) - len(fixed)).round(), 1, 14).astype(int).tolist()]
    for position in full:
        counts[position] = len(TEAMS) // 2
    movable = [position for position in range(len(fixed), len(dates)) if position not in full]
    while missing := GAMES_PER_SEASON - sum(counts):
        position = int(rng.choice(movable))
        changed = counts[position] + (1 if missing > 0 else -1)
        if 1 <= changed <= 14:
            counts[position] = changed
    return counts


def _regular(known: Season, rng: np.random.Generator) -> Iterator[_Fixture]:
    """Rested teams with many games left play first; partners are the ones met least."""
    teams = len(TEAMS)
    left = np.full(teams, GAMES_PER_TEAM)
    before = np.full((2, teams), -9)
    met = np.zeros((teams, teams), dtype=int)
    dates = regular_dates(known)
    pairs: list[list[int]] = []
    days: list[dt.date] = []
    for position, (date, count) in enumerate(zip(dates, games_per_date(known, rng), strict=True)):
        day = (date - dates[0]).days
        dates_left = len(dates) - position
        score = left / 82 * len(dates) * 0.55
        if dates_left > _CLOSING_DATES:
            gap = np.minimum(day - before[1], 5)
            score = score + np.array([0, -5.2, 0.6, 1.6, 2.6, 3.4])[gap] - 6.0 * (day - before[0] == 2)
            score = score + rng.normal(0, 1.0, teams)
        else:
            score = score * 9 + rng.random(teams) - 0.8 * (day - before[1] == 1)
        score[left >= dates_left] += 1000
        playing = np.argsort(-score, kind="stable")[: 2 * count]
        for first, second in _matched(playing, met, rng):
            pairs.append([first, second])
            days.append(date)
            met[first, second] += 1
            met[second, first] += 1
        left[playing] -= 1
        before[0, playing] = before[1, playing]
        before[1, playing] = day
    assert not left.any(), "every team has played 82 games"
    _balance_homes(pairs, rng)
    for number, (date, (home, away)) in enumerate(zip(days, pairs, strict=True), start=1):
        yield _Fixture(date, TEAMS[home], TEAMS[away], f"002{known.season_year % 100:02d}{number:05d}")


def _matched(playing: np.ndarray, met: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    waiting = rng.permutation(playing).tolist()
    while waiting:
        first = waiting.pop()
        conference = [0 if (TEAMS[other] in WEST) == (TEAMS[first] in WEST) else 1.4 for other in waiting]
        costs = [met[first, other] + cost for other, cost in zip(waiting, conference, strict=True)]
        yield first, waiting.pop(int(np.argmin(costs)))


def _balance_homes(pairs: list[list[int]], rng: np.random.Generator) -> None:
    """Turn fixtures round until every team hosts 41, in chains from a team above to one below."""
    for pair in pairs:
        if rng.random() < 0.5:
            pair.reverse()
    hosted = np.bincount([home for home, _ in pairs], minlength=len(TEAMS))
    while (hosted > GAMES_PER_TEAM // 2).any():
        above = int(np.argmax(hosted))
        came_from: dict[int, tuple[int, int]] = {above: (-1, -1)}
        queue = [above]
        target = -1
        while target < 0:
            team = queue.pop(0)
            for number in rng.permutation(len(pairs))[: len(pairs)].tolist():
                home, away = pairs[number]
                if home == team and away not in came_from:
                    came_from[away] = (team, number)
                    queue.append(away)
                    if hosted[away] < GAMES_PER_TEAM // 2:
                        target = away
                        break
        hosted[above] -= 1
        hosted[target] += 1
        while target != above:
            target, number = came_from[target]
            pairs[number].reverse()


def _cup_final(known: Season, rng: np.random.Generator) -> Iterator[_Fixture]:
    if known.season_year in _CUP_FINAL:
        home, away = rng.permutation(len(TEAMS))[:2]
        date = dt.date.fromisoformat(_CUP_FINAL[known.season_year])
        number = f"006{known.season_year % 100:02d}00001"
        yield _Fixture(date, TEAMS[home], TEAMS[away], number, label="Emirates NBA Cup")


def _play_in_and_playoffs(known: Season, rng: np.random.Generator) -> Iterator[_Fixture]:
    year = known.season_year % 100
    seeded = {
        side: [str(team) for team in rng.permutation([team for team in TEAMS if (team in WEST) == (side == "west")])]
        for side in ("east", "west")
    }
    for order, (offset, home, away) in enumerate(((2, 6, 7), (3, 8, 9), (5, 7, 8))):
        for half, teams in enumerate(seeded.values()):
            date = known.regular_end + dt.timedelta(days=offset)
            number = f"005{year:02d}00{order + 1}{half + 1}1"
            yield _Fixture(date, teams[home], teams[away], number, teams[home], "SoFi Play-In Tournament")
    days, wins = _series_days(known, rng)
    alive = [seeded["east"][:8], seeded["west"][:8]]
    pairings = [(teams[a], teams[7 - a]) for a in (0, 3, 2, 1) for teams in alive]
    series = 0
    for round_number in (1, 2, 3, 4):
        winners = []
        for position, (first, second) in enumerate(pairings):
            better = rng.random() < 0.66
            winner, loser = (first, second) if better else (second, first)
            winners.append(winner)
            losses = set(rng.permutation(wins[series] - 1)[: wins[series] - 4].tolist())
            for game, date in enumerate(days[series]):
                home, away = (first, second) if game in (0, 1, 4, 6) else (second, first)
                number = f"004{year:02d}00{round_number}{position}{game + 1}"
                yield _Fixture(date, home, away, number, loser if game in losses else winner, "Playoffs")
            series += 1
        # Positions alternate between the halves of the bracket until the last round brings them together.
        pairings = (
            [(winners[0], winners[1])]
            if round_number == 3
            else [
                (winners[at], winners[at + 2])
                for at in range(len(winners))
                if at % 4 < 2 and round_number < 3 and at + 2 < len(winners)
            ]
        )


def _series_days(known: Season, rng: np.random.Generator) -> tuple[list[list[dt.date]], list[int]]:
    """Dates of the fifteen series; drawn until games and dates are as many as in the real season."""
    games, dates = _PLAYOFFS[known.season_year]
    opening = known.regular_end + dt.timedelta(days=6)
    last = (known.season_end - opening).days
    while True:
        lengths = rng.integers(4, 8, 15)
        if lengths.sum() != games:
            continue
        starts = [*(position % 2 for position in range(8)), *(16 + position % 2 for position in range(4)), 31, 32]
        offsets = [[start + 2 * game for game in range(length)] for start, length in zip(starts, lengths, strict=False)]
        gaps = rng.integers(2, 4, lengths[14] - 1)
        final = (last - np.concatenate([[0], np.cumsum(gaps)]))[::-1].tolist()
        stretched = [start for start in (31, 32) if rng.random() < 0.5]
        for position in (12, 13):
            if starts[position] in stretched:
                offsets[position] = [day + (index >= 4) for index, day in enumerate(offsets[position])]
        offsets.append(final)
        if final[0] < max(offsets[12][-1], offsets[13][-1]) + 2:
            continue
        if len({day for days in offsets for day in days}) == dates:
            days = [[opening + dt.timedelta(days=int(day)) for day in listed] for listed in offsets]
            return days, lengths.tolist()


def _game(known: Season, fixture: _Fixture, rng: np.random.Generator) -> ScheduledGame:
    is_cup_final = fixture.number[2] == "6"
    place = ("T-Mobile Arena", "Las Vegas") if is_cup_final else arena(fixture.home, known.season_year)
    is_group_game = (
        fixture.number[2] == "2"
        and known.season_year >= 2023
        and fixture.date.month == 11
        and fixture.date.weekday() in (1, 4)
    )
    return ScheduledGame(
        nba_game_id=fixture.number,
        date=fixture.date,
        home=fixture.home,
        away=fixture.away,
        tipoff=_tipoff(fixture.date, fixture.home, rng),
        arena_name=place[0],
        arena_city=place[1],
        is_neutral=is_cup_final,
        subtype="in-season-knockout" if is_cup_final else "in-season" if is_group_game else "",
        label=fixture.label or ("Emirates NBA Cup" if is_group_game else ""),
        winner=fixture.winner,
    )


def _tipoff(date: dt.date, home: str, rng: np.random.Generator) -> dt.datetime:
    """Tip-off as a UTC instant: evenings, later in the west, now and then a weekend afternoon."""
    evenings = (22.0, 22.5, 21.0) if home in PACIFIC else (20.0, 20.5, 21.0) if home in WEST else (19.0, 19.5, 20.0)
    hour = evenings[int(rng.integers(3))]
    if rng.random() < 0.25 and date.weekday() >= 5:
        hour = 15.5
    eastern = dt.datetime.combine(date, dt.time(int(hour), 30 if hour % 1 else 0), EASTERN)
    return eastern.astimezone(dt.UTC)
