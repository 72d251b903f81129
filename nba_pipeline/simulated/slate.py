"""The simulated schedule: which teams play on which date. Who plays and how it ends belongs to other modules.

Dates, breaks and counts of games are those of the real seasons; pairings are drawn. A playoff series has a drawn length
and its games are drawn too, so a series' winner need not have won four.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nba_pipeline.calendar import Season, season

TEAMS = tuple(
    "ATL BOS BKN CHA CHI CLE DAL DEN DET GSW HOU IND LAC LAL MEM MIA MIL MIN NOP NYK OKC ORL PHI PHX POR SAC SAS TOR "
    "UTA WAS".split()
)
WEST = frozenset("DAL DEN GSW HOU LAC LAL MEM MIN NOP OKC PHX POR SAC SAS UTA".split())
#: Games per date of the first four weeks of 2021-22.
FIRST_WEEKS = (2, 11, 3, 10, 8, 6, 9, 5, 10, 6, 7, 11, 5, 9, 5, 11, 5, 9, 6, 8, 8, 3, 13, 3, 11, 7, 7, 11)
GAMES_PER_SEASON = 1230
MOST_PER_DATE = 15
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
_PLAYOFF_GAMES = {2021: 87, 2022: 84, 2023: 82, 2024: 84, 2025: 84}


@dataclass(frozen=True)
class ScheduledGame:
    """One game of the simulated schedule."""

    nba_game_id: str
    date: dt.date
    home: str
    away: str
    tipoff: dt.datetime

    @property
    def code(self) -> str:
        """The league's game code, YYYYMMDD/AWYHOM."""
        return f"{self.date:%Y%m%d}/{self.away}{self.home}"


def season_schedule(label: str, seed: int) -> list[ScheduledGame]:
    """Every game of a season in date order, the same for the same seed."""
    known = season(label)
    rng = np.random.default_rng([seed, known.season_year, 1])
    pairs = [*_regular(known, rng), *_cup_final(known, rng), *_postseason(known, rng)]
    numbers: dict[str, int] = {}
    games = []
    for date, home, away, type_digit in sorted(pairs, key=lambda one: (one[0], one[3])):
        numbers[type_digit] = numbers.get(type_digit, 0) + 1
        nba_game_id = f"00{type_digit}{known.season_year % 100:02d}{numbers[type_digit]:05d}"
        games.append(ScheduledGame(nba_game_id, date, home, away, _tipoff(date, home, rng)))
    return games


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
    """How many games each regular date has; sums to 1,230."""
    dates = regular_dates(known)
    fixed = list(FIRST_WEEKS) if known.season_year == 2021 else [2, 12]
    counts = fixed + [int(count) for count in np.clip(rng.normal(7.4, 2.9, len(dates) - len(fixed)).round(), 1, 14)]
    counts[-1] = MOST_PER_DATE
    free = range(len(fixed), len(dates) - 1)
    while (missing := GAMES_PER_SEASON - sum(counts)) != 0:
        position = int(rng.choice(free))
        changed = counts[position] + (1 if missing > 0 else -1)
        if 1 <= changed <= 14:
            counts[position] = changed
    return counts


def _regular(known: Season, rng: np.random.Generator) -> Iterator[tuple[dt.date, str, str, str]]:
    """Teams with the most games left play first, so that all reach 82 on the last date."""
    left = np.full(len(TEAMS), 2 * GAMES_PER_SEASON // len(TEAMS))
    at_home = np.zeros(len(TEAMS))
    last_played = np.full(len(TEAMS), -9)
    dates, counts = regular_dates(known), games_per_date(known, rng)
    for position, (date, count) in enumerate(zip(dates, counts, strict=True)):
        day = (date - dates[0]).days
        days_left = len(dates) - position
        tired = (last_played == day - 1) & (days_left > 25)
        noise = rng.random(len(TEAMS)) * (2.5 if days_left > 25 else 0.5)
        order = np.argsort(-(left - 2.2 * tired + noise), kind="stable")[: 2 * count]
        chosen = rng.permutation(order)
        for first, second in zip(chosen[::2], chosen[1::2], strict=True):
            home, away = (first, second) if at_home[first] <= at_home[second] else (second, first)
            at_home[home] += 1
            left[[home, away]] -= 1
            last_played[[home, away]] = day
            yield date, TEAMS[home], TEAMS[away], "2"
    assert not left.any(), "every team has played 82 games"


def _cup_final(known: Season, rng: np.random.Generator) -> Iterator[tuple[dt.date, str, str, str]]:
    if known.season_year in _CUP_FINAL:
        home, away = rng.permutation(len(TEAMS))[:2]
        yield dt.date.fromisoformat(_CUP_FINAL[known.season_year]), TEAMS[home], TEAMS[away], "6"


def _postseason(known: Season, rng: np.random.Generator) -> Iterator[tuple[dt.date, str, str, str]]:
    east = [team for team in rng.permutation(TEAMS) if team not in WEST]
    west = [team for team in rng.permutation(TEAMS) if team in WEST]
    first = known.regular_end + dt.timedelta(days=2)
    for offset, (a, b) in ((0, (6, 7)), (1, (8, 9)), (3, (7, 8))):
        for conference in (east, west):
            yield first + dt.timedelta(days=offset), str(conference[a]), str(conference[b]), "5"
    lengths = rng.integers(4, 8, 15)
    while lengths.sum() != _PLAYOFF_GAMES[known.season_year]:
        lengths = rng.integers(4, 8, 15)
    start = known.regular_end + dt.timedelta(days=6)
    finalists = []
    series = 0
    for conference in (east, west):
        alive = [str(team) for team in conference[:8]]
        opened = start
        for _ in range(3):
            for position in range(len(alive) // 2):
                yield from _series(
                    opened + dt.timedelta(days=position % 2), *alive[2 * position :][:2], lengths[series]
                )
                series += 1
            alive = alive[::2]
            opened += dt.timedelta(days=15)
        finalists.append(alive[0])
    final_opens = known.season_end - dt.timedelta(days=2 * (int(lengths[14]) - 1))
    yield from _series(final_opens, finalists[0], finalists[1], lengths[14])


def _series(opens: dt.date, first: str, second: str, length: int) -> Iterator[tuple[dt.date, str, str, str]]:
    for game in range(int(length)):
        home, away = (first, second) if game in (0, 1, 4, 6) else (second, first)
        yield opens + dt.timedelta(days=2 * game), home, away, "4"


def _tipoff(date: dt.date, home: str, rng: np.random.Generator) -> dt.datetime:
    """Tip-off as a UTC instant: 19:00 or 19:30 Eastern in the east, 20:00 to 22:30 farther west."""
    from zoneinfo import ZoneInfo

    hours = (19, 19.5, 20) if home not in WEST else (20, 20.5, 22, 22.5)
    hour = hours[int(rng.integers(len(hours)))]
    eastern = dt.datetime.combine(date, dt.time(int(hour), 30 if hour % 1 else 0), ZoneInfo("America/New_York"))
    return eastern.astimezone(dt.UTC)
