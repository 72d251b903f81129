"""Game logs and shot detail of the league: their columns, their rows under the league's names, the schedule they imply.

Values stay as the archive writes them, except ids that lost leading zeros, dates in one spelling and numbers without
idle decimals.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from nba_pipeline.archive import spellings
from nba_pipeline.archive.notes import Notes
from nba_pipeline.archive.words import DATE, Columns, Rows, day_of, each, game_id, number, plain
from nba_pipeline.raw.reader import packaged_team_aliases

_STATISTICS = (
    "MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT", "OREB", "DREB", "REB", "AST",
    "STL", "BLK", "TOV", "PF", "PTS", "PLUS_MINUS",
)  # fmt: skip
_GAME = ("GAME_ID", "GAME_DATE", "MATCHUP")
PLAYER_LOG = ("PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_ABBREVIATION", *_GAME, *_STATISTICS)
TEAM_LOG = ("TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", *_GAME, "WL", *_STATISTICS)
SHOTS = (
    "GAME_ID", "GAME_EVENT_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "PERIOD", "MINUTES_REMAINING",
    "SECONDS_REMAINING", "ACTION_TYPE", "SHOT_TYPE", "SHOT_ZONE_BASIC", "SHOT_DISTANCE", "LOC_X", "LOC_Y",
    "SHOT_ATTEMPTED_FLAG", "SHOT_MADE_FLAG", "GAME_DATE",
)  # fmt: skip
SCHEDULE = (
    "gameId", "gameDateEst", "gameStatus", "gameStatusText", "homeTeam_teamTricode", "awayTeam_teamTricode",
    "homeTeam_score", "awayTeam_score", "data_source", DATE,
)  # fmt: skip
#: What two files may spell differently without contradicting each other.
WORDS = {"GAME_DATE", "MATCHUP", "PLAYER_NAME", "TEAM_NAME", "WL", "ACTION_TYPE", "SHOT_TYPE", "SHOT_ZONE_BASIC"}
#: Other names people give the league's columns.
ALSO = {
    "player": "PLAYER_NAME", "date": "GAME_DATE", "minutes": "MIN", "threesmade": "FG3M", "threesattempted": "FG3A",
    "threepct": "FG3_PCT",
}  # fmt: skip
_EXHIBITION = ("001", "003")
#: Why a game of team rows is not in the schedule although both teams have one.
NO_HOST = "game whose rows say 'vs.' or '@' for both teams and no list of games names the host"


def rows_of(rows: Rows, names: Sequence[str], notes: Notes) -> Rows:
    """League tables in the league's own column names; exhibitions, undated and unwanted rows are left out.

    Who is in a player log and which dates a team log has is noted for all dates, wanted or not.
    """
    stored = Columns(rows).stored
    league_name = {key: name for key, name in ALSO.items() if name in names} | {plain(name): name for name in names}
    out = pd.DataFrame({league_name[key]: rows[stored[key]] for key in league_name if key in stored})
    out = out.reindex(columns=[name for name in names if name in out or name in {"GAME_ID", "TEAM_ABBREVIATION"}])
    out["GAME_ID"] = each(out["GAME_ID"].where(out["GAME_ID"].notna(), None), game_id)
    out[DATE] = out["GAME_DATE"] = each(out["GAME_DATE"], day_of)
    out = notes.dated(out, DATE)
    exhibition = out["GAME_ID"].fillna("").astype(str).str.startswith(_EXHIBITION)
    out = notes.keep(out, ~exhibition, "pre-season or All-Star game")
    for name in ("PLAYER_ID", "TEAM_ID"):
        if name in out:
            out[name] = each(out[name], number)
    if names is PLAYER_LOG:
        notes.seen.append(out.groupby(["PLAYER_ID", "PLAYER_NAME"], as_index=False)[DATE].agg(["min", "max"]))
    if names is TEAM_LOG:
        notes.played.update(out.loc[out["GAME_ID"].notna(), DATE].unique())
    out = notes.wanted(out, DATE).copy()
    for name in out.columns:
        if name not in WORDS and name not in {"GAME_ID", "PLAYER_ID", "TEAM_ID", DATE}:
            out[name] = each(out[name], number)
    return out


def schedule(team_rows: Rows, skipped: Counter[str], listed_ids: Collection[str] = ()) -> Rows:
    """Final schedule rows of the games whose two team rows are there, in whichever files.

    Tip-off and venue are not in the archives. A game whose rows do not tell the host is left to the list that has it
    (``listed_ids``), or counted in ``skipped``.
    """
    games = []
    if team_rows.empty:
        return Rows()
    for nba_game_id, rows in team_rows.groupby("GAME_ID", sort=True):
        sides = {row["TEAM_ABBREVIATION"]: row for row in reversed(rows.to_dict("records"))}
        if len(sides) != 2:
            skipped["game without exactly two team rows"] += 1
            continue
        host, neutral = _host(zip(rows["TEAM_ABBREVIATION"], rows["MATCHUP"], strict=True), sides)
        if host is None:
            skipped[NO_HOST] += nba_game_id not in listed_ids
            continue
        home = sides.pop(host)
        (away,) = sides.values()
        games.append(
            {
                "gameId": nba_game_id,
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


def listed(rows: Rows, notes: Notes) -> Rows:
    """Schedule rows of a list of games with NBA ids; final where it says so, or has both scores and no status."""
    found = Columns(rows)
    day = each(found.text((*spellings.DAY, *spellings.START)), day_of)
    out = pd.DataFrame({"gameId": each(found.text(("gameid",)), game_id), "gameDateEst": day, DATE: day})
    scores = [each(found.text(names), number) for names in (spellings.HOME_SCORE, spellings.AWAY_SCORE)]
    status = each(found.text(spellings.STATUS), number)
    is_final = status.eq("3") | (status.isna() & scores[0].notna() & scores[1].notna())
    out["gameStatus"] = status.where(status.isin(["1", "2", "3"]), None).fillna(is_final.map({True: "3", False: "1"}))
    out["gameStatusText"] = is_final.map({True: "Final", False: None})
    out["homeTeam_teamTricode"] = each(found.text(spellings.HOME_CODE), _code)
    out["awayTeam_teamTricode"] = each(found.text(spellings.AWAY_CODE), _code)
    out["homeTeam_score"], out["awayTeam_score"] = (score.where(is_final, None) for score in scores)
    out["data_source"] = "archive"
    out = notes.dated(out, DATE)
    out = notes.keep(out, out["gameId"].fillna("").str.fullmatch(r"00[1-6]\d{7}"), "no NBA game id")
    out = notes.keep(out, ~out["gameId"].str.startswith(_EXHIBITION), "pre-season or All-Star game")
    has_teams = out["homeTeam_teamTricode"].notna() & out["awayTeam_teamTricode"].notna()
    out = notes.keep(out, has_teams, "no team")
    notes.played.update(out[DATE].unique())
    return notes.wanted(out, DATE)


def _code(text: str | None) -> str | None:
    """Tricode of a team in any spelling; an unknown one stays for the reader to name."""
    return packaged_team_aliases().get(("sbr", (text or "").strip().lower()), text)


def _host(matchups: Iterable[tuple[str, str | None]], teams: Collection[str]) -> tuple[str | None, bool]:
    """The host and whether the court is neutral, from the words of all rows of a game; None when they do not tell.

    'AAA @ BBB' names the host, 'BBB vs. AAA' makes one of its own team; on neutral courts both rows read 'AAA @ BBB'.
    """
    named, claiming = set(), set()
    for team, matchup in matchups:
        words = str(matchup or "")
        if " vs" in words.lower():
            claiming.add(team)
        elif "@" in words:
            named.add(words.rsplit("@", maxsplit=1)[-1].strip().upper())
    hosts = named & set(teams) or claiming
    if len(hosts) != 1 or not (hosts <= claiming or not claiming):
        return None, False
    return hosts.pop(), not claiming
