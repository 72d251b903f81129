"""Game ids for logs that have none, from the other files of the folder: a team plays one game a date.

A row with an id of its own counts before every row that was given one, so such logs add players and games and never
contradict a fuller file.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from nba_pipeline.archive.pool import Pool
from nba_pipeline.archive.words import DATE, FILE, Rows, each

NO_GAME = "no game id, and no file of the folder names the game of that date and team"
NO_TEAM = "no team, and no file of the folder has the player in that game"
#: Whether a row's game id was given here.
GIVEN = "_given"
_BOTH_TEAMS = r"^\s*(\w{2,4})\s*(?:@|vs\.?)\s*(\w{2,4})\s*$"
#: Where the ids and the teams of games stand. A row's team is not asked: some logs show a player's present one.
_ID = {"nbac_player_boxscores": "GAME_ID", "nbac_team_boxscore": "GAME_ID", "nbac_schedule": "gameId"}
_SIDES = {"nbac_schedule": ("homeTeam_teamTricode", "awayTeam_teamTricode")}

Games = dict[tuple[str, str], str]


def known(pool: Pool) -> Games:
    """NBA game id by ISO date and tricode, as far as the files agree."""
    pairs: list[tuple[str, str, str]] = []
    for source, number in _ID.items():
        sides = _SIDES.get(source, ("MATCHUP",))
        rows = pool.distinct(source, (number, DATE, *sides))
        if number not in rows:
            continue
        rows = rows[rows[number].notna()]
        for side in sides:
            if side in rows:
                pairs += _of_side(rows, number, side)
    ids = pd.DataFrame(pairs, columns=pd.Index(["day", "team", "id"])).drop_duplicates()
    ids = ids[~ids.duplicated(["day", "team"], keep=False)]
    return {(day, team): number for day, team, number in ids.itertuples(index=False)}


def _of_side(rows: Rows, number: str, side: str) -> Iterable[tuple[str, str, str]]:
    teams = _teams(rows[side]) if side == "MATCHUP" else rows[[side]]
    for name in teams.columns:
        found = rows[teams[name].notna()]
        yield from zip(found[DATE], teams.loc[found.index, name].str.upper(), found[number], strict=True)


def _teams(matchups: pd.Series) -> pd.DataFrame:
    return matchups.astype("string").str.extract(_BOTH_TEAMS).astype(object)


def given(rows: Rows, games: Games) -> Rows:
    """The rows with ids for those that have none and whose game is known; column ``GIVEN`` says which."""
    if "GAME_ID" not in rows:
        rows = rows.assign(GAME_ID=None)
    lacking = rows["GAME_ID"].isna()
    if not lacking.any():
        return rows.assign(**{GIVEN: False})
    without = rows[lacking]
    teams = _teams(without["MATCHUP"]).set_axis(["one", "other"], axis=1)
    keys = without[DATE].astype(str) + " " + teams["one"].fillna("").str.upper()
    found = each(keys, lambda key: games.get((key[:10], key[11:])) if key else None)
    return rows.assign(GAME_ID=rows["GAME_ID"].where(~lacking, found), **{GIVEN: lacking})


def complete(rows: Rows, games: Games, key: Sequence[str], lost: Counter[tuple[str, str]]) -> Rows:
    """The rows of a log whose game and team are known, each said once or by rows with an id of their own.

    ``key`` is the game id and whose row it is; the rows left out are counted by file and reason.
    """
    rows = _without(given(rows, games), "GAME_ID", NO_GAME, lost)
    names = list(key)
    if rows["TEAM_ABBREVIATION"].isna().any():
        there = rows[rows["TEAM_ABBREVIATION"].notna()].drop_duplicates(names)
        teams = pd.Series(there["TEAM_ABBREVIATION"].to_numpy(), index=pd.MultiIndex.from_frame(there[names]))
        found = pd.Series(teams.reindex(pd.MultiIndex.from_frame(rows[names])).to_numpy(), index=rows.index)
        rows = rows.assign(TEAM_ABBREVIATION=rows["TEAM_ABBREVIATION"].where(rows["TEAM_ABBREVIATION"].notna(), found))
        rows = _without(rows, "TEAM_ABBREVIATION", NO_TEAM, lost)
    if not rows[GIVEN].any():
        return rows.drop(columns=GIVEN)
    own = pd.MultiIndex.from_frame(rows.loc[~rows[GIVEN], names])
    return rows[~rows[GIVEN] | ~pd.MultiIndex.from_frame(rows[names]).isin(own)].drop(columns=GIVEN)


def _without(rows: Rows, column: str, reason: str, lost: Counter[tuple[str, str]]) -> Rows:
    gone = rows[column].isna()
    lost.update(Counter((file, reason) for file in rows.loc[gone, FILE]))
    return rows[~gone]
