"""What an archive table is, told by its columns. Names of files say nothing here.

What the rows of a kind mean is told by the module of the kind: ``league``, ``court_shots``, ``odds``, ``persons``.
"""

from collections.abc import Sequence

from nba_pipeline.archive import court_shots, league, spellings
from nba_pipeline.archive.words import plain

PLAYER_LOG = "player game log"
TEAM_LOG = "team game log"
SHOTS = "shot detail"
COURT_SHOTS = "shots on a court in feet"
LINES = "game lines"
PROPS = "player props"
PLAYERS = "players"
SCHEDULE = "schedule"

#: Without the shooting counts no table about the game could be whole.
_GAME_LOG = ("GAME_DATE", "MATCHUP", "PTS", "FGM", "FGA", "FG3M", "FG3A", "FTM", "FTA")
_LEAGUE = {
    SHOTS: ("GAME_ID", "GAME_DATE", "GAME_EVENT_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "SHOT_MADE_FLAG"),
    COURT_SHOTS: court_shots.NEEDED,
    PLAYER_LOG: (*_GAME_LOG, "PLAYER_ID", "PLAYER_NAME"),
    TEAM_LOG: (*_GAME_LOG, "TEAM_ID", "TEAM_ABBREVIATION"),
}


def _spelled(kind: str, name: str) -> frozenset[str]:
    also = (key for key, league_name in league.ALSO.items() if kind == PLAYER_LOG and league_name == name)
    return frozenset({plain(name), *also})


#: What a row of the kind cannot be stored without: how to call it, and the plain column names that give it.
_NEEDED: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    **{kind: tuple((name, _spelled(kind, name)) for name in names) for kind, names in _LEAGUE.items()},
    PROPS: (
        ("a player (player)", frozenset(spellings.PLAYER)),
        ("a line (line)", frozenset(spellings.LINE)),
        ("a book or market (bookmaker, market)", frozenset({*spellings.BOOK, *spellings.MARKET})),
        ("a date or start (date, commence_time)", frozenset({*spellings.DAY, *spellings.START})),
    ),
    LINES: (
        ("a home team (home_team)", frozenset(spellings.HOME)),
        ("an away team (away_team)", frozenset(spellings.AWAY)),
        ("a date or start (date, commence_time)", frozenset({*spellings.DAY, *spellings.START})),
        (
            "a spread or total (spread, total)",
            frozenset({*spellings.SPREAD, *spellings.AWAY_SPREAD, *spellings.TOTAL, *spellings.OUTCOME_POINT}),
        ),
    ),
    SCHEDULE: (
        ("GAME_ID", frozenset({"gameid"})),
        ("a date or start (date, commence_time)", frozenset({*spellings.DAY, *spellings.START})),
        ("a home team (home_team)", frozenset(spellings.HOME_CODE)),
        ("an away team (away_team)", frozenset(spellings.AWAY_CODE)),
    ),
    PLAYERS: (
        ("a person id (PLAYER_ID)", frozenset(spellings.PERSON_ID)),
        ("a name (PLAYER_NAME)", frozenset({*spellings.PERSON_NAME, *spellings.LAST_NAME})),
    ),
}
_READ = {
    SHOTS: frozenset(plain(name) for name in league.SHOTS),
    PLAYER_LOG: frozenset({*(plain(name) for name in league.PLAYER_LOG), *league.ALSO}),
    TEAM_LOG: frozenset(plain(name) for name in league.TEAM_LOG),
    COURT_SHOTS: frozenset(plain(name) for name in court_shots.NAMES.values()),
    LINES: spellings.LINES,
    PROPS: spellings.PROPS,
    PLAYERS: spellings.PERSONS,
    SCHEDULE: spellings.SCHEDULE,
}


def kind_of(columns: Sequence[str]) -> str | None:
    """What a table with these columns is, None when nothing fits."""
    names = {plain(column) for column in columns}
    for kind in (*_LEAGUE, PROPS, LINES, SCHEDULE, PLAYERS):
        if not _lacks(kind, names) and _may_be(kind, names):
            return kind
    return None


def nearest(columns: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """The kind a refused table comes nearest to, and what it lacks for it; None when it has nothing of any kind."""
    names = {plain(column) for column in columns}
    had = {kind: len(_NEEDED[kind]) - len(_lacks(kind, names)) for kind in _NEEDED if _may_be(kind, names)}
    best = max(had, key=lambda kind: (had[kind] / len(_NEEDED[kind]), had[kind]), default=None)
    return (best, _lacks(best, names)) if best and had[best] else None


def says_market(columns: Sequence[str]) -> bool:
    """Whether a table of props has a column that names each row's market."""
    return bool({plain(column) for column in columns} & set(spellings.MARKET))


def wanted(kind: str, columns: Sequence[str]) -> list[str]:
    """The columns of the file worth reading."""
    chosen: dict[str, str] = {}
    for column in columns:
        if plain(column) in _READ[kind]:
            chosen.setdefault(plain(column), column)
    return list(chosen.values())


def _lacks(kind: str, names: set[str]) -> tuple[str, ...]:
    return tuple(label for label, spelled in _NEEDED[kind] if not names & spelled)


def _may_be(kind: str, names: set[str]) -> bool:
    """Whether nothing in the table speaks against the kind."""
    if kind == TEAM_LOG:
        return not names & {"playerid", "playername", "player"}
    if kind == PROPS:
        return not (names & set(spellings.HOME) and "outcome" in " ".join(names)) or "description" in names
    if kind == LINES:
        has_market = bool(names & set(spellings.MARKET) and names & set(spellings.OUTCOME_POINT))
        wide = {*spellings.SPREAD, *spellings.AWAY_SPREAD, *spellings.TOTAL}
        return has_market or bool(names & wide) or not names & set(spellings.OUTCOME_POINT)
    if kind == SCHEDULE:
        # What has players or periods happened in a game, it is no list of games.
        return not names & {"player", "playerid", "playername", "period", "playtype"}
    # Statistics of games that lack a needed column are no list of players.
    return kind != PLAYERS or not names & {"gameid", "gamedate"}
