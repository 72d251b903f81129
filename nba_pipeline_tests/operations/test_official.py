"""Our figures beside the league's: equal to the printed digits, or named."""

from pathlib import Path

import pandas as pd
import pytest

from nba_pipeline.calendar import season
from nba_pipeline.errors import UsageError
from nba_pipeline.operations.official import KINDS, compare, verify_official

PLAYER_SEASON = next(kind for kind in KINDS if kind.title == "player season")
#: A season of two games: 51 points on 36 field goals with 5 threes and 10 free throws, 30 % usage.
OURS = {
    "player_lookup": "avadoe", "season_type": "regular", "games": 2, "seconds": 4000, "points": 51, "rebounds": 13,
    "assists": 9, "steals": 2, "blocks": 0, "turnovers": 5, "fg_makes": 18, "fg_attempts": 36, "three_pt_makes": 5,
    "ft_attempts": 10, "usage_seconds": 120000.0,
}  # fmt: skip
#: The league's line of the same games: 51 / (2 * (36 + 4.4)) = 0.6312, (18 + 2.5) / 36 = 0.5694.
OFFICIAL = {
    "player_lookup": "avadoe", "season_type": "regular", "GP": 2, "PTS": 25.5, "REB": 6.5, "AST": 4.5, "STL": 1.0,
    "BLK": 0.0, "TOV": 2.5, "TS_PCT": 0.631, "EFG_PCT": 0.569, "USG_PCT": 0.287,
}  # fmt: skip


def results(official: dict, ours: dict) -> dict[str, str]:
    found = compare(PLAYER_SEASON, pd.DataFrame([official]), pd.DataFrame([ours]))
    return {one.title: one.result for one in found}


def test_equal_figures_pass_and_a_definition_of_ours_is_only_reported() -> None:
    assert results(OFFICIAL, OURS) == {
        "rows": "PASS",
        "games played": "PASS",
        "points a game": "PASS",
        "rebounds a game": "PASS",
        "assists a game": "PASS",
        "steals a game": "PASS",
        "blocks a game": "PASS",
        "turnovers a game": "PASS",
        "true shooting": "PASS",
        "effective field goal": "PASS",
        "usage rate": "INFO",
    }


@pytest.mark.parametrize(
    ("column", "value", "title"),
    [
        ("GP", 3, "games played"),
        ("PTS", 25.6, "points a game"),
        ("TS_PCT", 0.632, "true shooting"),
        ("EFG_PCT", 0.568, "effective field goal"),
    ],
)
def test_one_digit_off_fails_with_the_row_named(column: str, value: float, title: str) -> None:
    found = compare(PLAYER_SEASON, pd.DataFrame([OFFICIAL | {column: value}]), pd.DataFrame([OURS]))
    failed = [one for one in found if one.result == "FAIL"]
    assert [one.title for one in failed] == [title]
    assert failed[0].details[0].startswith("avadoe regular: ours ")


def test_a_figure_we_do_not_have_fails_and_a_quotient_of_nothing_does_not() -> None:
    assert results(OFFICIAL, OURS | {"rebounds": None})["rebounds a game"] == "INFO"
    two = pd.DataFrame([OFFICIAL, OFFICIAL | {"player_lookup": "benroe", "TS_PCT": 0.0, "EFG_PCT": 0.0}])
    shotless = OURS | {"player_lookup": "benroe", "fg_attempts": 0, "ft_attempts": 0, "fg_makes": 0, "points": 0}
    idle = shotless | {"three_pt_makes": 0, "rebounds": None}
    found = {one.title: one for one in compare(PLAYER_SEASON, two, pd.DataFrame([OURS, idle]))}
    assert found["true shooting"].result == "PASS"
    assert found["rebounds a game"].result == "FAIL"
    assert "1 without a figure of ours" in found["rebounds a game"].sentence


def test_a_player_only_the_league_knows_is_named() -> None:
    rows = compare(PLAYER_SEASON, pd.DataFrame([OFFICIAL | {"player_lookup": "newman"}]), pd.DataFrame([OURS]))[0]
    assert (rows.result, rows.details) == ("FAIL", ("newman regular",))


def test_a_folder_without_an_official_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "player_stats_2021-22.csv").write_text("PLAYER_NAME,GP\nAva Doe,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no official table of 2021-22"):
        verify_official(None, tmp_path, season("2021-22"))  # ty: ignore[invalid-argument-type]
