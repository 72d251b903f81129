"""What several files say of one date put together: repeats become one row, contradictions stay for the reader."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from nba_pipeline.archive import court_shots, league, odds
from nba_pipeline.archive.words import DATE, FILE, Rows


def one_row_each(rows: Rows, key: Sequence[str], figures: Sequence[str]) -> Rows:
    """One row for what several files say alike: the first's words, and what it lacks from the others.

    Rows of one key whose ``figures`` contradict each other all stay; which counts is decided when they are read.
    """
    rows = rows.drop_duplicates()
    repeated = rows.duplicated(key, keep=False) & rows[list(key)].notna().all(axis=1)
    if not repeated.any():
        return rows
    compared = list(figures)
    several = rows[repeated]
    groups = several.groupby(list(key), sort=False)
    says_else = several[compared].notna() & (several[compared] != groups[compared].transform("first"))
    contradicted = says_else.any(axis=1).groupby([several[name] for name in key]).transform("any")
    alike = several[~contradicted].groupby(list(key), sort=False, as_index=False).first()
    return pd.concat([rows[~repeated], alike[rows.columns], several[contradicted]], ignore_index=True)


#: What makes a row of a log the same row.
LOG_KEYS = {"nbac_player_boxscores": ("GAME_ID", "PLAYER_ID"), "nbac_team_boxscore": ("GAME_ID", "TEAM_ID")}


def of_date(source: str, rows: Rows) -> Rows:
    """The rows of one date of a landing source, without the columns that only reading needs."""
    if source in LOG_KEYS:
        return _log(rows, LOG_KEYS[source]).drop(columns=DATE)
    return _TOGETHER.get(source, _different)(rows).drop(columns=DATE)


def _different(rows: Rows) -> Rows:
    return rows.drop(columns=FILE).drop_duplicates()


def _log(rows: Rows, key: Sequence[str]) -> Rows:
    figures = [name for name in rows.columns if name not in {*league.WORDS, *key, FILE, DATE}]
    return one_row_each(rows.drop(columns=FILE), key, figures)


def _props(rows: Rows) -> Rows:
    key = [name for name in rows.columns if name not in {*odds.PROP_PRICES, *odds.PROP_WORDS, FILE}]
    rows = rows.assign(**{name: rows[name].fillna("") for name in key})
    # Over and under of one file are one row and its first price counts; of two files only what agrees is one row.
    of_file = rows.groupby([FILE, *key], sort=False, as_index=False).first()
    return one_row_each(pd.DataFrame(of_file)[rows.columns].drop(columns=FILE), key, odds.PROP_PRICES)


_TOGETHER: Mapping[str, Callable[[Rows], Rows]] = {
    "nbac_shot_chart": lambda rows: court_shots.of_games(rows, [*league.SHOTS, DATE]),
    odds.POINTS_PROPS: _props,
    odds.OTHER_PROPS: _props,
}
