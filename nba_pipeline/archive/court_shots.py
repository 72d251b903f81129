"""Shot files drawn on a court in feet, as the league's own shot detail.

Such files show a shot at its place on the floor (feet, the hoop at 0 / 5.25), seen from behind the basket: their left
is the league's right. They have no number per event, so the shots of a game are numbered by period and clock when all
files are known.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nba_pipeline.archive.notes import Notes
from nba_pipeline.archive.words import DATE, FILE, Columns, Rows, day_of, each, game_id, number, renamed

#: Columns without which no shot could be stored.
NEEDED = (
    "GAME_ID", "GAME_DATE", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "QUARTER", "MINS_LEFT", "SECS_LEFT", "SHOT_TYPE",
    "SHOT_DISTANCE", "SHOT_MADE", "LOC_X", "LOC_Y",
)  # fmt: skip
#: What is read, under the league's name.
NAMES = {
    "GAME_ID": "gameid",
    "PLAYER_ID": "playerid",
    "PLAYER_NAME": "playername",
    "TEAM_ID": "teamid",
    "PERIOD": "quarter",
    "MINUTES_REMAINING": "minsleft",
    "SECONDS_REMAINING": "secsleft",
    "ACTION_TYPE": "actiontype",
    "SHOT_TYPE": "shottype",
    "SHOT_ZONE_BASIC": "basiczone",
    "SHOT_ZONE_AREA": "zonename",
    "SHOT_DISTANCE": "shotdistance",
    "LOC_X": "locx",
    "LOC_Y": "locy",
    "SHOT_MADE_FLAG": "shotmade",
    "GAME_DATE": "gamedate",
}
#: Whether a shot was read from such a file, while the shots of a game are put together.
_DRAWN = "_drawn"
#: What makes a shot the same shot; names and words may be spelled otherwise in another file.
_SHOT = (
    "GAME_ID", "PERIOD", "MINUTES_REMAINING", "SECONDS_REMAINING", "PLAYER_ID", "TEAM_ID", "LOC_X", "LOC_Y",
    "SHOT_DISTANCE", "SHOT_MADE_FLAG",
)  # fmt: skip
_HOOP_FEET = 5.25
_FEET_APART = 1.5
_TRUE, _FALSE = ("true", "1", "t", "yes"), ("false", "0", "f", "no")


def shots(rows: Rows, notes: Notes) -> Rows:
    """Shots under the league's names, places in tenths of a foot from the rim; ``GAME_EVENT_ID`` is not there yet.

    A place that contradicts the distance beside it becomes NULL, and is counted.
    """
    out = renamed(rows, NAMES)
    out["GAME_ID"] = each(out["GAME_ID"], game_id)
    out[DATE] = out["GAME_DATE"] = each(out["GAME_DATE"], day_of)
    out = notes.wanted(notes.dated(out, DATE), DATE).copy()
    for name in ("PLAYER_ID", "TEAM_ID", "PERIOD", "MINUTES_REMAINING", "SECONDS_REMAINING", "SHOT_DISTANCE"):
        out[name] = each(out[name], number)
    out["SHOT_MADE_FLAG"] = each(out["SHOT_MADE_FLAG"], _flag)
    out["SHOT_ATTEMPTED_FLAG"] = "1"
    out[_DRAWN] = "1"
    return _placed(out, notes).drop(columns="SHOT_ZONE_AREA", errors="ignore")


def _flag(text: str | None) -> str | None:
    word = (text or "").strip().lower().removesuffix(".0")
    return "1" if word in _TRUE else "0" if word in _FALSE else text


def _placed(out: Rows, notes: Notes) -> Rows:
    across, along = (_finite(out[name]) for name in ("LOC_X", "LOC_Y"))
    along -= _HOOP_FEET
    words = Columns(out)
    area = words.text(("shotzonearea",)).fillna(words.text(("shotzonebasic",)))
    if _left_is_positive(across, area):
        across = -across
    apart = ((across**2 + along**2) ** 0.5 - _finite(out["SHOT_DISTANCE"])).abs()
    contradicts = apart > _FEET_APART
    if contradicts.any():
        reason = "place on the court left empty: it contradicts the shot's distance"
        notes.skipped[reason] += int(contradicts.sum())
    for name, feet in (("LOC_X", across), ("LOC_Y", along)):
        tenths = (feet * 10).round().where(~contradicts).astype("Int64")
        out[name] = tenths.astype(object).where(tenths.notna(), None).map(lambda one: None if one is None else str(one))
    return out


def _finite(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def _left_is_positive(across: pd.Series, area: pd.Series) -> bool:
    """Whether the left of the file is the league's right, told by its words for the zones; so it is without words."""
    side = area.fillna("").str.lower()
    turned = pd.Series(0.0, index=across.index)
    turned = turned.mask(side.str.startswith("left"), np.sign(across)).mask(
        side.str.startswith("right"), -np.sign(across)
    )
    return float(turned.fillna(0).sum()) >= 0


def of_games(rows: Rows, columns: Sequence[str]) -> Rows:
    """The shots of whole games from every file: the league's own detail where it has as many, else these, numbered.

    Equal shots of one file are several shots (two tips of one man in a second), of two files they are one; a file that
    holds each shot of a game several times over holds the game once.
    """
    if _DRAWN not in rows.columns:
        return rows.drop(columns=FILE).drop_duplicates()
    drawn = rows[_DRAWN].notna()
    detail = rows[~drawn].drop(columns=FILE).drop_duplicates()
    court = _numbered(_once(rows[drawn]))
    counts = pd.DataFrame({"detail": detail["GAME_ID"].value_counts(), "court": court["GAME_ID"].value_counts()})
    of_detail = set(counts.index[counts["detail"].fillna(0) >= counts["court"].fillna(0)])
    parts = [detail[detail["GAME_ID"].isin(of_detail)], court[~court["GAME_ID"].isin(of_detail)]]
    return pd.concat(parts, ignore_index=True).reindex(columns=list(columns))


def _once(court: Rows) -> Rows:
    same_shot = [FILE, *_SHOT]
    groups = court.groupby(same_shot, dropna=False, sort=False)
    times = groups["GAME_ID"].transform("size")
    # How many times over the file holds the whole game.
    game_times = times.groupby([court[FILE], court["GAME_ID"]], dropna=False).transform("min")
    copy = groups.cumcount()
    once = court.assign(_copy=copy)[copy * game_times < times]
    return once.drop_duplicates([*_SHOT, "_copy"])


def _numbered(court: Rows) -> Rows:
    order = {name: _finite(court[name]) for name in _SHOT[1:]}
    left = order["MINUTES_REMAINING"] * 60 + order["SECONDS_REMAINING"]
    keys = pd.DataFrame({**order, "MINUTES_REMAINING": -left, "game": court["GAME_ID"], "copy": court["_copy"]})
    by = ["game", *_SHOT[1:], "copy"]
    court = court.loc[keys.sort_values(by, kind="stable").index]
    event = court.groupby("GAME_ID", sort=False).cumcount() + 1
    return court.assign(GAME_EVENT_ID=event.astype(str)).drop(columns=[FILE, "_copy"])
