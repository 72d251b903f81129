"""Our figures beside the league's own season and game tables. What is compared stands here; nothing is stored.

A measure with the league's definition must agree to the digits printed; one with a definition of ours (usage, pace,
ratings: see their columns) is reported with its mean and largest difference and judged by nobody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_pipeline.calendar import DateRange, Season
from nba_pipeline.completeness.official_sums import PLAYER_GAMES, PLAYER_SEASONS, TEAM_SEASONS, sums
from nba_pipeline.errors import UsageError
from nba_pipeline.names import fold
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.raw.reader import packaged_team_aliases
from nba_pipeline.warehouse.seam import Warehouse

_LABEL = re.compile(r"20\d\d-\d\d")
_SEASON_TYPES = {"regular season": "regular", "playoffs": "playoffs"}


@dataclass(frozen=True)
class Measure:
    """One figure the league prints.

    Args:
        title: in words.
        official: the league's column.
        ours: the same figure of our sums, as a pandas expression.
        unit: value of the last digit the league prints.
        is_same: whether both mean the same; otherwise the difference is only reported.
    """

    title: str
    official: str
    ours: str
    unit: float
    is_same: bool = True


def _per_game(title: str, official: str, column: str) -> Measure:
    return Measure(title, official, f"{column} / games", 0.1)


_SHOOTING = (
    Measure("true shooting", "TS_PCT", "points / (2 * (fg_attempts + 0.44 * ft_attempts))", 0.001),
    Measure("effective field goal", "EFG_PCT", "(fg_makes + 0.5 * three_pt_makes) / fg_attempts", 0.001),
)
_COUNTS = (
    Measure("games played", "GP", "games", 1),
    _per_game("points a game", "PTS", "points"),
    _per_game("rebounds a game", "REB", "rebounds"),
    _per_game("assists a game", "AST", "assists"),
    _per_game("steals a game", "STL", "steals"),
    _per_game("blocks a game", "BLK", "blocks"),
    _per_game("turnovers a game", "TOV", "turnovers"),
)
#: Nearer to the league's counted possessions than what is stored (docs/decisions/possessions.md): shown only.
_AVERAGED_POSSESSIONS = (
    "(fg_attempts_of_both + 0.40 * ft_attempts_of_both + turnovers_of_both - offensive_rebounds_of_both) / 2"
)
_USAGE = Measure("usage rate", "USG_PCT", "usage_seconds / seconds / 100", 0.001, is_same=False)


@dataclass(frozen=True)
class Kind:
    """A kind of official table: how it is recognized, its rows on our side, and what is compared."""

    title: str
    needs: frozenset[str]
    lacks: frozenset[str]
    keys: tuple[str, ...]
    sql: str
    measures: tuple[Measure, ...]


KINDS = (
    Kind(
        "player games", frozenset({"PLAYER_NAME", "GAME_ID", "PTS", "TS_PCT", "USG_PCT"}), frozenset(),
        ("player_lookup", "nba_game_id"), PLAYER_GAMES,
        (Measure("points", "PTS", "points", 1), *_SHOOTING, _USAGE),
    ),
    Kind(
        "player season", frozenset({"PLAYER_NAME", "GP", "PTS", "TS_PCT", "SEASON_TYPE"}), frozenset({"GAME_ID"}),
        ("player_lookup", "season_type"), PLAYER_SEASONS, (*_COUNTS, *_SHOOTING, _USAGE),
    ),
    Kind(
        "team season", frozenset({"TEAM_ID", "GP", "PTS", "PACE", "OFF_RATING", "SEASON_TYPE"}),
        frozenset({"GAME_ID", "PLAYER_NAME"}), ("team_abbr", "season_type"), TEAM_SEASONS,
        (
            *(one for one in _COUNTS if one.official != "TOV"), *_SHOOTING,
            # The season table counts team turnovers too, the games' rows only those of players.
            Measure("turnovers a game", "TOV", "turnovers / games", 0.1, is_same=False),
            Measure("possessions", "POSS", "possessions", 1, is_same=False),
            Measure("possessions at 0.40, both teams averaged", "POSS", _AVERAGED_POSSESSIONS, 1, is_same=False),
            Measure("pace", "PACE", "pace / games", 0.01, is_same=False),
            Measure("offensive rating", "OFF_RATING", "100 * points / possessions", 0.1, is_same=False),
            Measure("defensive rating", "DEF_RATING", "100 * points_allowed / possessions_allowed", 0.1, is_same=False),
        ),
    ),
)  # fmt: skip


def verify_official(warehouse: Warehouse, folder: Path, season: Season) -> Report:
    """Every official table of the season below ``folder`` (CSV or Parquet, the season in its name) beside our rows.

    Raises:
        UsageError: when the folder is not there or holds no official table of the season.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name the one with the league's tables.")
    dates = DateRange(season.regular_start, season.season_end)
    sections: dict[str, Sequence[Finding]] = {}
    for path, kind in _official_tables(folder, season.label):
        official = _official_rows(path, kind)
        ours = sums(warehouse, kind.sql, dates)
        sections[f"{path.relative_to(folder)} ({kind.title})"] = compare(kind, official, ours)
    if not sections:
        raise UsageError(
            f"{folder} holds no official table of {season.label}: a file has the season in its name and the columns "
            + "; or ".join(f"{', '.join(sorted(kind.needs))} ({kind.title})" for kind in KINDS)
            + "."
        )
    return Report("official figures", dates, [], sections)


def compare(kind: Kind, official: pd.DataFrame, ours: pd.DataFrame) -> list[Finding]:
    """One finding per measure, and one about rows that only the league has.

    ``official`` has the key columns of the kind and the league's columns; ``ours`` the key columns and the sums.
    """
    sums = {column: "float64" for column in ours.columns if column not in kind.keys}
    joined = official.merge(ours.astype(sums), on=list(kind.keys), how="left", indicator=True)
    is_alone = joined["_merge"] == "left_only"
    names = [" ".join(map(str, row)) for row in joined.loc[is_alone, list(kind.keys)].itertuples(index=False)]
    both = joined[~is_alone]
    found = Finding(
        "rows",
        "FAIL" if names else "PASS",
        f"{len(both)} of {len(joined)} official rows have a row of ours",
        remedy="see the names with --verbose; a spelling is added as an alias, a missing game ingested",
        details=tuple(names),
    )
    return [found, *(_judged(kind, measure, both) for measure in kind.measures if measure.official in joined.columns)]


def _judged(kind: Kind, measure: Measure, both: pd.DataFrame) -> Finding:
    ours = both.eval(measure.ours)
    official = pd.to_numeric(both[measure.official], errors="coerce")
    # The league prints 0 where the quotient has no denominator.
    is_empty = ours.isna() & (official.fillna(0) == 0)
    difference = (ours - official)[~is_empty]
    unknown = int(difference.isna().sum())
    known = difference.dropna()
    if known.empty:
        return Finding(measure.title, "INFO", "not available: no row has both figures")
    far = known.abs()
    mean, largest = far.mean(), far.max()
    spread = f"mean difference {mean:.4f}, bias {known.mean():+.4f}, largest {largest:.4f}"
    if not measure.is_same:
        return Finding(measure.title, "INFO", f"{len(known)} compared, our definition differs: {spread}")
    # A printed figure stands for everything that rounds to it.
    is_off = far > measure.unit / 2 + 1e-9 if measure.unit < 1 else far > 0
    worst = [
        f"{' '.join(str(both.loc[row, key]) for key in kind.keys)}: ours {ours[row]:.4f}, official {official[row]}"
        for row in far[is_off].sort_values(ascending=False).index
    ]
    bad = len(worst) + unknown
    without = f", {unknown} without a figure of ours" if unknown else ""
    return Finding(
        measure.title,
        "FAIL" if bad else "PASS",
        f"{len(known)} compared, {len(worst)} different{without}, {spread}",
        remedy="see the rows with --verbose: is the season built, do the league's log and season table agree?",
        details=tuple(worst),
    )


def _official_tables(folder: Path, label: str) -> Iterator[tuple[Path, Kind]]:
    """The tables of a season in name order; a file that cannot be read is none of them."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".csv", ".parquet") and path.is_file() and label in _LABEL.findall(path.name):
            columns = set(_column_names(path))
            for kind in KINDS:
                if kind.needs <= columns and not kind.lacks & columns:
                    yield path, kind
                    break


def _column_names(path: Path) -> list[str]:
    try:
        if path.suffix == ".parquet":
            return pq.read_schema(path).names
        return list(pd.read_csv(path, nrows=0).columns)
    except (ValueError, OSError, pa.ArrowException):
        return []


def _official_rows(path: Path, kind: Kind) -> pd.DataFrame:
    rows = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"GAME_ID": str})
    figures = dict.fromkeys(measure.official for measure in kind.measures if measure.official in rows.columns)
    return rows.assign(**{key: _KEYS[key](rows) for key in kind.keys})[[*kind.keys, *figures]]


def _team(rows: pd.DataFrame) -> pd.Series:
    aliases: Mapping[tuple[str, str], str] = packaged_team_aliases()
    return rows["TEAM_ID"].map(lambda value: aliases.get(("nba_id", str(value))))


_KEYS = {
    "player_lookup": lambda rows: rows["PLAYER_NAME"].map(fold),
    "season_type": lambda rows: rows["SEASON_TYPE"].map(lambda text: _SEASON_TYPES.get(str(text).lower(), text)),
    "nba_game_id": lambda rows: rows["GAME_ID"].map(lambda value: str(value).zfill(10)),
    "team_abbr": _team,
}
