"""Game logs and shot detail of the league: their columns, their rows under the league's names, the schedule they imply.

Values stay as the archive writes them, except ids that lost leading zeros, dates in one spelling and numbers without
idle decimals.
"""

from collections.abc import Sequence

import pandas as pd

from nba_pipeline.archive.words import DATE, Columns, Rows, day_of, each, game_id, keep, number

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
_WORDS = {
    "GAME_ID", "GAME_DATE", "MATCHUP", "PLAYER_NAME", "TEAM_ABBREVIATION", "TEAM_NAME", "WL", "ACTION_TYPE",
    "SHOT_TYPE", "SHOT_ZONE_BASIC",
}  # fmt: skip
_EXHIBITION = ("001", "003")


def rows_of(rows: Rows, names: Sequence[str], skipped: dict[str, int]) -> Rows:
    """League tables in the league's own column names; exhibitions and undated rows are left out."""
    stored = Columns(rows).stored
    lower = {name.lower().replace("_", ""): name for name in names}
    out = pd.DataFrame({lower[key]: rows[stored[key]] for key in lower if key in stored})
    for name in out.columns:
        if name not in _WORDS:
            out[name] = each(out[name], number)
    out["GAME_ID"] = each(out["GAME_ID"], game_id)
    out[DATE] = out["GAME_DATE"] = each(out["GAME_DATE"], day_of)
    out = keep(out, out[DATE].notna(), "no readable game date", skipped)
    exhibition = out["GAME_ID"].fillna("").astype(str).str.startswith(_EXHIBITION)
    return keep(out, ~exhibition, "pre-season or All-Star game", skipped)


def one_row_each(rows: Rows, key: Sequence[str]) -> Rows:
    """One row for what several files say alike: the first's words, and what it lacks from the others.

    Rows of one key whose figures contradict each other all stay; which of them counts is decided when they are read.
    """
    rows = rows.drop_duplicates()
    repeated = rows.duplicated(key, keep=False) & rows[list(key)].notna().all(axis=1)
    if not repeated.any():
        return rows
    figures = [name for name in rows.columns if name not in _WORDS and name not in key]
    several = rows[repeated]
    groups = several.groupby(list(key), sort=False)
    says_else = several[figures].notna() & (several[figures] != groups[figures].transform("first"))
    contradicted = says_else.any(axis=1).groupby([several[name] for name in key]).transform("any")
    alike = several[~contradicted].groupby(list(key), sort=False, as_index=False).first()
    return pd.concat([rows[~repeated], alike[rows.columns], several[contradicted]], ignore_index=True)


def schedule(team_rows: Rows, skipped: dict[str, int]) -> Rows:
    """Final schedule rows of the games whose two team rows are there, in whichever files.

    Tip-off and venue are not in the archives.
    """
    games = []
    for nba_game_id, pair in team_rows.drop_duplicates(["GAME_ID", "TEAM_ABBREVIATION"]).groupby("GAME_ID", sort=True):
        sides = pair.sort_values("TEAM_ABBREVIATION").to_dict("records")
        if len(sides) != 2:
            skipped["game without exactly two team rows"] = skipped.get("game without exactly two team rows", 0) + 1
            continue
        home, away, neutral = _orient(sides)
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
