"""What an archive table is, told by its columns, and its rows in the landing fields of our sources.

Names of files say nothing here. Values stay as the archive writes them, except ids that lost leading zeros, dates in
one spelling and team codes; whether a value is plausible is decided when the landing file is read.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd

from nba_pipeline.raw.reader import packaged_team_aliases

EASTERN = ZoneInfo("America/New_York")
DATE = "_date"
Rows = pd.DataFrame
PLAYER_LOG = "player game log"
TEAM_LOG = "team game log"
SHOTS = "shot detail"
LINES = "game lines"
PROPS = "points props"
PLAYERS = "players"

_STATISTICS = [
    "MIN",
    "FGM",
    "FGA",
    "FG_PCT",
    "FG3M",
    "FG3A",
    "FG3_PCT",
    "FTM",
    "FTA",
    "FT_PCT",
    "OREB",
    "DREB",
    "REB",
    "AST",
    "STL",
    "BLK",
    "TOV",
    "PF",
    "PTS",
    "PLUS_MINUS",
]
_GAME = ["GAME_ID", "GAME_DATE", "MATCHUP"]
_PLAYER_LOG = ["PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_ABBREVIATION", *_GAME, *_STATISTICS]
_TEAM_LOG = ["TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", *_GAME, "WL", *_STATISTICS]
_SHOTS = [
    "GAME_ID",
    "GAME_EVENT_ID",
    "PLAYER_ID",
    "PLAYER_NAME",
    "TEAM_ID",
    "PERIOD",
    "MINUTES_REMAINING",
    "SECONDS_REMAINING",
    "ACTION_TYPE",
    "SHOT_TYPE",
    "SHOT_ZONE_BASIC",
    "SHOT_DISTANCE",
    "LOC_X",
    "LOC_Y",
    "SHOT_ATTEMPTED_FLAG",
    "SHOT_MADE_FLAG",
    "GAME_DATE",
]
#: Plain column names without which no row of the kind could be stored.
_NEEDED = {
    SHOTS: {"gameid", "gamedate", "gameeventid", "playerid", "playername", "teamid", "shotmadeflag"},
    PLAYER_LOG: {"gameid", "gamedate", "matchup", "pts", "playerid", "playername", "teamabbreviation"},
    TEAM_LOG: {"gameid", "gamedate", "matchup", "pts", "teamid", "teamabbreviation"},
}
_HOME = ("home", "hometeam", "hometeamname", "homename", "teamhome", "homeabbr", "hometeamabbr")
_AWAY = ("away", "awayteam", "awayteamname", "visitor", "visitorteam", "road", "teamaway", "awayabbr", "awayteamabbr")
_DAY = ("gamedate", "date", "gamedateest", "day", "eventdate")
_START = ("commencetime", "starttime", "gametime", "startat", "gamestarttime", "eventstart", "scheduled")
_CAPTURE = ("timestamp", "snapshottimestamp", "snapshot", "capturedat", "fetchedat", "scrapedat", "updatedat", "time")
_BOOK = ("bookmakerkey", "bookmaker", "book", "sportsbook", "platform", "source", "provider", "bookname")
_PLAYER = ("playername", "player", "name", "description", "participant", "athlete", "fullname")
_MARKET = ("market", "marketkey", "stat", "stattype", "markettype", "proptype", "category", "prop")
_LINE = ("line", "linescore", "point", "points", "linevalue", "value", "threshold", "stake")
_SIDE = ("side", "overunder", "betside", "selection", "outcome", "outcomename", "overorunder", "label")
_PRICE = ("outcomeprice", "price", "odds", "cost")
_POINTS = {"points", "point", "playerpoints", "pts"}
_SPREAD = ("spread", "pointspread", "homespread", "spreadhome", "homeline", "spreadline", "homepointspread", "line")
_AWAY_SPREAD = ("awayspread", "spreadaway", "awayline", "visitorspread")
_TOTAL = ("total", "overunder", "ou", "totalline", "gametotal", "overunderline", "totalpoints")
_FAVOURITE = ("whosfavored", "favorite", "favourite", "favored", "whofavored")
_DECIMAL_LIMIT = 100


def plain(name: str) -> str:
    """A column name without case and separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def kind_of(columns: Sequence[str]) -> str | None:
    """What a table with these columns is, None when nothing fits."""
    names = {plain(column) for column in columns}
    is_of_players = names & {"playerid", "playername"}
    for kind, needed in _NEEDED.items():
        if needed <= names and not (kind == TEAM_LOG and is_of_players):
            return kind
    if names & set(_LINE) and names & set(_PLAYER) and names & {*_BOOK, *_MARKET} and names & {*_DAY, *_START}:
        is_prop = not (names & set(_HOME) and "outcome" in " ".join(names)) or "description" in names
        if is_prop:
            return PROPS
    if names & set(_HOME) and names & set(_AWAY) and names & {*_DAY, *_START}:
        flat = names & set(_MARKET) and names & {"point", "outcomepoint", "line"}
        wide = names & {*_SPREAD, *_AWAY_SPREAD, *_TOTAL}
        return LINES if flat or wide else None
    has_name = names & {"fullname", "playername", "displayfirstlast", "displayname", "name"}
    split_name = {"firstname", "lastname"} <= names or {"playerfirstname", "playerlastname"} <= names
    is_person = names & {"personid", "playerid", "nbaplayerid", "id"} and (has_name or split_name)
    # Statistics of games that lack a needed column are no list of players, nor of teams.
    return PLAYERS if is_person and not names & {"gameid", "gamedate"} else None


def says_market(columns: Sequence[str]) -> bool:
    """Whether a table of props has a column that names each row's market."""
    return bool({plain(column) for column in columns} & set(_MARKET))


def wanted(kind: str, columns: Sequence[str]) -> list[str]:
    """The columns of the file worth reading."""
    known = {SHOTS: _SHOTS, PLAYER_LOG: _PLAYER_LOG, TEAM_LOG: _TEAM_LOG}.get(kind)
    if known is None:
        return list(columns)
    names = {plain(name) for name in known}
    chosen: dict[str, str] = {}
    for column in columns:
        if plain(column) in names:
            chosen.setdefault(plain(column), column)
    return list(chosen.values())


def landing_rows(kind: str, rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    """Rows by landing source, each with its date in the column ``_date``; what is left out is counted by reason."""
    return _READERS[kind](rows, skipped)


def _player_log(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    return {"nbac_player_boxscores": _league(rows, _PLAYER_LOG, skipped)}


def _shots(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    return {"nbac_shot_chart": _league(rows, _SHOTS, skipped)}


def _team_log(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    return {"nbac_team_boxscore": _league(rows, _TEAM_LOG, skipped)}


def _league(rows: Rows, names: Sequence[str], skipped: dict[str, int]) -> Rows:
    """League tables in the league's own column names; exhibitions and undated rows are left out."""
    stored = {plain(column): column for column in rows.columns}
    out = pd.DataFrame({name: rows[stored[plain(name)]] for name in names if plain(name) in stored})
    out["GAME_ID"] = out["GAME_ID"].map(_game_id)
    out[DATE] = out["GAME_DATE"].map(day_of)
    out["GAME_DATE"] = out[DATE]
    out = _keep(out, out[DATE].notna(), "no readable game date", skipped)
    exhibition = out["GAME_ID"].fillna("").str.startswith(("001", "003"))
    return _keep(out, ~exhibition, "pre-season or All-Star game", skipped)


def schedule(team_rows: Rows, skipped: dict[str, int]) -> Rows:
    """Final schedule rows of the games whose two team rows are there, in whichever files.

    Tip-off and venue are not in the archives.
    """
    games = []
    for game_id, pair in team_rows.drop_duplicates(["GAME_ID", "TEAM_ABBREVIATION"]).groupby("GAME_ID", sort=True):
        sides = pair.sort_values("TEAM_ABBREVIATION").to_dict("records")
        if len(sides) != 2:
            skipped["game without exactly two team rows"] = skipped.get("game without exactly two team rows", 0) + 1
            continue
        home, away, neutral = _orient(sides)
        games.append(
            {
                "gameId": game_id,
                "gameDateEst": home["GAME_DATE"],
                "gameStatus": "3",
                "gameStatusText": "Final",
                "homeTeam_teamTricode": home["TEAM_ABBREVIATION"],
                "awayTeam_teamTricode": away["TEAM_ABBREVIATION"],
                "homeTeam_score": home.get("PTS"),
                "awayTeam_score": away.get("PTS"),
                "isNeutral": "true" if neutral else "false",
                "data_source": "archive",
                DATE: home[DATE],
            }
        )
    return pd.DataFrame(games)


def _orient(sides: list[dict[str, str]]) -> tuple[dict[str, str], dict[str, str], bool]:
    """Home row, away row and whether the game is neutral: on neutral courts both rows read 'AAA @ BBB'."""
    at_home = [" vs" in (side["MATCHUP"] or "").lower() for side in sides]
    if sum(at_home) == 1:
        home = at_home.index(True)
        return sides[home], sides[1 - home], False
    # The team after the sign is the nominal host; two different texts leave the first row's word.
    host = (sides[0]["MATCHUP"] or "").split("@")[-1].strip()
    home = 0 if sides[0]["TEAM_ABBREVIATION"] == host else 1
    return sides[home], sides[1 - home], True


def _lines(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    found = _Columns(rows)
    home, away = found.text(_HOME).map(_team), found.text(_AWAY).map(_team)
    market, point = found.text(_MARKET), found.text(("outcomepoint", "point", "line"))
    base = pd.DataFrame({"home_team": home, "away_team": away, **_when(found)})
    base["timestamp"] = found.text(_CAPTURE)
    base["bookmaker_key"] = found.text(_BOOK).fillna("archive")
    base["bookmaker_last_update"] = found.text(("bookmakerlastupdate", "lastupdate"))
    base["id"] = found.text(("id", "eventid", "gameid", "oddsapieventid")).fillna(
        "archive-" + base[DATE].fillna("") + "-" + away.fillna("") + "-" + home.fillna("")
    )
    if market.notna().any() and point.notna().any():
        parts = [_flat_lines(found, base, market, point)]
    else:
        parts = list(_wide_lines(found, base, home, away))
    out = pd.concat(parts, ignore_index=True) if parts else base.iloc[0:0]
    out = _keep(out, out[DATE].notna(), "no readable game date", skipped)
    out = _keep(out, out["home_team"].notna() & out["away_team"].notna(), "no team", skipped)
    return {"odds_api_game_lines": _keep(out, out["outcome_point"].notna(), "no spread or total", skipped)}


def _flat_lines(found: "_Columns", base: Rows, market: pd.Series, point: pd.Series) -> Rows:
    name = found.text(("outcomename", "outcome", "name", "side", "selection", "label"))
    known = market.str.lower().map({"spread": "spreads", "spreads": "spreads", "total": "totals", "totals": "totals"})
    out = base.assign(
        market_key=known,
        outcome_name=[
            word.capitalize() if word and word.lower() in ("over", "under") else _team(word) for word in name
        ],
        outcome_price=found.text(_PRICE).map(decimal_price),
        outcome_point=point,
    )
    return out[known.notna()]


def _wide_lines(found: "_Columns", base: Rows, home: pd.Series, away: pd.Series) -> list[Rows]:
    spread, total = _home_spread(found), found.text(_TOTAL)
    common = {"outcome_price": None}
    parts = []
    if spread.notna().any():
        negative = spread.map(lambda value: None if value is None or pd.isna(value) else _number_text(-float(value)))
        shown = spread.map(lambda value: None if value is None or pd.isna(value) else _number_text(float(value)))
        parts.append(base.assign(market_key="spreads", outcome_name=home, outcome_point=shown, **common))
        parts.append(base.assign(market_key="spreads", outcome_name=away, outcome_point=negative, **common))
    if total.notna().any():
        parts += [
            base.assign(market_key="totals", outcome_name=side, outcome_point=total, **common)
            for side in ("Over", "Under")
        ]
    return [part[part["outcome_point"].notna()] for part in parts]


def _home_spread(found: "_Columns") -> pd.Series:
    """Handicap of the home team: a favourite's is negative, whatever sign the archive prints."""
    favourite, spread = found.text(_FAVOURITE), _numbers(found.text(_SPREAD))
    if favourite.notna().any():
        home = favourite.str.lower().eq("home") | (favourite.map(_team) == found.text(_HOME).map(_team))
        return spread.abs().where(~home, -spread.abs()).where(favourite.notna() | spread.eq(0))
    if spread.isna().all():
        return -_numbers(found.text(_AWAY_SPREAD))
    return spread


def _props(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    found = _Columns(rows)
    market = found.text(_MARKET)
    # A "+" is a combined market: it never names points alone.
    is_points = market.map(lambda text: "+" not in (text or "") and plain(text or "") in _POINTS)
    for name, count in market[~is_points].fillna("not named").value_counts().items():
        reason = f"market {name}, not points"
        skipped[reason] = skipped.get(reason, 0) + int(count)
    found = _Columns(rows[is_points])
    out = pd.DataFrame(
        {
            "id": found.text(("eventid", "gameid", "oddsapieventid")).fillna("archive"),
            **_when(found),
            "home_team": found.text(_HOME).map(_team),
            "away_team": found.text(_AWAY).map(_team),
            "timestamp": found.text(_CAPTURE),
            "bookmaker_key": found.text(_BOOK).fillna("archive"),
            "description": found.text(("description", *_PLAYER)),
            "point": found.text(_LINE),
        }
    )
    over = found.text(("overprice", "overodds", "oddsover", "over")).map(decimal_price)
    under = found.text(("underprice", "underodds", "oddsunder", "under")).map(decimal_price)
    side = found.text(_SIDE if "description" in found.stored else tuple(x for x in _SIDE if x != "name")).str.lower()
    if "description" in found.stored and not side.isin(["over", "under"]).any():
        side = found.text(("name",)).str.lower()
    if side.isin(["over", "under"]).any():
        price = found.text(_PRICE).map(decimal_price)
        over, under = over.where(side != "over", price), under.where(side != "under", price)
    out = out.assign(over_price=over, under_price=under)
    out = _keep(out, out[DATE].notna(), "no readable game date", skipped)
    out = _keep(out, out["point"].notna() & out["description"].notna(), "no player or no line", skipped)
    keys = [name for name in out.columns if name not in ("over_price", "under_price")]
    joined = out.groupby(keys, dropna=False, sort=False, as_index=False)[["over_price", "under_price"]].first()
    return {"odds_api_player_points_props": pd.DataFrame(joined)}


def _players(rows: Rows, skipped: dict[str, int]) -> Mapping[str, Rows]:
    """Persons for the registry; the ids of names are given when all files are known."""
    found = _Columns(rows)
    first = found.text(("firstname", "playerfirstname")).fillna("")
    last = found.text(("lastname", "playerlastname")).fillna("")
    full = found.text(("displayfirstlast", "fullname", "playername", "displayname", "name"))
    joined = (first + " " + last).str.strip()
    out = pd.DataFrame(
        {
            "nba_player_id": found.text(("personid", "playerid", "nbaplayerid", "id")).map(_whole),
            "player_name": joined.where(joined != "", full),
            "birth_date": found.text(("birthdate", "birthday", "dob")).map(day_of),
            "position": found.text(("position", "pos")),
            "first_season": found.text(("fromyear", "firstseason")).map(_whole),
            "last_season": found.text(("toyear", "lastseason")).map(_whole),
        }
    )
    known = out["nba_player_id"].notna() & out["player_name"].notna()
    return {"player_registry": _keep(out, known, "no person id or name", skipped)}


class _Columns:
    """Columns of an archive table by any of several spellings."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.stored = {plain(column): column for column in reversed(list(rows.columns))}

    def text(self, spellings: Sequence[str]) -> pd.Series:
        for name in spellings:
            if name in self.stored:
                return self.rows[self.stored[name]].astype(object)
        return pd.Series([None] * len(self.rows), index=self.rows.index, dtype=object)


def _when(found: _Columns) -> dict[str, pd.Series]:
    start, day = found.text(_START), found.text(_DAY)
    has_clock = start.map(lambda text: len(text or "") > len("2021-10-19"))
    dates = day.map(day_of).where(day.notna(), start.map(day_of))
    return {"commence_time": start.where(has_clock, None), "game_date": dates, DATE: dates}


def _keep(rows: Rows, mask: pd.Series, reason: str, skipped: dict[str, int]) -> Rows:
    dropped = int((~mask).sum())
    if dropped:
        skipped[reason] = skipped.get(reason, 0) + dropped
    return rows[mask]


def _game_id(text: str | None) -> str | None:
    whole = _whole(text)
    return whole.zfill(10) if whole else text


def _whole(text: str | None) -> str | None:
    return text.strip().removesuffix(".0") if text else None


@cache
def _team(text: str | None) -> str | None:
    """A spelling the lines table knows stays; one only other sources know becomes the tricode."""
    aliases = packaged_team_aliases()
    key = (text or "").strip().lower()
    return text if not key or ("odds_api", key) in aliases else aliases.get(("sbr", key), text)


def _numbers(texts: pd.Series) -> pd.Series:
    words = texts.map(lambda text: "0" if (text or "").strip().lower() in ("pk", "pick", "pickem", "even") else text)
    return pd.to_numeric(words, errors="coerce")


def _number_text(value: float) -> str:
    return f"{value + 0.0:g}"


def decimal_price(text: str | None) -> str | None:
    """Decimal odds of American or decimal ones; NULL for text that is no price."""
    try:
        value = float(text) if text else 0.0
    except ValueError:
        return None
    if value >= _DECIMAL_LIMIT:
        return f"{1 + value / 100:.6g}"
    if value <= -_DECIMAL_LIMIT:
        return f"{1 - 100 / value:.6g}"
    return f"{value:g}" if value > 1 else None


@cache
def day_of(text: str | None) -> str | None:
    """ISO date of a date in any usual spelling; an instant with offset is turned to Eastern first."""
    if not text:
        return None
    text = text.strip().removesuffix(".0")
    if re.search(r"T?\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$", text) and not re.search(r"[ T]00:00:00(\.0+)?Z?$", text):
        try:
            return dt.datetime.fromisoformat(text).astimezone(EASTERN).date().isoformat()
        except ValueError:
            return None
    for candidate, form in (
        (text[:10], "%Y-%m-%d"), (text, "%Y%m%d"), (text.split(" ")[0], "%m/%d/%Y"), (text, "%b %d, %Y"),
        (text, "%B %d, %Y"), (text.split(" ")[0], "%m/%d/%y"), (text[:10], "%Y/%m/%d"), (text, "%d-%b-%y"),
    ):  # fmt: skip
        try:
            return dt.datetime.strptime(candidate, form).date().isoformat()  # noqa: DTZ007 a date has no zone
        except ValueError:
            continue
    return None


_READERS: Mapping[str, Callable[[Rows, dict[str, int]], Mapping[str, Rows]]] = {
    PLAYER_LOG: _player_log,
    TEAM_LOG: _team_log,
    SHOTS: _shots,
    LINES: _lines,
    PROPS: _props,
    PLAYERS: _players,
}
