"""What an archive table is, told by its columns. Names of files say nothing here.

What the rows of a kind mean is told by the module of the kind: ``league``, ``court_shots``, ``odds``, ``persons``.
"""

from collections.abc import Sequence

from nba_pipeline.archive import court_shots, league
from nba_pipeline.archive.words import plain

PLAYER_LOG = "player game log"
TEAM_LOG = "team game log"
SHOTS = "shot detail"
COURT_SHOTS = "shots on a court in feet"
LINES = "game lines"
PROPS = "points props"
PLAYERS = "players"

HOME = ("home", "hometeam", "hometeamname", "homename", "teamhome", "homeabbr", "hometeamabbr")
AWAY = ("away", "awayteam", "awayteamname", "visitor", "visitorteam", "road", "teamaway", "awayabbr", "awayteamabbr")
DAY = ("gamedate", "date", "gamedateest", "day", "eventdate")
START = ("commencetime", "starttime", "gametime", "startat", "gamestarttime", "eventstart", "scheduled")
BOOK = ("bookmakerkey", "bookmaker", "book", "sportsbook", "platform", "source", "provider", "bookname")
PLAYER = ("playername", "player", "name", "description", "participant", "athlete", "fullname")
MARKET = ("market", "marketkey", "stat", "stattype", "markettype", "proptype", "category", "prop")
LINE = ("line", "linescore", "point", "points", "linevalue", "value", "threshold", "stake")
SPREAD = ("spread", "pointspread", "homespread", "spreadhome", "homeline", "spreadline", "homepointspread", "line")
AWAY_SPREAD = ("awayspread", "spreadaway", "awayline", "visitorspread")
TOTAL = ("total", "overunder", "ou", "totalline", "gametotal", "overunderline", "totalpoints")
PERSON_ID = ("personid", "playerid", "nbaplayerid", "id")
PERSON_NAME = ("displayfirstlast", "fullname", "playername", "displayname", "name")
_FLAT_POINT = ("point", "outcomepoint", "line")
_SPLIT_NAMES = (("firstname", "lastname"), ("playerfirstname", "playerlastname"))

#: Plain column names without which no row of the kind could be stored.
_NEEDED = {
    SHOTS: {"gameid", "gamedate", "gameeventid", "playerid", "playername", "teamid", "shotmadeflag"},
    COURT_SHOTS: court_shots.NEEDED,
    PLAYER_LOG: {"gameid", "gamedate", "matchup", "pts", "playerid", "playername", "teamabbreviation"},
    TEAM_LOG: {"gameid", "gamedate", "matchup", "pts", "teamid", "teamabbreviation"},
}
_READ = {
    SHOTS: league.SHOTS,
    PLAYER_LOG: league.PLAYER_LOG,
    TEAM_LOG: league.TEAM_LOG,
    COURT_SHOTS: tuple(court_shots.NAMES.values()),
}


def kind_of(columns: Sequence[str]) -> str | None:
    """What a table with these columns is, None when nothing fits."""
    names = {plain(column) for column in columns}
    is_of_players = names & {"playerid", "playername"}
    for kind, needed in _NEEDED.items():
        if needed <= names and not (kind == TEAM_LOG and is_of_players):
            return kind
    if names & set(LINE) and names & set(PLAYER) and names & {*BOOK, *MARKET} and names & {*DAY, *START}:
        is_prop = not (names & set(HOME) and "outcome" in " ".join(names)) or "description" in names
        if is_prop:
            return PROPS
    if names & set(HOME) and names & set(AWAY) and names & {*DAY, *START}:
        flat = names & set(MARKET) and names & set(_FLAT_POINT)
        wide = names & {*SPREAD, *AWAY_SPREAD, *TOTAL}
        return LINES if flat or wide else None
    split_name = any(set(pair) <= names for pair in _SPLIT_NAMES)
    is_person = names & set(PERSON_ID) and (names & set(PERSON_NAME) or split_name)
    # Statistics of games that lack a needed column are no list of players, nor of teams.
    return PLAYERS if is_person and not names & {"gameid", "gamedate"} else None


def says_market(columns: Sequence[str]) -> bool:
    """Whether a table of props has a column that names each row's market."""
    return bool({plain(column) for column in columns} & set(MARKET))


def wanted(kind: str, columns: Sequence[str]) -> list[str]:
    """The columns of the file worth reading."""
    known = _READ.get(kind)
    if known is None:
        return list(columns)
    names = {plain(name) for name in known}
    chosen: dict[str, str] = {}
    for column in columns:
        if plain(column) in names:
            chosen.setdefault(plain(column), column)
    return list(chosen.values())
